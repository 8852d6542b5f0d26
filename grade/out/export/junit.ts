/**
 * The class as JUnit XML (github.com/testmoapp/junitxml): a suite for each student, a case for each criterion. A case
 * passed unless `failure`, `error` or `skipped` stands in it. No times are known, and 0 is what readers expect then.
 * CI shows it to the student too, so it says no more than the phase allows.
 */
import { visible } from '../../../report/text.ts';
import type { Grades, StudentResult } from '../../document.ts';
import type { Status } from '../../names.ts';
import { type Phase, type SeenCriterion, visibleTo } from '../visibility.ts';
import { finalMark, pointsText, statusWords } from '../words.ts';

type Outcome = 'passed' | 'failure' | 'error' | 'skipped';

const outcomes: Readonly<Record<Status, Outcome>> = {
  pass: 'passed',
  partial: 'failure',
  fail: 'failure',
  not_submitted: 'failure',
  error: 'error',
  skipped: 'skipped',
  inconclusive: 'skipped',
  review: 'skipped',
};

export function junitXml(grades: Grades, phase: Phase): string {
  const all = grades.students.flatMap(({ criteria }) => criteria.map(({ status }) => status));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xml(grades.assignment.title)}" ${counts(all)} time="0">`,
    ...grades.students.flatMap((student) => suite(grades, student, phase)),
    '</testsuites>',
    '',
  ].join('\n');
}

function counts(statuses: readonly Status[]): string {
  const of = (outcome: Outcome) => statuses.filter((status) => outcomes[status] === outcome).length;
  return `tests="${statuses.length}" failures="${of('failure')}" errors="${of('error')}" skipped="${of('skipped')}"`;
}

function suite(grades: Grades, student: StudentResult, phase: Phase): string[] {
  const seen = visibleTo(student, phase, grades);
  const mark =
    seen.total === undefined ? undefined : finalMark({ status: student.status, final: seen.total.final });
  const properties = [
    ['name', student.name],
    ['status', student.status],
    ['points', pointsText(grades.assignment.points)],
    ...(mark === undefined ? [] : [['final', pointsText(mark)]]),
  ];
  return [
    `  <testsuite name="${student.key}" ${counts(student.criteria.map(({ status }) => status))} time="0">`,
    '    <properties>',
    ...properties.map(([name, value]) => `      <property name="${name}" value="${xml(value ?? '')}"/>`),
    '    </properties>',
    ...seen.criteria.flatMap((criterion, at) => testcase(criterion, student.key, at + 1)),
    '  </testsuite>',
  ];
}

function testcase(criterion: SeenCriterion, key: string, number: number): string[] {
  const name = criterion.shown ? criterion.title : `criterion ${number}, not shown`;
  const open = `    <testcase name="${xml(name)}" classname="${key}" time="0"`;
  const outcome = outcomes[criterion.status];
  if (outcome === 'passed') return [`${open}/>`];
  const message = criterion.shown ? messageOf(criterion) : statusWords[criterion.status];
  if (outcome === 'skipped')
    return [`${open}>`, `      <skipped message="${xml(message)}"/>`, '    </testcase>'];
  return [
    `${open}>`,
    `      <${outcome} message="${xml(message)}" type="${criterion.status}">${xml(criterion.shown ? bodyOf(criterion) : '')}</${outcome}>`,
    '    </testcase>',
  ];
}

type Shown = Extract<SeenCriterion, { shown: true }>;

function messageOf({ status, earned, points, what }: Shown): string {
  const mark = earned === null ? '' : `, ${pointsText(earned)} of ${pointsText(points)} points`;
  return `${statusWords[status]}${mark}${what === undefined ? '' : `: ${what}`}`;
}

const mostDetails = 40;

function bodyOf({ details, hidden, hint }: Shown): string {
  const lines = details.slice(0, mostDetails).flatMap((detail) => {
    const pairs = Object.entries(detail.parameters ?? {}).map(([name, value]) => `${name}=${value}`);
    const vcpus = detail.vcpus === undefined ? [] : [`on ${detail.vcpus} vCPUs`];
    const setting = [...pairs, ...vcpus].join(' ');
    return [
      `${detail.case === undefined ? '' : `${detail.case}, `}${statusWords[detail.status]}${setting === '' ? '' : ` (${setting})`}: ${detail.what}`,
      ...(detail.places ?? []).map(({ file, line }) => `    at ${file}:${line}`),
    ];
  });
  const left = details.length - mostDetails + hidden;
  if (details.length > mostDetails || hidden > 0) lines.push(`${Math.max(left, hidden)} more, not shown.`);
  if (hint !== undefined) lines.push(hint);
  return lines.join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
};
/** What XML 1.0 cannot hold is made visible first. */
const xml = (text: string): string =>
  visible(text).replace(/[&<>"\n\t]/g, (character) => entities[character] ?? '');
