/** All that one run of the bench measured, `lab3.bench/1`. Milliseconds where nothing else is said. */
import type { Accelerator } from '../lab/names.ts';
import type { VagrantTimes } from './baselines/vagrant.ts';
import type { VirtmeTimes } from './baselines/virtme.ts';
import type { BuildTimes } from './parts/build.ts';
import type { CheckTimes } from './parts/check.ts';
import type { GradeTimes } from './parts/grade.ts';
import type { PayloadSpread } from './parts/payload.ts';
import type { SetupTimes } from './parts/setup.ts';
import type { SweepTimes } from './parts/sweep.ts';
import type { Spread } from './spread.ts';

/** What this computer, or this run of the bench, cannot measure says why. */
export type Measured<T> = T | { readonly notMeasured: string };

export interface BenchDocument {
  readonly schema: 'lab3.bench/1';
  readonly computer: { readonly cpus: number; readonly model: string; readonly node: string };
  readonly kernel: string;
  readonly qemu: string;
  readonly accelerator: Accelerator;
  /** Absent where the cache was given. */
  readonly setupWithEmptyCache?: SetupTimes;
  readonly start: { readonly boot: Spread; readonly restore: Spread; readonly ratio: number };
  readonly payload: readonly PayloadSpread[];
  readonly build: BuildTimes;
  readonly edit: {
    readonly total: Spread;
    readonly build: Spread;
    readonly module: Spread;
    readonly rest: Spread;
  };
  readonly run: {
    readonly lab3: Spread;
    readonly qemu: Spread;
    /** `lab3 run` to bare QEMU. */
    readonly ratio: number;
    readonly peakMiB: number | undefined;
  };
  /** Ratios of the other ways to `lab3 run`. */
  readonly virtme: Measured<VirtmeTimes & { readonly ratio: number }>;
  readonly vagrant: Measured<VagrantTimes & { readonly ratio: number }>;
  readonly sweep: SweepTimes;
  readonly check: Measured<CheckTimes>;
  /** One for each size of a class. */
  readonly grade: Measured<readonly GradeTimes[]>;
  readonly help: { readonly help: Spread; readonly node: Spread; readonly overNodeMs: number };
}
