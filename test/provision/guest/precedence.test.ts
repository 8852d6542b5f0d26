/** Priorities of processes that share this computer, as its kernel knows them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { constants, getPriority } from 'node:os';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Precedence } from '../../../provision/guest/precedence.ts';

const own = getPriority();
const below = Math.max(own, constants.priority.PRIORITY_BELOW_NORMAL);
const least = constants.priority.PRIORITY_LOW;

function start(): ChildProcess & { pid: number } {
  const program = 'console.log(1); setInterval(() => {}, 1000)';
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.pid === undefined) throw new Error('node does not start');
  return Object.assign(child, { pid: child.pid });
}

describe('of machines that run beside each other', () => {
  it('the first stays as it is, and the others come after it', () => {
    const order = new Precedence(process.platform);
    const [first, second, third] = [start(), start(), start()];
    for (const { pid } of [first, second, third]) order.enter().take(pid);
    expect([first, second, third].map(({ pid }) => getPriority(pid))).toEqual([own, below, below]);
  });

  it('the next one goes first when the first has gone, not when another has', () => {
    const order = new Precedence(process.platform);
    const [first, second] = [order.enter(), order.enter()];
    const [third, fourth] = [start(), start()];
    second.leave();
    order.enter().take(third.pid);
    first.leave();
    order.enter().take(fourth.pid);
    expect([third, fourth].map(({ pid }) => getPriority(pid))).toEqual([below, own]);
  });

  it('one that takes too long gives way with all of its threads, and another goes first', async () => {
    const [slow, next, third] = [start(), start(), start()];
    const { pid } = slow;
    // Once it speaks, it has all of its threads.
    await once(slow.stdout ?? slow, 'data');
    const order = new Precedence(process.platform, 200);
    const place = order.enter();
    place.take(pid);
    await vi.waitFor(() => expect(getPriority(pid)).toBe(least), { timeout: 10_000 });
    order.enter().take(next.pid);
    place.leave();
    order.enter().take(third.pid);
    expect([next, third].map((one) => getPriority(one.pid))).toEqual([own, below]);
    if (process.platform !== 'linux') return;
    const threads = (await readdir(`/proc/${pid}/task`)).map(Number);
    expect(threads.length).toBeGreaterThan(1);
    expect(new Set(threads.map((id) => getPriority(id)))).toEqual(new Set([least]));
  });

  it('one that is gone is left alone', async () => {
    const child = start();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    const order = new Precedence(process.platform, 1);
    order.enter();
    expect(() => order.enter().take(child.pid)).not.toThrow();
  });
});
