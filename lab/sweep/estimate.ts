/** How long a sweep takes: a guess before it begins, corrected by what its runs really took. */
import type { LockKind } from '../names.ts';

interface Work {
  readonly vcpus: number;
  readonly lock: LockKind;
  readonly nThreads: number;
  readonly nTimes: number;
}

/** Loading, looking whether the threads have gone, unloading: measured under QEMU's emulator on a free core. */
const overheadMs = 160;
const threadMs = 1.5;
/** Nanoseconds of one step under the emulator; with hardware acceleration a tenth of it, and the guess is too long. */
const stepNs: Readonly<Record<LockKind, number>> = {
  none: 40,
  own: 200,
  spinlock: 260,
  mutex: 320,
  atomic: 20,
};

/** Milliseconds that one run keeps its machine busy. */
export function predictMs({ vcpus, lock, nThreads, nTimes }: Work): number {
  // Steps without a lock go on at the same time on each processor; under a lock one at a time.
  const side = lock === 'none' ? Math.min(vcpus, nThreads) : 1;
  return overheadMs + threadMs * nThreads + (nThreads * nTimes * stepNs[lock]) / side / 1e6;
}

/** Machines that run at the same time: each has cores of its own, as far as there are any. */
export function machinesAtOnce(vcpus: number, cores: number): number {
  return Math.max(1, Math.floor(cores / vcpus));
}

/** Milliseconds from the first run to the last on a computer with so many cores. */
export function predictAllMs(runs: readonly Work[], cores: number): number {
  return runs.reduce((sum, run) => sum + predictMs(run) / machinesAtOnce(run.vcpus, cores), 0);
}

/** Time left, from how the guess fared so far. */
export class Pace {
  #guessedLeft: number;
  #guessedDone = 0;
  readonly #cores: number;

  constructor(runs: readonly Work[], cores: number) {
    this.#cores = cores;
    this.#guessedLeft = predictAllMs(runs, cores);
  }

  finished(run: Work): void {
    const guess = predictAllMs([run], this.#cores);
    this.#guessedDone += guess;
    this.#guessedLeft = Math.max(0, this.#guessedLeft - guess);
  }

  /** Milliseconds; the guess itself until enough has been seen to correct it. */
  leftMs(elapsedMs: number): number {
    const seen = this.#guessedDone;
    // The guess counts as much as its first five seconds would: one odd run does not turn it over.
    const weight = 5000;
    return this.#guessedLeft * ((elapsedMs + weight) / (seen + weight));
  }
}
