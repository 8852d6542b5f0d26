import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradescopeResults } from '../../../../grade/out/export/gradescope.ts';
import { gradesArbitrary, hostileGrades } from '../hostile.ts';
import { importGradescope } from '../importers/gradescope.ts';
import { gradesFrame, sampleGrades, sampleStudent } from '../sample.ts';

describe('results.json for Gradescope', () => {
  it('is accepted for every student, and gives the final mark', () => {
    const grades = sampleGrades(60);
    for (const student of grades.students) {
      const text = gradescopeResults(grades, student);
      if (student.status === 'error') expect(text).toBeUndefined();
      else {
        const shown = importGradescope(text ?? '', true);
        expect(shown.score).toBe(student.status === 'review' ? student.provisional : student.final);
        expect(shown.tests.map(({ name }) => name)).toEqual(grades.criteria.map(({ title }) => title));
      }
    }
  });

  it('hides no total with a hidden case, and only until publishing with a later criterion', () => {
    const student = sampleStudent(7);
    const text = gradescopeResults(gradesFrame, student) ?? '';
    expect(importGradescope(text, true).studentSees).toBe(student.final);
    expect(importGradescope(text, false).studentSees).toBeUndefined();
    const open = {
      ...gradesFrame,
      criteria: gradesFrame.criteria.filter(({ visibility }) => visibility === 'visible'),
    };
    expect(importGradescope(gradescopeResults(open, student) ?? '', false).studentSees).toBe(student.final);
  });

  it('says passed and failed, and neither of what is open', () => {
    const student = sampleStudent(7, { status: 'review' });
    const [first] = student.criteria;
    if (first === undefined) throw new Error('no criterion');
    const passed = (status: typeof first.status, earned: number | null) =>
      importGradescope(
        gradescopeResults(gradesFrame, { ...student, criteria: [{ ...first, status, earned }] }) ?? '',
        true,
      ).tests[0]?.passed;
    expect(passed('pass', 1)).toBe(true);
    expect(passed('partial', 0.5)).toBe(false);
    expect(passed('fail', 0)).toBe(false);
    expect(passed('review', null)).toBeUndefined();
    expect(passed('inconclusive', null)).toBeUndefined();
  });

  it('takes the penalty off', () => {
    const late = sampleStudent(7, {
      raw: 8,
      penalty: 0.8,
      final: 7.2,
      late: { seconds: 90_000, share: 0.1 },
    });
    const all = gradesFrame.criteria.map((one) => ({ ...one, visibility: 'visible' as const }));
    const text = gradescopeResults({ ...gradesFrame, criteria: all }, late) ?? '';
    expect(importGradescope(text, true).score).toBe(7.2);
    expect(text).toContain('8 of 10 points were earned; 0.8 are taken off: 1 day 1 h late.');
    // The sum less what is seen would be a hidden criterion's.
    const [first, ...rest] = all;
    const hidden = [...(first === undefined ? [] : [{ ...first, visibility: 'hidden' as const }]), ...rest];
    const silent = gradescopeResults({ ...gradesFrame, criteria: hidden }, late) ?? '';
    expect(silent).toContain('It was handed in 1 day 1 h late.');
    expect(silent).not.toContain('were earned');
  });

  it('is accepted whatever students wrote', () => {
    const one = (grades: ReturnType<typeof hostileGrades>) => {
      for (const student of grades.students) {
        const text = gradescopeResults(grades, student);
        if (text !== undefined) importGradescope(text, true);
      }
    };
    one(hostileGrades());
    fc.assert(fc.property(gradesArbitrary, one));
  });
});
