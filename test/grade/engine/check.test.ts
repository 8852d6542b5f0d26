import { expect, test } from 'vitest';
import { caseOfCheck, leanPlan } from '../../../grade/engine/check.ts';
import { defaultConfig } from '../../../lab/config.ts';

const config = { ...defaultConfig(), nThreads: 4, increment: 3 };
const params = { n_threads: 'threads', n_times: 'steps' };

test('a module that chooses is run once each way, and leaks are looked for once', () => {
  const use = { params: { ...params, lock: 'safe' }, lockValues: { none: '0', own: '1' } };
  const { groups } = leanPlan(config, ['unlocked', 'locked'], { unlocked: 1, locked: 2 }, use, 'lab');
  expect(groups.map(({ locked, leaks }) => [locked, leaks])).toEqual([
    [true, true],
    [false, false],
  ]);
  expect(groups.flatMap(({ specs }) => specs)).toMatchObject([
    { number: 1, shape: 'whole', moduleParams: { safe: '1' } },
    { number: 2, shape: 'early', moduleParams: { safe: '1' } },
    { number: 3, shape: 'whole', moduleParams: { safe: '0' } },
  ]);
});

test('a module of one kind is run as it is, and its leaks are looked for', () => {
  const plan = (role: 'locked' | 'unlocked') =>
    leanPlan(config, [role], { unlocked: 1, locked: 1 }, { params, lockValues: {} }, 'lab');
  expect(plan('locked').groups).toMatchObject([{ locked: true, leaks: true, asItIs: true }]);
  expect(plan('unlocked').groups).toMatchObject([{ locked: false, leaks: true, asItIs: true }]);
  expect(plan('locked').groups[0]?.specs).toHaveLength(1);
  expect(Object.keys(plan('locked').groups[0]?.specs[0]?.moduleParams ?? {})).toEqual(['threads', 'steps']);
});

test('the checked kernel is never told the numbers of a hidden case', () => {
  const hidden = { id: 'drawn-1', hidden: true, nThreads: 5, increment: 77, nTimes: 9, vcpus: 3 };
  const open = { ...hidden, id: 'public', hidden: false, increment: 4 };
  expect(caseOfCheck([hidden, open])).toBe(open);
  expect(caseOfCheck([hidden]).increment).not.toBe(77);
});
