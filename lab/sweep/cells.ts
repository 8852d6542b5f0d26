/** Runs of one cell taken together: median and spread of what was lost and of what an increment cost. */
import type { SweepRun } from './document.ts';
import type { Cell } from './grid.ts';

export interface Spread {
  readonly count: number;
  readonly min: number;
  /** Quartiles by linear interpolation between the values in order, as R's type 7 and most programs do. */
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
}

export interface CellResult extends Cell {
  /** Runs so far, of any status. */
  readonly runs: number;
  /** Runs whose total is not to be trusted or missing: cut, none, guest-lost. */
  readonly failed: number;
  /** Runs with a wrong total under a lock. */
  readonly wrong: number;
  /** Percent of all updates; absent where no run came to its end. */
  readonly lost?: Spread;
  /** Time of the whole run divided by the increments of all its threads. */
  readonly nsPerIncrement?: Spread;
}

/** Whether the total and the time of the run mean what they say. */
const isWhole = ({ status }: SweepRun) => status === 'right' || status === 'lost' || status === 'wrong';

/** Lost updates in percent of all; below zero where the total is too large. Absent where there is no whole total. */
export function lostPercent(run: SweepRun): number | undefined {
  if (run.final === undefined || !isWhole(run)) return undefined;
  const expected = BigInt(run.expected);
  if (expected === 0n) return undefined;
  // Numbers beyond 2^53 keep six digits after the point.
  return Number(((expected - BigInt(run.final)) * 100_000_000n) / expected) / 1_000_000;
}

/** Nanoseconds; absent where no time was taken. */
export function nsPerIncrement(run: SweepRun): number | undefined {
  if (run.elapsedNs === undefined || !isWhole(run)) return undefined;
  return run.elapsedNs / (run.nThreads * run.nTimes);
}

/** Undefined for no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)] ?? 0;
    const high = sorted[Math.ceil(place)] ?? low;
    return low + (high - low) * (place - Math.floor(place));
  };
  return { count: sorted.length, min: at(0), q1: at(0.25), median: at(0.5), q3: at(0.75), max: at(1) };
}

/** The cells that have runs, in the order of their first. */
export function cellsOf(runs: readonly SweepRun[]): CellResult[] {
  const groups = new Map<string, SweepRun[]>();
  for (const run of runs) {
    const key = [run.vcpus, run.lock, run.nThreads, run.nTimes, run.increment].join('/');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [run]);
    else group.push(run);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { vcpus, lock, nThreads, nTimes, increment } = first;
    const known = (value: (run: SweepRun) => number | undefined) =>
      spreadOf(group.map(value).filter((one) => one !== undefined));
    const lost = known(lostPercent);
    const cost = known(nsPerIncrement);
    return [
      {
        vcpus,
        lock,
        nThreads,
        nTimes,
        increment,
        runs: group.length,
        failed: group.filter((run) => !isWhole(run)).length,
        wrong: group.filter(({ status }) => status === 'wrong').length,
        ...(lost === undefined ? {} : { lost }),
        ...(cost === undefined ? {} : { nsPerIncrement: cost }),
      },
    ];
  });
}
