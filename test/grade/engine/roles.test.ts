import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { knowParameters } from '../../../grade/engine/parameters.ts';
import { defaultSettings } from '../../../grade/engine/request.ts';
import { type ModuleLook, readName, rolesOf } from '../../../grade/engine/roles.ts';

const words = defaultSettings.roleWords;
const look = (name: string, more: Partial<ModuleLook> = {}): ModuleLook => ({
  id: name,
  name,
  sources: [`${name}.c`],
  locks: false,
  ...more,
});
const roles = (...modules: ModuleLook[]) =>
  Object.fromEntries([...rolesOf(modules, defaultSettings)].map(([id, known]) => [id, known.roles]));

describe('a name', () => {
  test.each([
    ['spinlock', ['locked']],
    ['my_spin_lock', ['locked']],
    ['lab3_atomic', ['locked']],
    ['mylock', ['locked']],
    ['SpinLockMod', ['locked']],
    ['no_lock', ['unlocked']],
    ['nolock', ['unlocked']],
    ['noSpinlock', ['unlocked']],
    ['no_spin_lock', ['unlocked']],
    ['lab_without_lock', ['unlocked']],
    ['unlocked', ['unlocked']],
    ['unsafe', ['unlocked']],
    ['thread_unsafe', ['unlocked']],
    ['lab_race', ['unlocked']],
    ['lab_no', ['unlocked']],
    ['lock_none', ['unlocked']],
    ['lock_no_race', ['locked']],
    ['no_race', ['locked']],
    ['trace', []],
    ['lab3', []],
    ['kernel_threads', []],
    ['notes', []],
    ['race_lock', ['unlocked', 'locked']],
  ])('%s says %j', (name, said) => {
    expect([...readName(name, words)].sort()).toEqual([...said].sort());
  });

  test('of any form is read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(readName(name, words).size).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe('roles', () => {
  test('a parameter that chooses the lock gives both', () => {
    const parameters = knowParameters([{ name: 'use_lock', type: 'bool' }], defaultSettings);
    const [known] = rolesOf([look('nolock', { parameters })], defaultSettings).values();
    expect(known).toEqual({
      roles: ['unlocked', 'locked'],
      why: 'Its parameter use_lock chooses: 0 without the lock, 1 with it.',
    });
  });

  test('three modules by their names', () => {
    expect(roles(look('lab_no_lock'), look('lab_spin'), look('lab_mutex'))).toEqual({
      lab_no_lock: ['unlocked'],
      lab_spin: ['locked'],
      lab_mutex: ['locked'],
    });
  });

  test('by the folders, where the names say nothing; the folder that all share says nothing either', () => {
    const one = (home: string): ModuleLook => ({
      ...look('lab'),
      id: `spinlock_task/${home}/lab`,
      sources: [`spinlock_task/${home}/lab.c`],
    });
    const known = [...rolesOf([one('no_lock'), one('own')], defaultSettings).values()];
    expect(known[0]?.roles).toEqual(['unlocked']);
    expect(roles(look('first'), look('second'), look('third'))).toEqual({ first: [], second: [], third: [] });
  });

  test('the only module has to be right as it is', () => {
    expect(roles(look('lab3'))).toEqual({ lab3: ['locked'] });
    expect(roles(look('lab3_race'))).toEqual({ lab3_race: ['unlocked'] });
  });

  test('of two the other is the other, if its code agrees', () => {
    expect(roles(look('lab'), look('lab_spin'))).toEqual({ lab: ['unlocked'], lab_spin: ['locked'] });
    expect(roles(look('lab', { locks: true }), look('lab_spin'))).toEqual({ lab: [], lab_spin: ['locked'] });
    expect(roles(look('lab', { locks: true }), look('lab_unsafe'))).toEqual({
      lab: ['locked'],
      lab_unsafe: ['unlocked'],
    });
  });

  test('the patterns of a rubric come before the words', () => {
    const settings = { ...defaultSettings, rolePatterns: { unlocked: ['lab_?'], locked: ['*plain*'] } };
    const known = rolesOf([look('lab_a'), look('plain'), look('own_lock')], settings);
    expect([...known.values()].map(({ roles }) => roles)).toEqual([['unlocked'], ['locked'], ['locked']]);
  });

  test('what cannot be told says so', () => {
    const known = rolesOf([look('one'), look('two')], defaultSettings);
    expect(known.get('one')).toEqual({
      roles: [],
      why: 'Neither a parameter nor the name one says whether this module is the one with the lock or the one without.',
    });
  });
});
