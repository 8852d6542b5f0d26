import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearest } from '../../lab/nearest.ts';

test.each([
  ['', '', 0],
  ['none', 'none', 0],
  ['nnoe', 'none', 1],
  ['ovn', 'own', 1],
  ['kitten', 'sitting', 3],
])('%s → %s', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test.each([
  ['n_thread', 'n_threads'],
  ['nthreads', 'n_threads'],
  ['--n-threads', 'n_threads'],
  ['N_TIMES', 'n_times'],
  ['incremnt', 'increment'],
  ['inc', 'increment'],
  ['colour', undefined],
  ['', undefined],
])('%s is nearly %s', (word, wanted) => {
  expect(nearest(word, ['n_threads', 'n_times', 'increment'])).toBe(wanted);
});

test('a distance is symmetric and zero only for the same', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});
