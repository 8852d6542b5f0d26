import { describe, expect, test } from 'vitest';
import { cellsOf } from '../../../lab/sweep/cells.ts';
import { costByThreads, lostBySteps, lostByThreads } from '../../../lab/sweep/slices.ts';
import { lossyRun, sampleSweep, sweepRun } from './sample.ts';

const cells = cellsOf(sampleSweep().runs);

describe('a line through the grid', () => {
  test('of what was lost goes along one axis with the other at its most', () => {
    const bySteps = lostBySteps(cells);
    expect(bySteps?.held).toEqual({ nThreads: 8, increment: 2 });
    expect(bySteps?.lines.map(({ vcpus, lock, points }) => [vcpus, lock, points.map(({ x }) => x)])).toEqual([
      [1, 'none', [1000, 10_000, 100_000]],
      [2, 'none', [1000, 10_000, 100_000]],
    ]);
    expect(bySteps?.lines[1]?.points.map(({ spread }) => spread.median)).toEqual([0, 34, 34]);
    const byThreads = lostByThreads(cells);
    expect(byThreads?.held).toEqual({ nTimes: 100_000, increment: 2 });
    expect(byThreads?.lines[1]?.points.map(({ x, spread }) => [x, spread.median])).toEqual([
      [1, 0],
      [2, 10],
      [4, 18],
      [8, 34],
    ]);
  });

  test('is there for a lock that loses updates though it should not', () => {
    const faulty = lossyRun(7, { lock: 'own', status: 'wrong', nTimes: 100_000, nThreads: 8 });
    const slice = lostByThreads(cellsOf([...sampleSweep().runs, faulty]));
    expect(new Set(slice?.lines.map(({ lock }) => lock))).toEqual(new Set(['none', 'own']));
  });

  test('of costs is made for each number of vCPUs, with all locks', () => {
    expect(costByThreads(cells).map(({ vcpus, slice }) => [vcpus, slice.lines.length])).toEqual([
      [1, 3],
      [2, 3],
    ]);
  });

  test('is none where the axis has a single place, or one of the runs only', () => {
    const one = cellsOf(sampleSweep({}, { nThreads: [4], nTimes: [1000] }).runs);
    expect(lostBySteps(one)).toBeUndefined();
    expect(lostByThreads(one)).toBeUndefined();
    expect(costByThreads(one)).toEqual([]);
    const { final: _, ...silent } = sweepRun({ status: 'none' });
    expect(costByThreads(cellsOf([sweepRun({ nThreads: 2 }), silent]))).toEqual([]);
    expect(costByThreads([])).toEqual([]);
  });
});
