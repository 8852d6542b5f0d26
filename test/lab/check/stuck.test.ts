import { describe, expect, test } from 'vitest';
import type { ModuleCode, StuckTask } from '../../../lab/check/evidence.ts';
import { runDrafts } from '../../../lab/check/find.ts';
import type { Frame } from '../../../lab/check/stacks.ts';
import { unexplainedDrafts } from '../../../lab/check/unexplained.ts';
import { readOutcome } from '../../../lab/outcome.ts';
import { evidence } from './sample.ts';

/** `work` has own_lock() folded into it at two lines; `stop` is the exit function’s helper. */
const code: ModuleCode = {
  name: 'm',
  locate: ({ function: name, offset }: Frame) => {
    const inner = { file: 'm.c', line: 12, function: 'own_lock' };
    if (name === 'work' && offset === 0x10)
      return { ...inner, callers: [{ file: 'm.c', line: 40, function: 'work' }] };
    if (name === 'work' && offset === 0x20)
      return { ...inner, callers: [{ file: 'm.c', line: 50, function: 'work' }] };
    if (name === 'own_lock') return inner;
    return { file: 'm.c', line: name === 'work' ? 60 : 80, function: name };
  },
  lineText: () => '',
  writes: [],
};

const frame = (name: string, offset = 0x30, module: string | undefined = 'm'): Frame => ({
  function: name,
  offset,
  exact: false,
  ...(module === undefined ? {} : { module }),
});
const kernels = (name: string) => ({ function: name, offset: 1, exact: false });
const task = (pid: number, name: string, state: string, frames: Frame[]): StuckTask => ({
  pid,
  name,
  state,
  cpu: pid % 2,
  frames,
  raw: `task ${pid}`,
});

function named(stuck: StuckTask[], phase: 'loading' | 'unloading' = 'unloading', text = '') {
  const run = evidence(text, { stuck, phase, reached: 'stuck' });
  return runDrafts({ run, outcome: readOutcome(text, run.spec) }, code).map(
    ({ kind, places }) => `${kind} ${places.map(({ line }) => line).join(' ')}`,
  );
}

const rmmod = task(90, 'rmmod', 'D', [kernels('kthread_stop'), frame('stop'), frame('m_exit')]);

describe('where tasks stand tells why nothing goes on', () => {
  test('all at one call of lock(): it was never released', () => {
    const spin = (pid: number) => task(pid, 'w', 'R', [frame('work', 0x10), kernels('kthread')]);
    expect(named([spin(60), spin(61), rmmod])).toEqual(['lock-not-released 40 12']);
  });

  test('at two calls of lock(): each holds what the other wants', () => {
    const at = (pid: number, offset: number) => task(pid, 'w', 'R', [frame('work', offset)]);
    expect(named([at(60, 0x10), at(61, 0x20), rmmod])).toEqual(['deadlock 40 50 12']);
  });

  test('a lock of the kernel’s', () => {
    const sleeps = task(60, 'w', 'D', [kernels('__mutex_lock'), frame('work')]);
    expect(named([sleeps, rmmod])).toEqual(['lock-not-released 60']);
  });

  test('a thread that waits for what never comes', () => {
    const waits = task(60, 'w', 'D', [kernels('wait_for_completion'), frame('work')]);
    expect(named([waits, rmmod])).toEqual(['hung-task 60']);
    const insmod = task(90, 'insmod', 'D', [kernels('wait_for_completion'), frame('m_init')]);
    expect(named([insmod], 'loading')).toEqual(['hung-task 80']);
  });

  test('a thread that never looks whether it should stop', () => {
    const sleeps = task(60, 'w', 'S', [kernels('schedule_timeout'), kernels('msleep'), frame('work')]);
    expect(named([sleeps, rmmod])).toEqual(['unload-hang 80 60']);
    expect(named([rmmod])).toEqual(['unload-hang 80']);
  });

  test('a loop that keeps its CPU, by the kernel’s own word', () => {
    const text = [
      'watchdog: BUG: soft lockup - CPU#1 stuck for 9s! [w:61]',
      'CPU: 1 UID: 0 PID: 61 Comm: w Tainted: G           O       6.12.117 #2',
      'RIP: 0010:work+0x30/0x80 [m]',
      'Call Trace:',
      ' <TASK>',
      ' kthread+0x18c/0x1c0',
      ' </TASK>',
    ].join('\n');
    expect(named([rmmod], 'unloading', text)).toEqual(['soft-lockup 60']);
    expect(named([rmmod], 'unloading', text.replaceAll('work+0x30', 'own_lock+0x30'))).toEqual([
      'lock-not-released 12',
    ]);
  });

  test('what lockdep said before is why', () => {
    const text = [
      'WARNING: possible recursive locking detected',
      '6.12.117 #2 Tainted: G           O',
      '--------------------------------------------',
      'w/61 is trying to acquire lock:',
      'ffffffffc0008060 (guard){+.+.}-{2:2}, at: work+0x30/0x80 [m]',
      '',
      'but task is already holding lock:',
      'ffffffffc0008060 (guard){+.+.}-{2:2}, at: stop+0x1f/0x80 [m]',
    ].join('\n');
    const waits = task(61, 'w', 'R', [kernels('_raw_spin_lock'), frame('work')]);
    expect(named([waits, rmmod], 'unloading', text)).toEqual(['deadlock 60 80']);
  });
});

test('rmmod that waits for a thread which sleeps again and again is a hung unload, and no thread is hung', () => {
  const rmmod = task(70, 'rmmod', 'D', [
    kernels('wait_for_completion'),
    kernels('kthread_stop'),
    frame('stop'),
  ]);
  const sleeper = task(60, 'w/0', 'D', [kernels('schedule_timeout'), kernels('msleep'), frame('work')]);
  const waiter = task(61, 'w/1', 'D', [
    kernels('schedule_timeout'),
    kernels('wait_for_completion'),
    frame('work'),
  ]);
  expect(named([sleeper, rmmod])).toEqual(['unload-hang 80 60']);
  expect(named([waiter, rmmod])).toEqual(['hung-task 60']);
});

test('what nothing explains is said all the same', () => {
  const unexplained = (change: Parameters<typeof evidence>[1]) =>
    unexplainedDrafts(evidence('', change)).map(({ kind, what }) => `${kind}: ${what}`);
  const busy = task(90, 'insmod', 'R', [kernels('console_unlock')]);
  expect(named([busy], 'loading')).toEqual([]);
  expect(unexplained({ stuck: [busy], phase: 'loading', reached: 'stuck', elapsedMs: 14_200 })).toEqual([
    'load-failed: insmod had not come back after 14 s and was at work; where in the module, the kernel could not tell.',
  ]);
  expect(unexplained({ phase: 'running', reached: 'stuck' })).toEqual([
    'soft-lockup: The module did not come to its end while it was running, and the kernel did not say where it stands.',
  ]);
  expect(
    unexplained({ phase: 'loading', reached: 'machine-lost', lost: 'ended', said: 'QEMU ended.' }),
  ).toEqual([
    'oops: The machine came to its end while the module was loading, and its kernel did not say why: QEMU ended.',
  ]);
  expect(unexplained({ phase: 'unloaded', reached: 'unloaded' })).toEqual([]);
});
