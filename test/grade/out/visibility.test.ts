import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grades, StudentResult } from '../../../grade/document.ts';
import { type Visibility, visibilities } from '../../../grade/names.ts';
import { gradescopeResults } from '../../../grade/out/export/gradescope.ts';
import { junitXml } from '../../../grade/out/export/junit.ts';
import { renderFeedback } from '../../../grade/out/feedback.ts';
import { isShown, keptBackNotes, type Phase, phases, visibleTo } from '../../../grade/out/visibility.ts';
import { gradesFrame, sampleGrades, sampleStudent } from './sample.ts';

it('shows each visibility from its phase on, and hidden never', () => {
  const table = visibilities.map((visibility) => [
    visibility,
    ...phases.map((phase) => isShown(visibility, phase)),
  ]);
  expect(table).toEqual([
    ['visible', true, true, true],
    ['after_due_date', false, true, true],
    ['after_published', false, false, true],
    ['hidden', false, false, false],
  ]);
});

/** A student with a criterion of each visibility, each with a detail of each. */
const secret = (criterion: Visibility, detail: Visibility) => `SECRET-${criterion}-${detail}`;
const everyKind: Grades = {
  ...gradesFrame,
  criteria: visibilities.map((visibility) => ({
    id: visibility.replaceAll('_', '-'),
    title: `TITLE-${visibility}`,
    points: 2,
    check: 'total',
    visibility,
  })),
};
const student: StudentResult = sampleStudent(1, {
  reviews: ['SECRET-review'],
  criteria: visibilities.map((criterion) => ({
    id: criterion.replaceAll('_', '-'),
    status: 'fail',
    earned: 0,
    what: `SECRET-${criterion}-sum`,
    details: visibilities.map((visibility) => ({
      case: secret(criterion, visibility),
      visibility,
      status: 'fail',
      what: secret(criterion, visibility),
      parameters: { n: secret(criterion, visibility) },
      places: [{ file: secret(criterion, visibility), line: 1, text: secret(criterion, visibility) }],
      raw: secret(criterion, visibility),
    })),
  })),
});
const grades: Grades = { ...everyKind, students: [student] };

describe.each(phases)('in phase %s', (phase) => {
  const allowed = visibilities
    .filter((criterion) => isShown(criterion, phase))
    .flatMap((criterion) =>
      visibilities.filter((detail) => isShown(detail, phase)).map((detail) => secret(criterion, detail)),
    );
  const documents = {
    html: renderFeedback(grades, student, phase).html,
    // As it is read: without the escapes of Markdown.
    markdown: renderFeedback(grades, student, phase).markdown.replaceAll('\\', ''),
    junit: junitXml(grades, phase),
  };

  it.each(Object.entries(documents))('%s says what may be said and nothing else', (_, text) => {
    const said = new Set(text.match(/SECRET-[a-z_]+-?[a-z_]*/g));
    expect([...said].sort()).toEqual([...allowed].sort());
    for (const visibility of visibilities)
      expect(text.includes(`TITLE-${visibility}`), visibility).toBe(isShown(visibility, phase));
  });

  it('counts what is left out, and keeps the status', () => {
    const seen = visibleTo(student, phase, grades);
    expect(seen.criteria).toHaveLength(4);
    for (const criterion of seen.criteria) {
      expect(criterion.status).toBe('fail');
      if (criterion.shown) expect(criterion.details.length + criterion.hidden).toBe(4);
    }
  });

  it('keeps the sum back while a part of it may not be known', () => {
    expect(visibleTo(student, phase, grades).total === undefined).toBe(phase !== 'after_published');
    const open = {
      ...grades,
      criteria: grades.criteria.map((each) => ({ ...each, visibility: 'visible' as const })),
    };
    const { raw, penalty, final, provisional } = student;
    expect(visibleTo(student, phase, open).total).toEqual({ raw, penalty, final, provisional });
  });
});

it('tells the instructor what will be shown later, and nothing of what never is', () => {
  const words = (of: Grades) => phases.map((phase) => keptBackNotes(of, phase).join());
  expect(words(grades)).toEqual([
    expect.stringContaining('after the due date'),
    expect.stringContaining('once marks are given out'),
    '',
  ]);
  const criteria = everyKind.criteria.filter(({ visibility }) => ['visible', 'hidden'].includes(visibility));
  expect(words({ ...everyKind, criteria })).toEqual(['', '', '']);
});

it('gives a hint about a hidden fault only where a visible one has it too', () => {
  const hint = (status: 'pass' | 'fail') => {
    const [first] = student.criteria;
    if (first === undefined) throw new Error('no criterion');
    const details = [
      { visibility: 'visible' as const, status, what: 'x' },
      { visibility: 'hidden' as const, status: 'fail' as const, what: 'y' },
    ];
    const criteria = [{ ...first, id: 'visible', hint: 'HINT', details }];
    return renderFeedback(grades, { ...student, criteria }, 'after_published').markdown.includes('HINT');
  };
  expect(hint('pass')).toBe(false);
  expect(hint('fail')).toBe(true);
});

it('never lets a hidden case out, in any document and any phase', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 }), fc.constantFrom<Phase>(...phases), (at, phase) => {
      const one = sampleStudent(at);
      const all = { ...sampleGrades(0), students: [one] };
      const { html, markdown } = renderFeedback(all, one, phase);
      for (const text of [html, markdown, junitXml(all, phase), gradescopeResults(all, one) ?? ''])
        expect(text).not.toMatch(/HIDDEN-|secret/);
    }),
  );
});
