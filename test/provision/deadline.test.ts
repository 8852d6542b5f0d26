import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { firstOf, within } from '../../provision/deadline.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const until = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('work within a deadline', () => {
  test('gives what it gives', async () => {
    const { signal } = new AbortController();
    expect(await within(signal, 1000, async () => 'done')).toBe('done');
  });

  test('is ended at the deadline, and with the person', async () => {
    const abort = new AbortController();
    await expect(within(abort.signal, 10, until)).rejects.toMatchObject({ name: 'TimeoutError' });
    setTimeout(() => abort.abort(new Error('interrupted')), 10);
    await expect(within(abort.signal, 60_000, until)).rejects.toThrow('interrupted');
  });

  test('also when memory was cleaned up meanwhile', async () => {
    const ended = within(new AbortController().signal, 50, until);
    collectGarbage();
    await expect(ended).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

test('a signal of several may be waited for by any number, without a warning', async () => {
  const warnings: unknown[] = [];
  const warned = (warning: Error) => warnings.push(warning);
  process.on('warning', warned);
  const [one, other] = [new AbortController(), new AbortController()];
  const signal = firstOf(one.signal, other.signal);
  const heard = Array.from({ length: 30 }, () => until(signal).catch((reason) => reason));
  await new Promise((resolve) => setTimeout(resolve, 10));
  other.abort('stop');
  expect(new Set(await Promise.all(heard))).toEqual(new Set(['stop']));
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});
