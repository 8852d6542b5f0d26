import { expect, test } from 'vitest';
import type { Shape } from '../../../lab/check/evidence.ts';
import { isSuspicious } from '../../../lab/check/totals.ts';
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
