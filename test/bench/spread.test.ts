import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inTurns, ratio, spread } from '../../bench/spread.ts';

describe('spread', () => {
  test('of an odd and an even number of values', () => {
    expect(spread([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30, count: 3 });
    expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4, count: 4 });
  });

  test('sorts by size, not by the letters of the numbers', () => {
    expect(spread([9, 100, 11]).median).toBe(11);
  });

  test('of no values is none', () => {
    expect(spread([])).toEqual({ median: Number.NaN, min: Number.NaN, max: Number.NaN, count: 0 });
  });

  test('leaves its values alone, and half of them are on either side of the median', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
    fc.assert(
      fc.property(values, (given) => {
        const before = [...given];
        const { median, min, max, count } = spread(given);
        expect(given).toEqual(before);
        expect(count).toBe(given.length);
        expect(given.filter((value) => value < median).length).toBeLessThanOrEqual(count / 2);
        expect(given.filter((value) => value > median).length).toBeLessThanOrEqual(count / 2);
        expect(given).toContain(min);
        expect(given).toContain(max);
        expect(given.every((value) => min <= value && value <= max)).toBe(true);
      }),
    );
  });
});

test('a ratio is that of the medians', () => {
  expect(ratio(spread([100, 300, 200]), spread([1000, 40, 10]))).toBe(5);
});

describe('in turns', () => {
  test('each candidate has its turn in each round', async () => {
    const order: string[] = [];
    const candidate = (name: string, values: number[]) => async () => {
      order.push(name);
      return values.shift() ?? 0;
    };
    const found = await inTurns(3, { a: candidate('a', [5, 1, 3]), b: candidate('b', [7, 7, 8]) });
    expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect(found.a).toEqual(spread([1, 3, 5]));
    expect(found.b.max).toBe(8);
  });

  test('one that cannot be measured has none', async () => {
    const found = await inTurns(2, { here: async () => 1, elsewhere: undefined });
    expect([found.here.count, found.elsewhere.count]).toEqual([2, 0]);
  });

  test('a candidate that fails ends it', async () => {
    let turns = 0;
    const failing = async () => {
      turns += 1;
      throw new Error('no total');
    };
    await expect(inTurns(3, { failing })).rejects.toThrow('no total');
    expect(turns).toBe(1);
  });
});
