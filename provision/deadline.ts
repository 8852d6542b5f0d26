import { setMaxListeners } from 'node:events';

/**
 * A signal that is given with the first of these. However many wait for it: Node takes more than ten for a leak, unlike
 * those of one signal of a controller, and says so to the person.
 */
export function firstOf(...signals: readonly AbortSignal[]): AbortSignal {
  const first = AbortSignal.any([...signals]);
  setMaxListeners(0, first);
  return first;
}

/**
 * Work with a signal that is also given at a deadline, with an error named `TimeoutError`. Not `AbortSignal.timeout` within
 * `AbortSignal.any`: nothing holds that one, and once it has been collected as garbage it is never given.
 */
export async function within<T>(
  signal: AbortSignal,
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(new DOMException(`no answer within ${deadlineMs / 1000} s`, 'TimeoutError'));
  }, deadlineMs);
  try {
    return await work(firstOf(signal, late.signal));
  } finally {
    clearTimeout(timer);
  }
}
