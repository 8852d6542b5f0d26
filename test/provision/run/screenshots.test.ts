import { expect, test } from 'vitest';
import { screenshotName } from '../../../provision/run/runs.ts';

test('the pictures of the exercise are named as it asks, whatever lock was chosen; further ones say their lock', () => {
  const taken = new Set<string>();
  const names = (['none', 'mutex', 'own', 'own', 'none'] as const).map((lock) => {
    const name = screenshotName({ lock }, taken);
    taken.add(name);
    return name;
  });
  expect(names).toEqual(['no_spinlock', 'spinlock', 'lock_own', 'lock_own_2', 'lock_none']);
});
