/** The work that every way is given: load the module, wait for its threads, unload it; without a lock and with one. */

import type { Workplace } from '../workplace.ts';

export interface Commands {
  /** Programs as this machine has them: `insmod`, `sudo insmod`, … */
  readonly insmod: string;
  readonly rmmod: string;
  readonly cat: string;
  /** Between two looks at whether the threads have gone. */
  readonly pause: string;
  /** Path of the `.ko` in the machine. */
  readonly ko: string;
}

/** Lines for a POSIX shell in the machine. Needs debugfs. */
export function bothRuns({ insmod, rmmod, cat, pause, ko }: Commands): string {
  return `for lock in none own; do
  ${insmod} ${ko} lock=$lock
  while [ "$(${cat} /sys/kernel/debug/lab3/state)" = running ]; do ${pause}; done
  ${rmmod} lab3
done
`;
}

/** Throws unless the module printed a total in each of both runs. */
export function demandTotals(who: string, output: string): void {
  const totals = output.match(/lab3: total=/g)?.length ?? 0;
  if (totals !== 2) throw new Error(`${who} printed ${totals} totals, not 2:\n${output}`);
}

/** A way that is there and failed: the row says how it ended, and all that it said goes to whoever watches. */
export function notDone(work: Workplace, who: string, error: unknown): { readonly notMeasured: string } {
  if (work.context.signal.aborted) throw error;
  const said = error instanceof Error ? error.message : String(error);
  work.say(said);
  // The command is long, and its end says how it ended.
  const [first = ''] = said.split('\n');
  return { notMeasured: `${who} is there and did not do it: …${first.slice(-80).replace(/:$/, '')}` };
}
