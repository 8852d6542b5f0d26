import { describe, expect, test } from 'vitest';
import type { Finding, RunResult } from '../../lab/result.ts';
import { verdict } from '../../lab/verdict.ts';

const base: RunResult = {
  lock: 'own',
  nThreads: 4,
  increment: 2,
  nTimes: 100,
  vcpus: 2,
  expected: '800',
  final: '800',
  lostUpdates: '0',
  threads: [],
  list: ['200', '400', '600', '800'],
  elapsedNs: 5,
  findings: [],
};
const finding = (kind: string, severity: Finding['severity'] = 'error'): Finding => ({
  kind,
  severity,
  message: `found ${kind}.`,
  consoleLine: 7,
});
const judge = (...runs: Partial<RunResult>[]) => verdict({ runs: runs.map((run) => ({ ...base, ...run })) });
const { final: _final, lostUpdates: _lost, ...noTotal } = base;

describe('as the exercise wants it', () => {
  test('lost without, right with', () => {
    const answer = judge({ lock: 'none', final: '500', lostUpdates: '150' }, {});
    expect(answer).toMatchObject({ ok: true, exitCode: 0, advice: [] });
    expect(answer.runs.map((run) => run.verdict)).toEqual(['lost', 'right']);
    expect(answer.sentences).toEqual([
      'Without a lock the total is 500 of 800: 150 of 400 updates were lost (37.5 %). That is the race the exercise is about.',
      'With lock own the total is right: 800.',
    ]);
  });

  test('right by luck is never a failure', () => {
    const answer = judge({ lock: 'none' });
    expect(answer.ok).toBe(true);
    expect(answer.runs[0]?.verdict).toBe('inconclusive');
    expect(answer.sentences.join(' ')).toMatch(/by luck.*inconclusive.*--n-times/);
  });

  test('a single virtual CPU is said', () => {
    expect(judge({ lock: 'none', vcpus: 1 }).sentences.join(' ')).toContain('--vcpus 2');
    expect(judge({ vcpus: 1 })).toMatchObject({ ok: true });
    expect(judge({ vcpus: 1 }).sentences.join(' ')).toContain('one virtual CPU');
  });

  test('warnings and races without a lock are no failure', () => {
    expect(
      judge({ lock: 'none', final: '2', lostUpdates: '399', findings: [finding('kcsan', 'note')] }).ok,
    ).toBe(true);
    expect(judge({ findings: [finding('rcu-stall', 'warning')] })).toMatchObject({ ok: true });
  });
});

describe('the module is at fault', () => {
  test.each<[string, Partial<RunResult>, RegExp]>([
    [
      'updates lost under the lock',
      { final: '798', lostUpdates: '1' },
      /must be 800: 1 of 400 updates were lost \(0\.3 %\)/,
    ],
    ['a total that is too large', { final: '900', lostUpdates: '-50' }, /above the 800/],
    ['too large without a lock', { lock: 'none', final: '900', lostUpdates: '-50' }, /above the 800/],
    ['a crash with a right total', { findings: [finding('oops')] }, /found oops\. \(dmesg\.txt line 7\)/],
    [
      'a crash without a lock',
      { lock: 'none', final: '2', findings: [finding('soft-lockup')] },
      /found soft-lockup/,
    ],
    ['a short list', { list: ['800'] }, /The list has 1 node, and 4 threads were asked for/],
    ['no list', { list: [] }, /printed no list/],
    ['parameters not followed', { findings: [finding('parameters-ignored')] }, /found parameters-ignored/],
  ])('%s', (_, run, sentence) => {
    const answer = judge(run);
    expect(answer).toMatchObject({ ok: false, exitCode: 1, fault: 'module' });
    expect(answer.sentences.join('\n')).toMatch(sentence);
    expect(answer.advice.length).toBeGreaterThan(0);
  });

  test('no total', () => {
    const answer = verdict({ runs: [{ ...noTotal, list: [], findings: [finding('load-failed')] }] });
    expect(answer.ok).toBe(false);
    expect(answer.sentences).toEqual([
      'With lock own there is no total: the module did not come to the end.',
      'found load-failed. (dmesg.txt line 7)',
    ]);
  });

  test('one bad run is enough', () => {
    expect(judge({}, { final: '2', lostUpdates: '399' }, {}).ok).toBe(false);
  });
});

describe('what proves nothing', () => {
  test('a list with a hole in the console', () => {
    const answer = judge({ list: ['800'], findings: [finding('dropped', 'warning')] });
    expect(answer.ok).toBe(true);
    expect(answer.sentences.join(' ')).toContain('found dropped');
  });

  test('an unlocked run that was cut short', () => {
    const answer = judge({ lock: 'none', final: '5', findings: [finding('time-limit')] });
    expect(answer.runs[0]?.verdict).toBe('inconclusive');
  });
});

test('no sentence holds a value that is not there', () => {
  const answer = verdict({
    runs: [noTotal, { ...base, final: '5' }, { ...noTotal, lock: 'none', list: [] }],
  });
  expect(answer.sentences.join(' ')).not.toMatch(/undefined|NaN|null/);
});
