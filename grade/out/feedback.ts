/** What one student is told, as a document of the report's kind: its renderers make `feedback.html` and `.md` of it. */
import type { Block, Inline, ReportDocument, Section, Text } from '../../report/document.ts';
import { plural } from '../../report/numbers.ts';
import { renderPlainHtml } from '../../report/render/html.ts';
import { renderPlainMarkdown } from '../../report/render/markdown.ts';
import type { Grades, StudentResult } from '../document.ts';
import { detailBlocks } from './feedback-details.ts';
import { type Phase, type SeenCriterion, type SeenStudent, visibleTo } from './visibility.ts';
import { delayText, pointsText, statusTones, statusWords } from './words.ts';

export function renderFeedback(
  grades: Grades,
  student: StudentResult,
  phase: Phase,
): { html: string; markdown: string } {
  const document = feedbackDocument(grades, student, phase);
  return { html: renderPlainHtml(document), markdown: renderPlainMarkdown(document) };
}

export function feedbackDocument(grades: Grades, student: StudentResult, phase: Phase): ReportDocument {
  const seen = visibleTo(student, phase, grades);
  const named = seen.criteria.filter((criterion) => criterion.shown);
  const untried = named.filter(({ status, details }) => status === 'skipped' && details.length === 0);
  const missed = named.filter(
    (criterion) => !['pass', 'not_submitted'].includes(criterion.status) && !untried.includes(criterion),
  );
  const passed = named.filter(({ status }) => status === 'pass');
  return {
    title: grades.assignment.title,
    subtitle: [{ strong: seen.name }, ' · Linux ', { code: grades.kernel.release }, ` · ${grades.tool}`],
    sections: [
      markSection(grades, seen),
      ...missed.map((criterion) => criterionSection(criterion, student)),
      ...(untried.length === 0 ? [] : [untriedSection(untried)]),
      ...(passed.length === 0 ? [] : [passedSection(passed)]),
      ...readSection(seen, student),
    ],
  };
}

type Shown = Extract<SeenCriterion, { shown: true }>;

function markSection({ assignment }: Grades, seen: SeenStudent): Section {
  const { total, status, late } = seen;
  const sentences: string[] = [];
  let title = status === 'not_submitted' ? 'Nothing was handed in' : 'Part of the mark is not shown yet';
  const outOf = `of ${pointsText(assignment.points)} points`;
  const open = status === 'review' || status === 'error' || total?.final === null;
  if (total !== undefined) {
    const final = open || total.final === null ? undefined : total.final;
    if (status !== 'not_submitted')
      title =
        final === undefined
          ? `At least ${pointsText(total.provisional)} ${outOf} so far`
          : `${pointsText(final)} ${outOf}`;
    if (total.penalty > 0 && total.raw !== null)
      sentences.push(
        `${pointsText(total.raw)} were earned; ${pointsText(total.penalty)} are taken off${late === undefined ? '' : ', because it was handed in late'}.`,
      );
  }
  if (late !== undefined && late.seconds > 0)
    sentences.push(`It was handed in ${delayText(late.seconds)} after the due date.`);
  if (status === 'review') sentences.push('A person will look at it before the mark is final.');
  if (status === 'error')
    sentences.push(
      'A part of it is not judged yet, for reasons of the grader’s own: that is not your fault, and is done later.',
    );
  const nothing = status === 'not_submitted' || total?.final === 0;
  const good = seen.criteria.every((criterion) => criterion.status === 'pass') && status === 'graded';
  return {
    id: 'mark',
    title: 'Your mark',
    blocks: [
      { kind: 'callout', tone: good ? 'good' : nothing ? 'bad' : 'unknown', title, sentences, advice: [] },
      {
        kind: 'table',
        caption: 'What the mark is made of',
        columns: [{ title: 'Criterion' }, { title: 'Result' }, { title: 'Points', align: 'right' }],
        rows: seen.criteria.map(criterionRow),
      },
    ],
  };
}

function criterionRow(criterion: SeenCriterion): Text[] {
  const status: Inline = { status: statusTones[criterion.status], text: statusWords[criterion.status] };
  if (!criterion.shown) return [['A criterion that is not shown'], [status], ['–']];
  const earned = criterion.earned === null ? '–' : pointsText(criterion.earned);
  return [[criterion.title], [status], [`${earned} of ${pointsText(criterion.points)}`]];
}

