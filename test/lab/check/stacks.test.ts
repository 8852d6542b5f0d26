import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readStacks } from '../../../lab/check/stacks.ts';
import { parseConsole } from '../../../lab/console.ts';

const log = (name: string) =>
  readFileSync(new URL(`../data/kernel-log/${name}.txt`, import.meta.url), 'utf8');
const stacks = (name: string, at = 0) => readStacks(parseConsole(log(name))[at]?.raw ?? '');
const names = (name: string, at = 0) =>
  stacks(name, at).map(({ title, frames }) => [
    title.slice(0, 24),
    frames.map((one) => one.function).join(' '),
  ]);

describe('readStacks', () => {
  test('both sides of a data race', () => {
    expect(names('kcsan')).toEqual([
      ['write to 0xffff9d5a01a3c', 'add_none worker_run kthread ret_from_fork'],
      ['read to 0xffff9d5a01a3c8', 'add_none worker_run kthread'],
    ]);
    const [first] = stacks('kcsan');
    expect(first?.frames[0]).toEqual({ function: 'add_none', offset: 0x52, module: 'lab3', exact: false });
  });

  test('an instruction and its callers are one stack, without what merely lay there', () => {
    const [first, ...rest] = stacks('6.12-deadlock');
    expect(first?.frames[0]).toMatchObject({ function: 'native_queued_spin_lock_slowpath', exact: true });
    expect(first?.frames.map((one) => one.function).slice(0, 4)).toEqual([
      'native_queued_spin_lock_slowpath',
      '_raw_spin_lock',
      'faulty_init',
      'do_one_initcall',
    ]);
    expect(rest).toEqual([]);
  });

  test('frames within sentences: SLUB’s users, lockdep’s locks', () => {
    expect(names('slub').map(([title]) => title)).toEqual([
      'Allocated in worker+0x3c',
      'Freed in faulty_exit+0x4',
      'Call Trace:',
    ]);
    expect(names('lockdep')).toContainEqual(['ffffffffc0008060 (a_lock', 'worker']);
  });

  test('the stack of a task in /proc', () => {
    const [stack] = readStacks('[<0>] kthread_stop+0x5a/0x1f0\n[<0>] lab3_exit+0x22/0x90 [lab3]');
    expect(stack?.frames[0]).toMatchObject({ function: 'kthread_stop', exact: false });
  });

  test('no text makes it throw or grow', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(readStacks(text).length).toBeLessThanOrEqual(40);
      }),
      { numRuns: 200 },
    );
  });

  test('a long text costs no more than its length', () => {
    expect(readStacks(' f+0x1/0x2 [m]\n'.repeat(100_000))[0]?.frames.length).toBe(64);
    expect(readStacks('RIP: 0010:f+0x1/0x2\nx\n'.repeat(50_000)).length).toBe(40);
  });
});
