/** What a sweep is made of, and the document that it makes. */
import type { LabConfig } from '../lab/config.ts';
import { plan, type RunSpec } from '../lab/plan.ts';
import type { GuestInfo } from '../lab/result.ts';
import { type Sweep, type SweepRun, sweepSchemaName } from '../lab/sweep/document.ts';
import { type Grid, type GridRun, gridOf, keyOf, runsOf } from '../lab/sweep/grid.ts';
import { type Built, parametersOf } from './lab.ts';
import { version } from './package-files.ts';

export interface Planned {
  readonly built: Built;
  readonly grid: Grid;
  /** In the order of the grid, each with what the module is given for it. */
  readonly runs: readonly { readonly run: GridRun; readonly spec: RunSpec }[];
}

/** Throws what `gridOf` and `plan` throw: a grid too large, a value or a lock that the module cannot be told. */
export async function planSweep(config: LabConfig, built: Built): Promise<Planned> {
  const { use, has } = await parametersOf(config, built.module);
  const module = { name: built.module.name, has };
  const grid = gridOf(config, use, module);
  // Says so where a lock cannot be chosen; one at a time it would only say that of each.
  plan({ ...config, locks: grid.locks }, use, module);
  const runs = runsOf(grid).flatMap((run) =>
    plan({ ...config, ...run, locks: [run.lock] }, use, module).map((spec) => ({ run, spec })),
  );
  return { built, grid, runs };
}

/** What the runs of a journal depend on; a sweep goes on only where all of it is the same. */
export function partsOf({ built, grid, runs }: Planned, info: GuestInfo): Record<string, string> {
  const { module, kernel } = built;
  const { compiler, sourceSha256 } = module.record;
  return {
    module: [module.name, sourceSha256, compiler, JSON.stringify(runs[0]?.spec.moduleParams)].join(' '),
    kernel: [kernel.arch, kernel.release, kernel.version].join(' '),
    machine: [info.hypervisor, info.accelerator, info.memoryMiB].join(' '),
    grid: JSON.stringify(grid),
  };
}

/** @param runs those that ended, in any order */
export function describeSweep(
  { built, grid, runs: planned }: Planned,
  info: GuestInfo,
  runs: readonly SweepRun[],
  cores: number,
): Sweep {
  const done = new Map(runs.map((run) => [keyOf(run), run]));
  const inOrder = planned.flatMap(({ run }) => done.get(keyOf(run)) ?? []);
  const { vcpus: _vcpus, start: _start, ...guest } = info;
  const { compiler, kernelRelease, sourceSha256 } = built.module.record;
  return {
    schema: sweepSchemaName,
    createdAt: new Date().toISOString(),
    tool: `lab3 ${version()}`,
    complete: inOrder.length === planned.length,
    grid: {
      repeats: grid.repeats,
      vcpus: [...grid.vcpus],
      locks: [...grid.locks],
      nThreads: [...grid.nThreads],
      nTimes: [...grid.nTimes],
      increment: [...grid.increment],
    },
    module: { name: built.module.name, sourceSha256 },
    build: { compiler, kernelRelease },
    guest,
    host: { cores },
    runs: inOrder,
  };
}
