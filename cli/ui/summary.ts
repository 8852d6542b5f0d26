/** How a run ended: a table of its totals, the verdict in sentences, what to do next. */
import type { Result, RunResult } from '../../lab/result.ts';
import type { RunVerdict, Verdict } from '../../lab/verdict.ts';
import { duration, grouped } from './amounts.ts';
import type { Style } from './style.ts';
import { type Cell, table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { harmless, wrap } from './text.ts';

export interface SummaryParts {
  readonly result: Result;
  readonly judged: Verdict;
  /** What the person will want next, as `what: where or how`. */
  readonly next: readonly (readonly [what: string, how: string])[];
}

const columns = [
  { title: 'Lock' },
  { title: 'Expected', align: 'right' },
  { title: 'Final', align: 'right' },
  { title: 'Lost', align: 'right' },
  { title: 'Time', align: 'right' },
] as const;

export function summaryText(
  { result, judged, next }: SummaryParts,
  terminal: Terminal,
  style: Style,
): string {
  const rows = result.runs.map((run) => row(run, style));
  const lines = ['', ...table(columns, rows, style, terminal.columns), ''];
  const item = (mark: string, text: string) => {
    const [first = '', ...rest] = wrap(style.say(harmless(text)), terminal.columns - 2);
    lines.push(`${mark} ${first}`, ...rest.map((line) => `  ${line}`));
  };
  for (const run of judged.runs) {
    const [first = '', ...rest] = run.sentences;
    item(markOf(run.verdict, style), first);
    for (const sentence of rest) item(' ', sentence);
  }
  for (const advice of judged.advice) item(style.cyan(style.glyphs.pointer), advice);
  if (next.length > 0) lines.push('', ...nextLines(next, terminal, style));
  return `${lines.join('\n')}\n`;
}

function markOf(verdict: RunVerdict['verdict'], { glyphs, green, red, yellow }: Style): string {
  if (verdict === 'wrong') return red(glyphs.failed);
  return verdict === 'inconclusive' ? yellow(glyphs.warning) : green(glyphs.done);
}

function row(run: RunResult, style: Style): Cell[] {
  const lost = run.lostUpdates === undefined ? undefined : BigInt(run.lostUpdates);
  const right = run.final !== undefined && run.final === run.expected;
  const colour = right ? style.green : run.lock === 'none' ? style.yellow : style.red;
  return [
    { text: harmless(run.lock) },
    { text: grouped(run.expected) },
    { text: run.final === undefined ? '?' : grouped(run.final), paint: colour },
    { text: lost === undefined ? '?' : `${grouped(lost.toString())}${share(run, lost)}`, paint: colour },
    { text: duration(run.elapsedNs / 1e6), paint: style.dim },
  ];
}

/** Lost updates as a share of all steps. */
function share(run: RunResult, lost: bigint): string {
  const all = BigInt(run.nThreads) * BigInt(run.nTimes);
  return lost <= 0n || all === 0n ? '' : ` (${((Number(lost) / Number(all)) * 100).toFixed(0)} %)`;
}

function nextLines(next: SummaryParts['next'], terminal: Terminal, style: Style): string[] {
  const longest = Math.max(...next.map(([what]) => what.length));
  const fits = next.every(([, how]) => longest + 2 + how.length <= terminal.columns);
  return next.flatMap(([what, how]) =>
    fits
      ? [`${style.dim(what.padEnd(longest))}  ${style.bold(how)}`]
      : [style.dim(what), `  ${style.bold(how)}`],
  );
}
