import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, duration, grouped, percent } from '../../report/numbers.ts';

describe('percent', () => {
  it('is exact where doubles are not', () => {
    expect(percent(1n, 3n)).toBe('33.33');
    expect(percent(2n, 3n)).toBe('66.67');
    expect(percent(10n ** 18n - 1n, 10n ** 18n, 16)).toBe('99.9999999999999999');
    expect(percent(-5n, 1000n)).toBe('-0.50');
    expect(percent(0n, 7n)).toBe('0.00');
    expect(percent(-1n, 10n ** 9n)).toBe('0.00');
    expect(percent(1n, 0n)).toBeUndefined();
    expect(percent(1n, 8n, 0)).toBe('13');
  });

  it('agrees with floating point within its last digit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        (a, b) => {
          expect(Math.abs(Number(percent(BigInt(a), BigInt(b))) - (a / b) * 100)).toBeLessThanOrEqual(0.0051);
        },
      ),
    );
  });
});

describe('grouped', () => {
  it('sets groups of three apart and leaves short numbers whole', () => {
    expect(grouped('10000000', ' ')).toBe('10 000 000');
    expect(grouped('1000', ' ')).toBe('1000');
    expect(grouped('-12345', ' ')).toBe('−12 345');
    expect(grouped('12345.678', ' ')).toBe('12 345.678');
    expect(grouped('1000000000000000000', ' ')).toBe('1 000 000 000 000 000 000');
  });

  it('loses no digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n }), (n) => {
        expect(grouped(String(n), ' ').replaceAll(' ', '')).toBe(String(n));
      }),
    );
  });
});

describe('duration', () => {
  it('takes the unit that leaves one to three digits before the point', () => {
    expect(duration(999)).toEqual({ number: '999', unit: 'ns' });
    expect(duration(1500)).toEqual({ number: '1.50', unit: 'µs' });
    expect(duration(48_300_000)).toEqual({ number: '48.3', unit: 'ms' });
    expect(duration(2_100_000_000)).toEqual({ number: '2.10', unit: 's' });
    expect(decimal(0.25)).toBe('0.250');
  });
});
