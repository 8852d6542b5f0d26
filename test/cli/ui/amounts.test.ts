import { expect, it } from 'vitest';
import { bytes, bytesOf, count, duration, grouped } from '../../../cli/ui/amounts.ts';

it('says bytes in the unit that suits them', () => {
  expect([0, 512, 2048, 61 * 1024 ** 2, 1.5 * 1024 ** 3].map((size) => bytes(size))).toEqual([
    '0 B',
    '512 B',
    '2.0 KiB',
    '61.0 MiB',
    '1.5 GiB',
  ]);
  expect(bytesOf(512 * 1024, 61 * 1024 ** 2)).toBe('0.5 of 61.0 MiB');
});

it('says times as people do', () => {
  expect([0, 12, 250, 9_940, 14_400, 59_400, 60_000, 125_000, 3_840_000].map(duration)).toEqual([
    '0 ms',
    '12 ms',
    '0.3 s',
    '9.9 s',
    '14 s',
    '59 s',
    '1 min',
    '2 min 5 s',
    '1 h 4 min',
  ]);
});

it('groups digits of any length and sign', () => {
  expect(['7', '1000', '10000000', '-1234567', '1000000000000000000'].map(grouped)).toEqual([
    '7',
    '1 000',
    '10 000 000',
    '-1 234 567',
    '1 000 000 000 000 000 000',
  ]);
  expect([count(1, 'warning'), count(2000, 'warning')]).toEqual(['1 warning', '2 000 warnings']);
});
