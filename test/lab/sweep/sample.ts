/** Runs of a sweep, and whole ones, as they are in their document. */
import type { LockKind } from '../../../lab/names.ts';
import { type Sweep, type SweepRun, sweepSchemaName } from '../../../lab/sweep/document.ts';
import { type Grid, runsOf } from '../../../lab/sweep/grid.ts';

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

const cost: Record<LockKind, number> = { none: 20, own: 200, spinlock: 260, mutex: 800, atomic: 10 };

/** Two vCPUs lose more the more threads and steps there are; one loses nothing. */
export function sampleSweep(change: Partial<Sweep> = {}, axes: Partial<Grid> = {}): Sweep {
  const grid: Grid = {
    vcpus: [1, 2],
    locks: ['none', 'own', 'mutex'],
    nThreads: [1, 2, 4, 8],
    nTimes: [1000, 10_000, 100_000],
    increment: [2],
    repeats: 3,
    ...axes,
  };
  const runs = runsOf(grid).map((run) => {
    const elapsedNs = run.nThreads * run.nTimes * cost[run.lock] * (1 + run.repeat / 10);
    const alone = run.vcpus === 1 || run.nThreads === 1 || run.nTimes === 1000;
    return run.lock === 'none'
      ? lossyRun(alone ? 0 : run.nThreads * 4 + run.repeat, { ...run, elapsedNs })
      : sweepRun({ ...run, elapsedNs });
  });
  return {
    schema: sweepSchemaName,
    createdAt: '2026-11-23T14:00:00.000Z',
    tool: 'lab3 0.1.0',
    complete: true,
    grid: {
      repeats: grid.repeats,
      vcpus: [...grid.vcpus],
      locks: [...grid.locks],
      nThreads: [...grid.nThreads],
      nTimes: [...grid.nTimes],
      increment: [...grid.increment],
    },
    module: {
      name: 'lab3',
      sourceSha256: '7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069',
    },
    build: { compiler: 'gcc (Debian 14.2.0-19) 14.2.0', kernelRelease: '6.12.48+deb13-cloud-amd64' },
    guest: {
      provider: 'qemu',
      arch: 'amd64',
      kernel: '6.12.48+deb13-cloud-amd64',
      memoryMiB: 256,
      accelerator: 'tcg',
      hypervisor: 'QEMU emulator version 10.0.3',
    },
    host: { cores: 2 },
    runs,
    ...change,
  };
}
