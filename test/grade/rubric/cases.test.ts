import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caseVisibility, drawCases } from '../../../grade/rubric/cases.ts';
import { parseRubric } from '../../../grade/rubric/parse.ts';
import { chooseSeed } from '../../../grade/rubric/seed.ts';

const withCases = (text: string) => parseRubric(`cases:\n${text}`, 'rubric.yaml');
const rubric = withCases(
  `  - {name: public, n_threads: 10, increment: 2, n_times: 100_000}
  - {name: drawn, count: 2, n_threads: 3..12, increment: 3..9, n_times: 50_000..150_000 +10_000}
`,
);

describe('drawn cases', () => {
  test('are the same for ever', () => {
    const numbers = drawCases(rubric, 'a seed of the tests', 'ada').map((one) => [
      one.id,
      one.nThreads,
      one.increment,
      one.nTimes,
      one.expected,
    ]);
    expect(numbers).toEqual([
      ['public', 10, 2, 100_000, '2000000'],
      ['drawn-1', 8, 5, 100_000, '4000000'],
      ['drawn-2', 10, 7, 150_000, '10500000'],
    ]);
  });

  test('are the same for one student, and differ between students and seeds', () => {
    const of = (seed: string, key: string) => JSON.stringify(drawCases(rubric, seed, key).slice(1));
    expect(of('s', 'ada')).toBe(of('s', 'ada'));
    expect(of('s', 'ada')).not.toBe(of('t', 'ada'));
    const keys = Array.from({ length: 100 }, (_, at) => `student-${at}`);
    expect(new Set(keys.map((key) => of('s', key))).size).toBeGreaterThan(95);
  });

  test('no other case moves when one is added', () => {
    const one = '  - {name: a, count: 2, n_threads: 2..16, increment: 1..9, n_times: 1000..9000}\n';
    const before = drawCases(withCases(one), 's', 'ada');
    const other = '  - {name: b, count: 5, n_threads: 2..16, increment: 1..9, n_times: 1000..9000}\n';
    expect(drawCases(withCases(one + other), 's', 'ada').slice(0, 2)).toEqual(before);
  });

  test('each number is as likely as the other', () => {
    const rules = withCases(
      '  - {name: a, count: 20, n_threads: 1..7, increment: 1..1e6, n_times: 1..1e9}\n',
    );
    const seen = new Map<number, number>();
    for (let at = 0; at < 350; at++) {
      for (const { nThreads } of drawCases(rules, 's', `k${at}`)) {
        seen.set(nThreads, (seen.get(nThreads) ?? 0) + 1);
      }
    }
    expect([...seen.keys()].toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    // 7000 draws, 1000 of each: five standard deviations are 146.
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test('lie within what is asked for, on the steps of it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'grapheme-ascii' }), (seed, key) => {
        for (const one of drawCases(rubric, seed, key).slice(1)) {
          expect(one.nThreads).toBeGreaterThanOrEqual(3);
          expect(one.nThreads).toBeLessThanOrEqual(12);
          expect(one.nTimes % 10_000).toBe(0);
          expect(one.nTimes).toBeLessThanOrEqual(150_000);
          expect(one.expected).toBe(String(one.nThreads * one.increment * one.nTimes));
          expect(one).toMatchObject({ hidden: true, visibility: 'hidden', vcpus: 2 });
        }
      }),
      { numRuns: 100 },
    );
  });

  test('no two totals are alike where there is a choice', () => {
    const rules = withCases(
      '  - {name: p, n_threads: 1, increment: 1, n_times: 1}\n  - {name: a, count: 3, n_threads: 1..4, increment: 1, n_times: 1}\n',
    );
    for (let at = 0; at < 50; at++) {
      const totals = drawCases(rules, 's', `k${at}`).map(({ expected }) => expected);
      expect(new Set(totals).size).toBe(4);
    }
    const none = withCases(
      '  - {name: p, n_threads: 2, increment: 1, n_times: 1}\n  - {name: a, count: 2, n_threads: 2, increment: 1, n_times: 1}\n',
    );
    expect(drawCases(none, 's', 'k').map(({ id }) => id)).toEqual(['p', 'a-1', 'a-2']);
  });
});

test('who sees a case is told by its id', () => {
  const rules = withCases(
    '  - {name: p, n_threads: 1, increment: 1, n_times: 1}\n  - {name: q, count: 2, n_threads: 2, increment: 1, n_times: 1, visibility: after_due_date}\n',
  );
  for (const one of drawCases(rules, 's', 'k')) expect(caseVisibility(rules, one.id)).toBe(one.visibility);
  expect(caseVisibility(rules, 'q')).toBe('hidden');
  expect(caseVisibility(rules, 'q-x')).toBe('hidden');
});

describe('a seed', () => {
  const hash = 'a'.repeat(64);
  test('from a variable or a file is a secret', () => {
    expect(chooseSeed({ env: 'S' }, { env: 'correct horse battery\n' }, hash)).toMatchObject({
      text: 'correct horse battery',
    });
    expect(chooseSeed({ env: 'S' }, { env: 'correct horse battery' }, hash).weak).toBeUndefined();
    expect(chooseSeed({ file: 'f' }, { file: 'correct horse battery' }, hash).weak).toBeUndefined();
  });

  test('that is missing or short is said to be weak', () => {
    expect(chooseSeed({}, {}, hash)).toMatchObject({
      text: hash,
      weak: expect.stringContaining('names no seed'),
    });
    expect(chooseSeed({ env: 'S' }, {}, hash).weak).toContain('There is no seed in the variable S');
    expect(chooseSeed({ env: 'S' }, { env: '1234' }, hash).weak).toContain('has 4 characters');
  });

  test('is never the same as its hash', () => {
    const { text, sha256 } = chooseSeed({}, {}, hash);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(sha256).not.toBe(text);
  });
});
