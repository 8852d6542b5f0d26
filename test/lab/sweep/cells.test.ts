import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cellsOf, lostPercent, nsPerIncrement, spreadOf } from '../../../lab/sweep/cells.ts';
import { lockRows, sweepFaults } from '../../../lab/sweep/summary.ts';
import { lossyRun, sweepRun } from './sample.ts';

describe('spread', () => {
  test('is that of R’s type 7', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ count: 4, min: 1, q1: 1.75, median: 2.5, q3: 3.25, max: 4 });
    expect(spreadOf([7])).toEqual({ count: 1, min: 7, q1: 7, median: 7, q3: 7, max: 7 });
    expect(spreadOf([])).toBeUndefined();
  });

  test('is in order, and its ends are values', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true }), { minLength: 1 }), (values) => {
        const found = spreadOf(values);
        if (found === undefined) return false;
        const { min, q1, median, q3, max } = found;
        const close = 1e-3;
        return (
          min <= q1 + close &&
          q1 <= median + close &&
          median <= q3 + close &&
          q3 <= max + close &&
          min === Math.min(...values) &&
          max === Math.max(...values)
        );
      }),
    );
  });
});

describe('a run', () => {
  test('has a share lost and a time per increment', () => {
    expect(lostPercent(lossyRun(25))).toBe(25);
    expect(nsPerIncrement(sweepRun())).toBe(200);
  });

  test('with a total beyond 2^53 keeps its share', () => {
    const expected = String(2n ** 80n);
    const run = sweepRun({ expected, final: String((2n ** 80n * 3n) / 4n), status: 'lost', lock: 'none' });
    expect(lostPercent(run)).toBe(25);
  });

  test('that was cut short, or printed nothing, tells neither', () => {
    const { final: _, ...silent } = sweepRun({ status: 'none' });
    for (const run of [silent, sweepRun({ status: 'cut' }), sweepRun({ status: 'guest-lost' })]) {
      expect(lostPercent(run)).toBeUndefined();
      expect(nsPerIncrement(run)).toBeUndefined();
    }
  });
});

describe('cells', () => {
  test('take the repeats of one combination together and leave failed runs out of its figures', () => {
    const cells = cellsOf([
      lossyRun(10, { repeat: 1 }),
      sweepRun({ repeat: 1 }),
      lossyRun(30, { repeat: 2 }),
      sweepRun({ repeat: 2, status: 'guest-lost' }),
    ]);
    expect(cells).toHaveLength(2);
    expect(cells[0]).toMatchObject({ lock: 'none', runs: 2, failed: 0, lost: { count: 2, median: 20 } });
    expect(cells[1]).toMatchObject({ lock: 'own', runs: 2, failed: 1, nsPerIncrement: { count: 1 } });
  });

  test('become rows at the most threads and steps', () => {
    const rows = lockRows(
      cellsOf([lossyRun(5, { nThreads: 1 }), lossyRun(40, { nThreads: 8 }), sweepRun({ nThreads: 1 })]),
    );
    expect(rows).toMatchObject({ nThreads: 8, nTimes: 1000 });
    expect(rows?.rows).toMatchObject([
      { lock: 'none', runs: 2, lost: { median: 40 } },
      { lock: 'own', runs: 1 },
    ]);
    expect(rows?.rows[1]).not.toHaveProperty('lost');
  });
});

test('what is wrong is said once for each lock', () => {
  expect(sweepFaults([sweepRun(), lossyRun(20)])).toEqual([]);
  const finding = { kind: 'oops', severity: 'error' as const, message: 'A NULL pointer.' };
  const faults = sweepFaults([
    sweepRun({ status: 'wrong' }),
    sweepRun({ status: 'wrong', repeat: 2 }),
    sweepRun({ findings: [finding] }),
    lossyRun(0, { status: 'guest-lost', findings: [finding], nThreads: 1 }),
    sweepRun({ lock: 'mutex', status: 'cut' }),
  ]);
  expect(faults).toEqual([
    {
      text: '2 of 3 runs with lock own came to a wrong total, first with 4 threads of 1000 steps on 2 vCPUs.',
      module: true,
    },
    {
      text: '1 of 3 runs with lock own came to their end with errors on the way, first with 4 threads of 1000 steps on 2 vCPUs. The first said: A NULL pointer.',
      module: true,
    },
    {
      text: '1 of 1 run without a lock ended their virtual machine, first with 1 thread of 1000 steps on 2 vCPUs. The first said: A NULL pointer.',
      module: true,
    },
    {
      text: '1 of 1 run with lock mutex came to the time limit before their threads had finished, first with 4 threads of 1000 steps on 2 vCPUs.',
      module: false,
    },
  ]);
});
