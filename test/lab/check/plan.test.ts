import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CheckGroup, fitted, foldSpec, planCheck } from '../../../lab/check/plan.ts';
import { defaultConfig } from '../../../lab/config.ts';
import { ownParameters } from '../../../lab/parameters.ts';

const config = { ...defaultConfig(), nThreads: 10, nTimes: 500_000 };
const has = { name: 'theirs', has: ['threads'] };

function only(groups: readonly CheckGroup[]): CheckGroup {
  const [group, ...others] = groups;
  expect(others).toEqual([]);
  if (group === undefined) throw new Error('no group');
  return group;
}

test('every lock on each kernel that is there, numbered through', () => {
  const { groups, notes } = planCheck(config, { runs: 4, kasan: true });
  expect(groups.map(({ kernel, lock, specs }) => `${kernel} ${lock} ${specs.length}`)).toEqual([
    'checked none 4',
    'checked own 4',
    'kasan none 2',
    'kasan own 2',
  ]);
  const specs = groups.flatMap((group) => group.specs);
  expect(specs.map(({ number }) => number)).toEqual(specs.map((_, at) => at + 1));
  expect(specs.every(({ kernel, number }) => kernel === (number <= 8 ? 'checked' : 'kasan'))).toBe(true);
  expect(notes).toEqual([]);
});

test('what is not looked at without the second kernel is said', () => {
  const { groups, notes } = planCheck(config, { runs: 1, kasan: false });
  expect(groups.every(({ kernel }) => kernel === 'checked')).toBe(true);
  expect(notes.join()).toContain('lab3 kernel build --kind kasan');
});

test('a module without a choice of locks is run as it is', () => {
  const use = { params: { n_threads: 'threads' }, lockValues: {} };
  const { groups, notes } = planCheck(config, { runs: 2, kasan: true }, use, has);
  expect(groups.map(({ kernel, asItIs, locked }) => [kernel, asItIs, locked])).toEqual([
    ['checked', true, true],
    ['kasan', true, true],
  ]);
  expect(notes.join()).toContain('has no parameter that chooses the lock');
  const group = groups[0] as CheckGroup;
  const [spec] = group.specs;
  // Nothing can be asked of steps that it has no parameter for.
  expect(spec && fitted(group, spec, 10)).toBe(spec);
  expect(foldSpec(group, config, use, 9)).toBeUndefined();
});

test('a slow computer gets fewer steps, with the total that they must come to', () => {
  const group = only(planCheck({ ...config, locks: ['own'] }, { runs: 2, kasan: false }).groups);
  const [first, early] = group.specs;
  if (first === undefined || early === undefined) throw new Error('no runs');
  expect(fitted(group, early, undefined)).toBe(early);
  expect(fitted(group, early, 0.001)).toBe(early);
  expect(fitted(group, early, undefined, true).nTimes).toBe(first.nTimes);
  const slow = fitted(group, early, 0.5);
  expect(slow.nTimes).toBeLessThan(early.nTimes);
  expect(slow.expected).toBe(String(slow.nThreads * slow.increment * slow.nTimes));
  expect(slow.moduleParams).toEqual({ ...early.moduleParams, n_times: String(slow.nTimes) });
});

test('never more steps than planned, never none', () => {
  const { groups } = planCheck(config, { runs: 4, kasan: true }, ownParameters);
  fc.assert(
    fc.property(
      fc.constantFrom(...groups),
      fc.nat(3),
      fc.double({ min: 0, noNaN: true }),
      (group, at, pace) => {
        const spec = group.specs[at % group.specs.length];
        if (spec === undefined) return;
        const { nTimes } = fitted(group, spec, pace);
        expect(nTimes).toBeGreaterThan(0);
        expect(nTimes).toBeLessThanOrEqual(spec.nTimes);
      },
    ),
  );
});
