import { expect, it } from 'vitest';
import { withUnlockedRun } from '../../cli/questions.ts';

it('joins the unlocked run to a lock that a flag names, so that there is something to compare', () => {
  expect(withUnlockedRun({ locks: ['mutex'] })).toEqual({ locks: ['none', 'mutex'] });
  expect(withUnlockedRun({ locks: ['own', 'none'] })).toEqual({ locks: ['own', 'none'] });
  expect(withUnlockedRun({ n_threads: 4 })).toEqual({ n_threads: 4 });
});
