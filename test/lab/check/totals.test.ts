import { expect, test } from 'vitest';
import type { Shape } from '../../../lab/check/evidence.ts';
import { isSuspicious, overlapDrafts } from '../../../lab/check/totals.ts';
import { readOutcome } from '../../../lab/outcome.ts';
import { evidence, spec } from './sample.ts';

function judged(shape: Shape, total: number, cpus = [0, 1]) {
  const run = evidence(`[    1.0] lab3: total ${total}\n`, {
    spec: spec({ shape, nThreads: 2, increment: 1, nTimes: 500, expected: '1000' }),
    reached: 'unloaded',
    looks: [cpus.map((cpu) => ({ pid: 60 + cpu, state: 'R', cpu, name: 'adder' }))],
  });
  return { run, outcome: { ...readOutcome(run.text, run.spec), final: String(total) } };
}

test('totals that are right for no reason make one ask whether the loop is one', () => {
  expect(isSuspicious([judged('whole', 1000), judged('whole', 1000)])).toBe(true);
  expect(isSuspicious([judged('whole', 1000), judged('whole', 999)])).toBe(false);
  expect(isSuspicious([])).toBe(false);
});

test('threads that were stopped halfway had a loop to be stopped in', () => {
  expect(isSuspicious([judged('whole', 1000), judged('early', 640)])).toBe(false);
  expect(isSuspicious([judged('whole', 1000), judged('early', 1000)])).toBe(true);
  expect(isSuspicious([judged('whole', 1000, [1]), judged('early', 640, [1, 1])])).toBe(true);
  expect(isSuspicious([judged('whole', 1000), judged('early', 0)])).toBe(true);
});

/** What looks at a running module saw: the threads of each, by number. */
function looked(...looks: number[][]) {
  const one = judged('whole', 1000);
  const seen = looks.map((pids) => pids.map((pid, cpu) => ({ pid, state: 'R', cpu, name: 'adder' })));
  return [{ ...one, run: { ...one.run, looks: seen } }];
}

test('threads that were seen one at a time never overlapped, one on its way out beside the next or not', () => {
  const ten = [[1], [1], [1], [1], [2], [2], [2], [2], [2], [2]];
  expect(overlapDrafts(looked(...ten))).toMatchObject([{ kind: 'never-overlapped' }]);
  expect(overlapDrafts(looked(...ten, [2, 3]))[0]?.what).toContain('two of them at once in 1:');
  expect(overlapDrafts(looked([1], [2]))).toHaveLength(1);
});

test('threads that were seen together overlapped', () => {
  expect(overlapDrafts(looked([1], [1, 2], [2]))).toEqual([]);
  const ten = Array.from({ length: 10 }, () => [1, 2]);
  expect(overlapDrafts(looked(...ten))).toEqual([]);
  expect(overlapDrafts(looked([1], [1]))).toEqual([]);
});
