/** The runs of a sweep as CSV (RFC 4180): a line each, ended by CR LF, columns that only ever grow at the end. */
import { lostPercent, nsPerIncrement } from './cells.ts';
import type { SweepRun } from './document.ts';

const columns: readonly (readonly [name: string, value: (run: SweepRun) => string | number | undefined])[] = [
  ['vcpus', (run) => run.vcpus],
  ['lock', (run) => run.lock],
  ['n_threads', (run) => run.nThreads],
  ['n_times', (run) => run.nTimes],
  ['increment', (run) => run.increment],
  ['repeat', (run) => run.repeat],
  ['status', (run) => run.status],
  ['expected', (run) => run.expected],
  ['final', (run) => run.final],
  ['lost_updates', (run) => run.lostUpdates],
  ['lost_percent', (run) => fixed(lostPercent(run), 4)],
  ['elapsed_ns', (run) => (run.elapsedNs === undefined ? undefined : Math.round(run.elapsedNs))],
  ['clock', (run) => run.clock],
  ['ns_per_increment', (run) => fixed(nsPerIncrement(run), 3)],
  ['findings', (run) => run.findings.map(({ kind }) => kind).join(' ')],
];

/** Whole numbers are written as they are, fractions with a point; what is not known is empty. */
export function sweepCsv(runs: readonly SweepRun[]): string {
  const lines = [
    columns.map(([name]) => name),
    ...runs.map((run) => columns.map(([, value]) => String(value(run) ?? ''))),
  ];
  return lines.map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

/** A cell that a spreadsheet would take for a formula is text, whoever wrote it. */
function field(text: string): string {
  const plain = /^[=@\t\r]|^[+-](?!\d)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

const fixed = (value: number | undefined, digits: number) => value?.toFixed(digits);
