import { describe, expect, test } from 'vitest';
import { defaultConfig, overrideConfig } from '../../lab/config.ts';
import { guessParameters, ownParameters, readParameters, resolveParameters } from '../../lab/parameters.ts';
import { plan } from '../../lab/plan.ts';

const named = (...names: string[]) => names.map((name) => ({ name }));

test('the entries of .modinfo', () => {
  const entries = [
    'license=GPL',
    'parmtype=n:int',
    'parm=n:Number: of threads',
    'parmtype=use_lock:bool',
    'parm=broken',
  ];
  expect(readParameters(entries)).toEqual([
    { name: 'n', type: 'int', description: 'Number: of threads' },
    { name: 'use_lock', type: 'bool' },
  ]);
});

describe('names that students give', () => {
  test.each([
    [
      ['n_threads', 'increment', 'n_times', 'lock'],
      { n_threads: 'n_threads', increment: 'increment', n_times: 'n_times', lock: 'lock' },
    ],
    [
      ['N_THREADS', 'increment', 'N_TIMES'],
      { n_threads: 'N_THREADS', increment: 'increment', n_times: 'N_TIMES' },
    ],
    [['thread_num', 'thread_inccnt'], { n_threads: 'thread_num', n_times: 'thread_inccnt' }],
    [['thr_num', 'thr_cnt'], { n_threads: 'thr_num', n_times: 'thr_cnt' }],
    [['num_threads', 'num_increments'], { n_threads: 'num_threads', n_times: 'num_increments' }],
    [
      ['numThreads', 'iterations', 'step', 'useSpinlock'],
      { n_threads: 'numThreads', n_times: 'iterations', increment: 'step', lock: 'useSpinlock' },
    ],
    [
      ['threads', 'times', 'inc', 'sync'],
      { n_threads: 'threads', n_times: 'times', increment: 'inc', lock: 'sync' },
    ],
    [
      ['threads_count', 'inc_count', 'inc_value'],
      { n_threads: 'threads_count', n_times: 'inc_count', increment: 'inc_value' },
    ],
    [['thread_count', 'N', 'with_lock'], { n_threads: 'thread_count', n_times: 'N', lock: 'with_lock' }],
    [['debug', 'verbose'], {}],
    [[], {}],
  ])('%j', (names, params) => {
    expect(guessParameters(named(...names))).toEqual({ params, ambiguous: [] });
  });

  test('the description tells where the name does not', () => {
    const parameters = [
      { name: 'a', description: 'Number of threads' },
      { name: 'b', description: 'how many times each thread increments' },
      { name: 'c', description: 'value of the increment' },
      { name: 'd', description: '1 = use the spinlock' },
    ];
    expect(guessParameters(parameters).params).toEqual({
      n_threads: 'a',
      n_times: 'b',
      increment: 'c',
      lock: 'd',
    });
  });

  test('two that may be the same are told', () => {
    expect(guessParameters(named('n_threads', 'threads')).ambiguous).toEqual([
      { role: 'n_threads', candidates: ['n_threads', 'threads'] },
    ]);
  });
});

describe('resolving', () => {
  const nothing = { params: {}, lockValues: {} };

  test('a switch takes 0 and 1, a text the words', () => {
    const lockValues = (name: string, type: string) =>
      resolveParameters('m', [{ name, type }], nothing).lockValues;
    expect(lockValues('use_lock', 'bool')).toEqual({ none: '0', own: '1' });
    expect(lockValues('no_lock', 'bool')).toEqual({ none: '1', own: '0' });
    expect(lockValues('lock', 'charp')).toEqual(ownParameters.lockValues);
  });

  test('what lab3.yaml says goes first', () => {
    const said = { params: { n_threads: 'threads' }, lockValues: { own: '2' } };
    const parameters = [...named('n_threads', 'threads'), { name: 'lock', type: 'int' }];
    expect(resolveParameters('m', parameters, said)).toEqual({
      params: { n_threads: 'threads', lock: 'lock' },
      lockValues: { none: '0', own: '2' },
    });
  });

  test('a name that the module does not have', () => {
    expect(() => resolveParameters('m', named('x'), { params: { lock: 'y' }, lockValues: {} })).toThrow(
      expect.objectContaining({ name: 'ParameterNotFound', exitCode: 2 }),
    );
  });

  test('a choice that only a person can make', () => {
    expect(() => resolveParameters('m', named('n_threads', 'threads'), nothing)).toThrow(
      expect.objectContaining({ name: 'ParameterAmbiguous' }),
    );
  });
});

describe('plan', () => {
  test('the defaults', () => {
    expect(plan(defaultConfig())).toEqual(
      ['none', 'own'].map((lock) => ({
        lock,
        nThreads: 10,
        increment: 2,
        nTimes: 500_000,
        vcpus: 2,
        expected: '10000000',
        moduleParams: { n_threads: '10', increment: '2', n_times: '500000', lock },
      })),
    );
  });

  test('totals above 2^53 stay exact', () => {
    const config = overrideConfig(defaultConfig(), {
      n_threads: 999,
      increment: 999_999,
      n_times: 999_999_999,
      locks: 'own',
    });
    expect(plan(config)[0]?.expected).toBe(String(999n * 999_999n * 999_999_999n));
  });

  test('a student’s names', () => {
    const use = { params: { n_threads: 'thr', lock: 'safe' }, lockValues: { none: '0', own: '1' } };
    expect(plan(defaultConfig(), use).map(({ moduleParams }) => moduleParams)).toEqual([
      { thr: '10', safe: '0' },
      { thr: '10', safe: '1' },
    ]);
  });

  test('a module without a choice of locks runs once, as it is', () => {
    const use = { params: { n_threads: 'thr' }, lockValues: {} };
    const config = overrideConfig(defaultConfig(), { locks: 'own' });
    expect(plan(config, use)[0]?.moduleParams).toEqual({ thr: '10' });
    expect(() => plan(defaultConfig(), use, { name: 'm', has: ['thr'] })).toThrow(
      expect.objectContaining({ name: 'LockNotSelectable' }),
    );
  });

  test('a lock that the module’s parameter has no word for', () => {
    const use = { params: { lock: 'safe' }, lockValues: { none: '0', own: '1' } };
    expect(() => plan(overrideConfig(defaultConfig(), { locks: 'mutex' }), use)).toThrow(
      expect.objectContaining({ name: 'LockNotSelectable' }),
    );
  });
});
