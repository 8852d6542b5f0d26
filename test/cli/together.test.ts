import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { together } from '../../cli/together.ts';
import type { Context } from '../../provision/context.ts';

const context = (signal = new AbortController().signal): Context => ({
  platform: 'linux',
  hostArch: 'amd64',
  env: {},
  cacheDir: '/nowhere',
  emit: () => undefined,
  signal,
});

/** Ends only when it is stopped, and then takes a moment to clean up. */
async function untilStopped(signal: AbortSignal, done: () => void): Promise<never> {
  await new Promise<void>((stop) => signal.addEventListener('abort', () => stop()));
  await sleep(20);
  done();
  throw new Error('stopped');
}

it('answers with both', async () => {
  expect(await together(context(), () => [Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
});

it('stops the other one when one fails, waits for it, and says what failed first', async () => {
  let cleaned = false;
  const work = together(context(), ({ signal }) => [
    untilStopped(signal, () => {
      cleaned = true;
    }),
    sleep(5).then(() => Promise.reject(new Error('the cause'))),
  ]);
  await expect(work).rejects.toThrow('the cause');
  expect(cleaned).toBe(true);
});

it('hands on an interruption to both', async () => {
  const interrupted = new AbortController();
  let cleaned = 0;
  const count = () => {
    cleaned += 1;
  };
  const work = together(context(interrupted.signal), ({ signal }) => [
    untilStopped(signal, count),
    untilStopped(signal, count),
  ]);
  interrupted.abort();
  await expect(work).rejects.toThrow('stopped');
  expect(cleaned).toBe(2);
});
