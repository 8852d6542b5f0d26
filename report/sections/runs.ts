/** How the report calls a run, and what it makes of its totals. */
import type { RunResult } from '../../lab/result.ts';
import type { Text, Tone } from '../document.ts';
import { grouped, none, percent } from '../numbers.ts';
import { visibleLine } from '../text.ts';

const words: ReadonlyMap<string, string> = new Map([
  ['none', 'no lock'],
  ['own', 'own spinlock'],
  ['spinlock', 'kernel spinlock'],
  ['mutex', 'kernel mutex'],
  ['atomic', 'atomic addition'],
]);

export interface NamedRun {
  readonly run: RunResult;
  /** Unique among the runs of one result, e.g. `own spinlock` or `no lock, run 2`. */
  readonly name: string;
}

/** A kind of lock as the report calls it, e.g. `own spinlock`. */
export const lockWords = (lock: string): string =>
  words.get(lock) ?? `lock ${visibleLine(lock).slice(0, 40)}`;

export function nameRuns(runs: readonly RunResult[]): NamedRun[] {
  const wordOf = (run: RunResult) => lockWords(run.lock);
  return runs.map((run, index) => {
    const word = wordOf(run);
    const alike = runs.filter((other) => wordOf(other) === word).length;
    const before = runs.slice(0, index).filter((other) => wordOf(other) === word).length;
    return { run, name: alike === 1 ? word : `${word}, run ${before + 1}` };
  });
}

/** The total against the expected one; `undefined` where the module printed none. */
export function difference(run: RunResult): bigint | undefined {
  return run.final === undefined ? undefined : BigInt(run.expected) - BigInt(run.final);
}

/** Lost share of the expected total in percent, with its sign: below zero when there is too much. */
export function lostShare(run: RunResult): string | undefined {
  const missing = difference(run);
  return missing === undefined ? undefined : percent(missing, BigInt(run.expected));
}

export function judgement(run: RunResult): { tone: Tone; text: string } {
  const missing = difference(run);
  if (missing === undefined) return { tone: 'bad', text: 'no total' };
  if (missing === 0n) return { tone: 'good', text: 'right' };
  return { tone: 'bad', text: missing > 0n ? 'too small' : 'too large' };
}

export const numberOrNone = (text: string | undefined, unit?: string): Text =>
  text === undefined ? [none] : [unit === undefined ? { number: text } : { number: text, unit }];

/** One sentence for figures and alternative texts. */
export function totalInWords({ run, name }: NamedRun): string {
  const missing = difference(run);
  const share = lostShare(run);
  const group = (text: string) => grouped(text, '\u00a0');
  if (run.final === undefined || missing === undefined) return `${name}: no total was printed`;
  return `${name}: ${group(run.final)} of ${group(run.expected)}, ${lossInWords(missing, share)}`;
}

/** e.g. `41.88 % lost`; `share` is that of {@link lostShare}. */
export function lossInWords(missing: bigint, share: string | undefined): string {
  if (missing === 0n) return 'nothing lost';
  const size =
    share === undefined
      ? ''
      : Number(share) === 0
        ? 'under 0.01\u00a0% '
        : `${share.replace('-', '')}\u00a0% `;
  return `${size}${missing > 0n ? 'lost' : 'too much'}`;
}
