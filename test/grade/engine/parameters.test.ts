import { describe, expect, test } from 'vitest';
import { knowParameters, parametersFor, useOf } from '../../../grade/engine/parameters.ts';
import { defaultSettings } from '../../../grade/engine/request.ts';

const numbers = { nThreads: 7, increment: 3, nTimes: 1000 };
const named = (...names: string[]) => names.map((name) => ({ name, type: 'int' }));

describe('parameters', () => {
  test('are told by their looks', () => {
    const known = knowParameters(named('thread_num', 'inc', 'iterations'), defaultSettings);
    expect(known).toMatchObject({
      params: { n_threads: 'thread_num', increment: 'inc', n_times: 'iterations' },
    });
    expect(known.ambiguous).toEqual([]);
    expect(parametersFor(known, 'locked', numbers)).toEqual({
      thread_num: '7',
      inc: '3',
      iterations: '1000',
    });
  });

  test('by the names of the rubric first', () => {
    const settings = { ...defaultSettings, parameterNames: { n_times: ['Foo'], increment: ['bar'] } };
    const { params } = knowParameters(named('foo', 'bar', 'iterations', 'n_threads'), settings);
    expect(params).toMatchObject({ n_times: 'foo', increment: 'bar', n_threads: 'n_threads' });
  });

  test('several names of one meaning stay open', () => {
    const settings = { ...defaultSettings, parameterNames: { n_times: ['foo', 'bar'] } };
    const known = knowParameters(named('foo', 'bar', 'n_threads'), settings);
    expect(known.ambiguous).toEqual([{ role: 'n_times', candidates: ['foo', 'bar'] }]);
    expect(known.params.n_times).toBeUndefined();
    expect(parametersFor(known, 'locked', numbers)).toEqual({ n_threads: '7' });
  });

  test('what nobody can tell is named, and what is known is not', () => {
    const known = knowParameters(named('a', 'b', 'n_threads', 'loops', 'iterations'), defaultSettings);
    expect(known.unrecognised).toEqual(['a', 'b']);
    expect(knowParameters(named('n_threads', 'inc'), defaultSettings).unrecognised).toEqual([]);
  });

  test('what two may mean alike stays open', () => {
    const known = knowParameters(named('n_threads', 'loops', 'iterations'), defaultSettings);
    expect(known.ambiguous).toEqual([{ role: 'n_times', candidates: ['loops', 'iterations'] }]);
  });

  test('a switch takes 0 and 1, the other way round where it is called so', () => {
    const lock = (name: string) => knowParameters([{ name, type: 'bool' }], defaultSettings).lockValues;
    expect(lock('use_lock')).toEqual({ unlocked: '0', locked: '1' });
    expect(lock('no_lock')).toEqual({ unlocked: '1', locked: '0' });
  });

  test('text takes the words that its description names', () => {
    const parameter = { name: 'lock', type: 'charp', description: 'Lock: off, custom or mutex' };
    const known = knowParameters([parameter], defaultSettings);
    expect(known.lockValues).toEqual({ unlocked: 'off', locked: 'custom' });
    expect(useOf(known).lockValues).toEqual({ none: 'off', own: 'custom' });
    expect(knowParameters([{ name: 'lock', type: 'charp' }], defaultSettings).lockValues).toEqual({
      unlocked: 'none',
      locked: 'own',
    });
  });
});