function criterionSection(criterion: Shown, student: StudentResult): Section {
  return {
    id: `criterion-${student.criteria.findIndex(({ id }) => id === criterion.id) + 1}`,
    title: criterion.title,
    blocks: criterionBlocks(criterion),
  };
}

function criterionBlocks(criterion: Shown): Block[] {
  const { status, earned, points, what, hint } = criterion;
  const mark = earned === null ? '' : `, ${pointsText(earned)} of ${pointsText(points)} points`;
  const callout: Block = {
    kind: 'callout',
    tone: statusTones[status],
    title: `${sentenceCase(statusWords[status])}${mark}`,
    sentences: what === undefined ? [] : [what],
    advice: hint === undefined ? [] : [hint],
  };
  return [callout, ...detailBlocks(criterion)];
}

const sentenceCase = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function untriedSection(untried: readonly Shown[]): Section {
  const rows = untried.map(({ title, what }): Text[] => [
    [title],
    [what ?? 'What it needs did not go well.'],
  ]);
  const columns = [{ title: 'Criterion' }, { title: 'Why' }];
  return {
    id: 'not-tried',
    title: 'What was not tried',
    blocks: [
      { kind: 'table', caption: 'What it needs did not go well, so it could not be tried', columns, rows },
    ],
  };
}

function passedSection(passed: readonly Shown[]): Section {
  return {
    id: 'passed',
    title: 'What went well',
    blocks: passed.map((criterion): Block => {
      const said: Block[] =
        criterion.what === undefined ? [] : [{ kind: 'paragraph', text: [criterion.what] }];
      const blocks = [...said, ...detailBlocks(criterion)];
      return blocks.length === 0
        ? { kind: 'paragraph', text: [{ status: 'good', text: criterion.title }] }
        : { kind: 'fold', title: criterion.title, print: false, blocks };
    }),
  };
}

/** How the submission was understood, so that a wrong reading of it can be contested. */
function readSection({ submission }: SeenStudent, { submission: all }: StudentResult): Section[] {
  if (submission === undefined) return [];
  const lines: Block[] = [
    { kind: 'paragraph', text: ['Graded: ', { code: submission.source }, ...filesText(submission.files)] },
  ];
  if (all?.submittedAt !== undefined)
    lines.push({ kind: 'paragraph', text: ['Handed in at ', { code: all.submittedAt }, '.'] });
  if (submission.others.length > 0)
    lines.push({
      kind: 'paragraph',
      text: ['Handed in as well, and not taken: ', ...codes(submission.others), '.'],
    });
  for (const note of submission.notes) lines.push({ kind: 'paragraph', text: [note] });
  if (submission.modules.length > 0)
    lines.push({
      kind: 'table',
      caption: 'What was recognised',
      columns: [{ title: 'Module' }, { title: 'Files' }, { title: 'Threads' }, { title: 'Parameters' }],
      rows: submission.modules.map(({ name, files, roles, parameters }): Text[] => [
        [{ code: name }],
        codes(files),
        [
          roles.map((role) => (role === 'locked' ? 'kept apart' : 'not kept apart')).join(', ') ||
            'not known',
        ],
        parametersText(parameters),
      ]),
    });
  return [{ id: 'read', title: 'How your work was read', blocks: lines }];
}

const filesText = (files: readonly string[]): Text =>
  files.length === 0
    ? [', of which nothing could be used.']
    : [`, ${plural(files.length, 'file')}: `, ...codes(files), '.'];

const mostNames = 40;

function codes(names: readonly string[]): Text {
  const shown = names.slice(0, mostNames).flatMap((name): Inline[] => [', ', { code: name }]);
  return [...shown.slice(1), ...(names.length > mostNames ? [` and ${names.length - mostNames} more`] : [])];
}

function parametersText(parameters: Readonly<Record<string, string>>): Text {
  const pairs = Object.entries(parameters).flatMap(([role, name]): Inline[] => [
    ', ',
    `${role}: `,
    { code: name },
  ]);
  return pairs.length === 0 ? ['none'] : pairs.slice(1);
}
