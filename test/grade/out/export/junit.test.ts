import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { junitXml } from '../../../../grade/out/export/junit.ts';
import { gradesArbitrary, hostileGrades } from '../hostile.ts';
import { importJunit } from '../importers/junit.ts';
import { sampleGrades } from '../sample.ts';

describe('junit.xml', () => {
  it('has a suite for each student and a case for each criterion, with its result', () => {
    const grades = sampleGrades(80);
    const results = {
      pass: 'passed',
      partial: 'failure',
      fail: 'failure',
      not_submitted: 'failure',
      skipped: 'skipped',
      inconclusive: 'skipped',
      review: 'skipped',
      error: 'error',
    };
    const wanted = grades.students.flatMap(({ key, criteria }) =>
      criteria.map(({ status }, at) => [key, grades.criteria[at]?.title, results[status]]),
    );
    expect(
      importJunit(junitXml(grades, 'after_published')).map(({ suite, name, result }) => [
        suite,
        name,
        result,
      ]),
    ).toEqual(wanted);
    expect(new Set(wanted.map(([, , result]) => result))).toEqual(
      new Set(['passed', 'failure', 'skipped', 'error']),
    );
  });

  it('is well formed whatever students wrote', () => {
    importJunit(junitXml(hostileGrades(), 'after_published'));
    fc.assert(
      fc.property(gradesArbitrary, (grades) => {
        const titled = {
          ...grades,
          criteria: grades.criteria.map((each) => ({ ...each, title: `x${each.title}` })),
        };
        expect(importJunit(junitXml(titled, 'after_published'))).toHaveLength(
          grades.students.reduce((sum, { criteria }) => sum + criteria.length, 0),
        );
      }),
    );
  });

  it('says what was reached and why', () => {
    const [failed] = importJunit(junitXml(sampleGrades(80), 'after_published')).filter(
      ({ result }) => result === 'failure',
    );
    expect(failed?.message).toMatch(/^(?:partly|failed|not handed in), [\d.]+ of [\d.]+ points/);
  });
});
