import { setTimeout as sleep } from 'node:timers/promises';

/** What Windows says of a file that somebody has open: a scanner for a moment, an editor for as long as it likes. */
export const busyCodes: readonly string[] = ['EBUSY', 'EPERM', 'EACCES'];

const firstPauseMs = 20;
const longestPauseMs = 500;

export interface Patience {
  /** Whether the failure may go by itself. */
  readonly passes: (error: unknown) => boolean | Promise<boolean>;
  readonly deadlineMs: number;
}

/** Does it again, after longer and longer pauses, as long as its failure may pass; then throws the last one. */
export async function patiently<T>(work: () => T | Promise<T>, { passes, deadlineMs }: Patience): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() >= deadline || !(await passes(error))) throw error;
    }
    await sleep(Math.min(pauseMs, Math.max(deadline - performance.now(), 0)));
  }
}
