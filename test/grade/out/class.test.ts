import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distribution, lostMost, summary } from '../../../grade/out/class/figures.ts';
import { pairName } from '../../../grade/out/class/lists.ts';
import { renderClass } from '../../../grade/out/class/page.ts';
import { gradesArbitrary, hostileGrades } from './hostile.ts';
import { gradesFrame, sampleGrades, sampleStudent } from './sample.ts';

const marks = (...finals: number[]) =>
  finals.map((final, at) => sampleStudent(at, { key: `k${at}`, status: 'graded', final }));

describe('the distribution', () => {
  it('counts every final mark once, the best in the last bar', () => {
    const students = marks(0, 0.5, 1, 5, 9.99, 10);
    expect(distribution({ ...gradesFrame, students })).toEqual([
      { from: 0, to: 1, count: 2 },
      { from: 1, to: 2, count: 1 },
      { from: 2, to: 3, count: 0 },
      { from: 3, to: 4, count: 0 },
      { from: 4, to: 5, count: 0 },
      { from: 5, to: 6, count: 1 },
      { from: 6, to: 7, count: 0 },
      { from: 7, to: 8, count: 0 },
      { from: 8, to: 9, count: 0 },
      { from: 9, to: 10, count: 2 },
    ]);
  });

  it('has at most 12 bars of one round width for any number of points', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        (most, shares) => {
          const points = most / 1000;
          const students = marks(...shares.map((share) => Math.round(points * share * 1000) / 1000));
          const bins = distribution({ assignment: { title: 'x', points }, students });
          expect(bins.length).toBeLessThanOrEqual(12);
          expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(students.length);
          for (const [at, { from }] of bins.entries()) expect(from).toBe(bins[at - 1]?.to ?? 0);
          expect(bins.at(-1)?.to).toBeGreaterThanOrEqual(points);
        },
      ),
    );
  });

  it('leaves out what is not final and who handed nothing in', () => {
    const students = [
      ...marks(4, 8),
      sampleStudent(1, { status: 'review', final: 3 }),
      sampleStudent(2, { status: 'not_submitted', final: 0 }),
    ];
    expect(distribution({ ...gradesFrame, students }).reduce((sum, { count }) => sum + count, 0)).toBe(2);
    expect(summary(students)).toEqual({
      median: 6,
      mean: 6,
      counts: { graded: 2, review: 1, error: 0, not_submitted: 1 },
    });
    expect(summary([])).toEqual({ counts: { graded: 0, review: 0, error: 0, not_submitted: 0 } });
  });
});

it('puts what most students lost first', () => {
  const grades = sampleGrades(120);
  const rows = lostMost(grades);
  expect(rows.map(({ at }) => at).sort((a, b) => a - b)).toEqual(grades.criteria.map((_, at) => at));
  for (const { at, counts } of rows) {
    const statuses = grades.students.map(({ criteria }) => criteria[at]?.status);
    expect(counts.lost).toBe(statuses.filter((status) => status === 'fail' || status === 'skipped').length);
    expect(counts.pass).toBe(statuses.filter((status) => status === 'pass').length);
  }
  const lost = rows.map(({ counts }) => counts.lost);
  expect(lost).toEqual([...lost].sort((a, b) => b - a));
});

describe('class.html', () => {
  it('has a row for each student with marks, statuses and a link', () => {
    const grades = sampleGrades(40);
    const page = renderClass(grades);
    for (const { key } of grades.students) expect(page).toContain(`href="students/${key}/feedback.html"`);
    expect(page.match(/<tr data-status=/g)).toHaveLength(40);
    expect(page.match(/<td class="mark"/g)).toHaveLength(40 * grades.criteria.length);
  });

  it('allows exactly its own script', () => {
    const page = renderClass(sampleGrades(2));
    const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(page) ?? [];
    expect(page).toContain(
      `script-src &#39;sha256-${createHash('sha256').update(script).digest('base64')}&#39;`,
    );
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/https?:|\bon[a-z]+=|javascript:/);
  });

  it('links pairs to their page where there is one', () => {
    const grades = sampleGrades(6);
    expect(renderClass(grades, new Set(['s0000--s0002']))).toContain('href="similar/s0000--s0002.html"');
    expect(renderClass(grades)).not.toContain('href="similar/');
    expect(pairName('../x', 'y')).toBeUndefined();
    expect(pairName('a"b', 'y')).toBeUndefined();
  });

  it('says why a person must look', () => {
    const student = sampleStudent(1, {
      status: 'review',
      final: null,
      reviews: ['The lock is local to each thread.'],
    });
    expect(renderClass({ ...gradesFrame, students: [student] })).toContain(
      'The lock is local to each thread.',
    );
  });

  it('says what is to be known of the class as a whole', () => {
    const page = renderClass({
      ...gradesFrame,
      remarks: ['No hand-in time is known of 2 of <4> submissions.'],
    });
    expect(page).toContain('<p class="remark">No hand-in time is known of 2 of &lt;4&gt; submissions.</p>');
    expect(renderClass(gradesFrame)).not.toContain('<p class="remark">');
  });

  it('makes markup of nothing that anybody wrote', () => {
    const shape = (page: string) => {
      expect(page.match(/<script/g)).toHaveLength(1);
      expect(page).not.toMatch(/<(?:img|iframe|object|embed|form|link|base|svg)\b/i);
      // Only attributes that are ours: a quote that got through would make others.
      const names = new Set(
        [...page.matchAll(/<[a-z0-9]+((?: [a-z-]+(?:="[^"]*")?)*)>/g)].flatMap(([, all = '']) =>
          [...all.matchAll(/ ([a-z-]+)(?:="[^"]*")?/g)].map(([, name]) => name),
        ),
      );
      for (const name of names) expect(ours).toContain(name);
      expect(page.replace(/<script>[\s\S]*?<\/script>/, '')).not.toMatch(
        /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
      );
    };
    shape(renderClass(hostileGrades()));
    fc.assert(fc.property(gradesArbitrary, (grades) => shape(renderClass(grades))));
  });

  it('of nobody is a page too', () => {
    expect(renderClass({ ...gradesFrame, students: [] })).toContain('0 students');
  });
});

const ours =
  'lang charset http-equiv content name class href id type style title role scope tabindex hidden placeholder autocomplete spellcheck aria-label aria-labelledby aria-hidden aria-pressed data-status data-find data-lost data-late data-value data-sort data-from data-to data-criterion'.split(
    ' ',
  );
