/** The grid of a sweep: every value of each axis with every value of the others, several times over. */
import type { LabConfig } from '../config.ts';
import { labError } from '../errors.ts';
import { type LockKind, lockKinds } from '../names.ts';
import type { ParameterUse } from '../parameters.ts';
import { predictMs } from './estimate.ts';

export interface Grid {
  readonly vcpus: readonly number[];
  readonly locks: readonly LockKind[];
  readonly nThreads: readonly number[];
  readonly nTimes: readonly number[];
  readonly increment: readonly number[];
  readonly repeats: number;
}

/** One combination of the axes. */
export interface Cell {
  readonly vcpus: number;
  readonly lock: LockKind;
  readonly nThreads: number;
  readonly nTimes: number;
  readonly increment: number;
}

/** One run of the grid; `repeat` counts from 1. */
export interface GridRun extends Cell {
  readonly repeat: number;
}

/** What is not begun: it is a slip in a list, or work for a night that somebody ought to ask for in parts. */
const most = { runs: 10_000, hours: 24 };

/**
 * The grid that the configuration asks for, checked. `use` says which parameters the module has: an axis with several
 * values needs one. Throws `SweepAxisFixed` and `SweepTooLarge`.
 */
export function gridOf(
  config: LabConfig,
  use: ParameterUse,
  module: { readonly name: string; readonly has: readonly string[] },
): Grid {
  const { sweep } = config;
  const grid: Grid = {
    vcpus: sweep.vcpus,
    locks: sweep.locks ?? (config.module.dir === undefined ? lockKinds : config.locks),
    nThreads: sweep.nThreads,
    nTimes: sweep.nTimes,
    increment: sweep.increment ?? [config.increment],
    repeats: sweep.repeats,
  };
  const axes = { n_threads: grid.nThreads, n_times: grid.nTimes, increment: grid.increment };
  for (const [axis, values] of Object.entries(axes)) {
    if (values.length > 1 && use.params[axis as keyof typeof axes] === undefined)
      throw labError('SweepAxisFixed', { axis, count: values.length, module: module.name, has: module.has });
  }
  checkSize(grid);
  return grid;
}

/** Throws `SweepTooLarge` with the numbers. */
export function checkSize(grid: Grid): void {
  const factors = factorsOf(grid);
  const runs = factors.reduce((product, { count }) => product * count, 1);
  const hours = predictGridMs(grid) / 3_600_000;
  if (runs <= most.runs && hours <= most.hours) return;
  throw labError('SweepTooLarge', {
    product: factors.map(({ count, noun }) => `${count} ${noun}`).join(' × '),
    runs: whole(runs),
    time: timeInWords(hours),
    mostRuns: whole(most.runs),
    mostTime: timeInWords(most.hours),
  });
}

const whole = (value: number) => String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');

function timeInWords(hours: number): string {
  if (hours > 48) return `${whole(hours / 24)} days`;
  return hours >= 1 ? `${whole(hours)} hours` : `${whole(hours * 60)} minutes`;
}

/** The axes in words, in the order in which they vary, slowest first. */
export function factorsOf(grid: Grid): { count: number; noun: string }[] {
  const factor = (count: number, one: string, many = `${one}s`) => ({
    count,
    noun: count === 1 ? one : many,
  });
  return [
    factor(grid.repeats, 'repeat'),
    factor(grid.vcpus.length, 'vCPU count'),
    factor(grid.locks.length, 'lock'),
    factor(grid.nThreads.length, 'thread count'),
    factor(grid.nTimes.length, 'step count'),
    factor(grid.increment.length, 'increment'),
  ];
}

/**
 * Every run. The whole grid comes once before any of it comes again: what slows the computer down for a while is then
 * spread over all of it, and a sweep that was stopped has something of everything.
 */
export function runsOf(grid: Grid): GridRun[] {
  const runs: GridRun[] = [];
  for (let repeat = 1; repeat <= grid.repeats; repeat += 1)
    for (const vcpus of grid.vcpus)
      for (const lock of grid.locks)
        for (const nThreads of grid.nThreads)
          for (const nTimes of grid.nTimes)
            for (const increment of grid.increment)
              runs.push({ repeat, vcpus, lock, nThreads, nTimes, increment });
  return runs;
}

/** The same for the same run of any grid, and for no other. */
export function keyOf({ vcpus, lock, nThreads, nTimes, increment, repeat }: GridRun): string {
  return [vcpus, lock, nThreads, nTimes, increment, repeat].join('/');
}

/** Milliseconds of machine time, without making the list: it may be a list of billions. */
function predictGridMs(grid: Grid): number {
  let sum = 0;
  for (const vcpus of grid.vcpus)
    for (const lock of grid.locks)
      for (const nThreads of grid.nThreads)
        for (const nTimes of grid.nTimes) sum += predictMs({ vcpus, lock, nThreads, nTimes });
  return sum * grid.increment.length * grid.repeats;
}
