import { labError } from '../lab/errors.ts';
import type { Context } from '../provision/context.ts';
import { firstOf } from '../provision/deadline.ts';

/**
 * Does both at the same time. The first failure stops the other one and waits for it, so that nothing goes on
 * writing behind an error message.
 */
export async function together<A, B>(
  context: Context,
  begin: (context: Context) => readonly [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  const stop = new AbortController();
  const failures: unknown[] = [];
  const jobs = begin({ ...context, signal: firstOf(context.signal, stop.signal) });
  for (const job of jobs)
    job.catch((error: unknown) => {
      failures.push(error);
      stop.abort(labError('Interrupted', undefined));
    });
  await Promise.allSettled(jobs);
  // What the others say is that they were stopped.
  if (failures.length > 0) throw failures[0];
  return Promise.all(jobs);
}
