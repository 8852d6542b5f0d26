/** Runs of a sweep as they are in its document. */
import type { SweepRun } from '../../../lab/sweep/document.ts';

export function sweepRun(change: Partial<SweepRun> = {}): SweepRun {
  const { nThreads = 4, nTimes = 1000, increment = 2, lock = 'own' } = change;
  const expected = String(BigInt(nThreads) * BigInt(nTimes) * BigInt(increment));
  return {
    vcpus: 2,
    lock,
    nThreads,
    nTimes,
    increment,
    repeat: 1,
    status: 'right',
    expected,
    final: expected,
    lostUpdates: '0',
    elapsedNs: nThreads * nTimes * 200,
    clock: 'module',
    findings: [],
    ...change,
  };
}

/** An unlocked run that lost this share of its updates, in percent. */
export function lossyRun(percent: number, change: Partial<SweepRun> = {}): SweepRun {
  const run = sweepRun({ lock: 'none', status: percent === 0 ? 'right' : 'lost', ...change });
  const lost = Math.round((run.nThreads * run.nTimes * percent) / 100);
  return {
    ...run,
    lostUpdates: String(lost),
    final: String(BigInt(run.expected) - BigInt(lost) * BigInt(run.increment)),
  };
}
