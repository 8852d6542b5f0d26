import { describe, expect, test } from 'vitest';
import { defaultConfig, type LabConfig, overrideConfig, parseConfig } from '../../../lab/config.ts';
import { ownParameters } from '../../../lab/parameters.ts';
import { machinesAtOnce, Pace, predictAllMs } from '../../../lab/sweep/estimate.ts';
import { gridOf, keyOf, runsOf } from '../../../lab/sweep/grid.ts';

const own = { name: 'lab3', has: ['n_threads', 'increment', 'n_times', 'lock'] };
const grid = (config: LabConfig = defaultConfig()) => gridOf(config, ownParameters, own);
const failing = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('the grid', () => {
  test('of the defaults ends within some two minutes on two cores', () => {
    const runs = runsOf(grid());
    expect(runs).toHaveLength(360);
    expect(predictAllMs(runs, 2)).toBeLessThan(120_000);
  });

  test('has every combination as often as it is to be repeated, the whole before any of it again', () => {
    const runs = runsOf(grid());
    expect(new Set(runs.map(keyOf)).size).toBe(runs.length);
    expect(runs.slice(0, 120).every(({ repeat }) => repeat === 1)).toBe(true);
    expect(new Set(runs.slice(0, 120).map((run) => keyOf({ ...run, repeat: 0 }))).size).toBe(120);
  });

  test('comes from lab3.yaml and from flags, with ranges', () => {
    const config = overrideConfig(
      parseConfig('increment: 5\nsweep:\n  n_threads: [1, 2..8 x2]\n  locks: [none, own]\n', 'lab3.yaml'),
      { 'sweep.n_times': '1e3..1e5 x10', 'sweep.repeats': 2 },
    );
    expect(grid(config)).toEqual({
      vcpus: [1, 2],
      locks: ['none', 'own'],
      nThreads: [1, 2, 4, 8],
      nTimes: [1000, 10_000, 100_000],
      increment: [5],
      repeats: 2,
    });
  });

  test('has the locks of `run` for a student’s module, which may know no others', () => {
    const config = parseConfig('module: {dir: mine}\n', 'lab3.yaml');
    expect(grid(config).locks).toEqual(['none', 'own']);
    expect(grid().locks).toEqual(['none', 'own', 'spinlock', 'mutex', 'atomic']);
  });

  test('of a module that cannot be told its number of threads is refused', () => {
    const error = failing(() => gridOf(defaultConfig(), { params: { n_times: 't' }, lockValues: {} }, own));
    expect(error).toMatchObject({
      name: 'SweepAxisFixed',
      exitCode: 2,
      params: { axis: 'n_threads', count: 4 },
    });
  });

  test.each([
    ['1..64', '1e3', '1000', /64 thread counts .* are 640 000 runs/],
    ['1024', '1e9', '1', /are 10 runs, about \d+ days of machine time/],
  ])(
    'with %s threads of %s steps, %s times, is refused with its numbers',
    (threads, steps, repeats, says) => {
      const config = overrideConfig(defaultConfig(), {
        'sweep.n_threads': threads,
        'sweep.n_times': steps,
        'sweep.repeats': repeats,
      });
      expect(failing(() => grid(config))).toMatchObject({
        name: 'SweepTooLarge',
        message: expect.stringMatching(says),
      });
    },
  );
});

describe('time', () => {
  test('machines have cores of their own as far as there are any', () => {
    expect([1, 2, 3, 8].map((vcpus) => machinesAtOnce(vcpus, 4))).toEqual([4, 2, 1, 1]);
  });

  test('left is corrected by what the runs took', () => {
    const runs = runsOf(grid());
    const pace = new Pace(runs, 2);
    const guess = predictAllMs(runs, 2);
    expect(pace.leftMs(0)).toBeCloseTo(guess);
    const half = runs.slice(0, 180);
    for (const run of half) pace.finished(run);
    const took = 3 * predictAllMs(half, 2);
    expect(pace.leftMs(took) / (3 * (guess - took / 3))).toBeGreaterThan(0.8);
    expect(pace.leftMs(took) / (3 * (guess - took / 3))).toBeLessThan(1.2);
    for (const run of runs.slice(180)) pace.finished(run);
    expect(pace.leftMs(2 * took)).toBeCloseTo(0);
  });
});
