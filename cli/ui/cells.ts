/** What a sweep has come to, as a table: below its progress while it runs, and as its summary. */
import type { CellResult, Spread } from '../../lab/sweep/cells.ts';
import { type LockRow, lockRows } from '../../lab/sweep/summary.ts';
import { count, grouped } from './amounts.ts';
import type { Style } from './style.ts';
import { type Cell, table } from './table.ts';
import { truncate } from './text.ts';

const columns = [
  { title: 'vCPUs', align: 'right' },
  { title: 'Lock' },
  { title: 'Runs', align: 'right' },
  { title: 'Lost, %', align: 'right' },
  { title: 'min–max', align: 'right' },
  { title: 'ns per increment', align: 'right' },
  { title: 'min–max', align: 'right' },
] as const;

/** Empty where there is nothing yet. */
export function cellsTable(cells: readonly CellResult[], style: Style, available: number): string[] {
  const found = lockRows(cells);
  if (found === undefined) return [];
  const said = columns.map((column) => ({ ...column, title: style.say(column.title) }));
  const rows = found.rows.map((row) => cellsOf(row, style));
  const caption = `medians with ${count(found.nThreads, 'thread')} of ${count(found.nTimes, 'step')} each`;
  return [
    ...table(said, rows, style, available),
    style.dim(truncate(caption, available, style.glyphs.ellipsis)),
  ];
}

function cellsOf(row: LockRow, style: Style): Cell[] {
  const { lost, nsPerIncrement } = row;
  const bad = row.wrong > 0 || row.failed > 0;
  const paintLost = lost === undefined || lost.max === 0 ? style.green : lostPaint(row, style);
  return [
    { text: String(row.vcpus) },
    { text: row.lock, ...(bad ? { paint: style.red } : {}) },
    { text: grouped(row.runs) },
    lost === undefined ? { text: '?' } : { text: percent(lost.median), paint: paintLost },
    { text: lost === undefined ? '' : style.say(range(lost, percent)), paint: style.dim },
    { text: nsPerIncrement === undefined ? '?' : amount(nsPerIncrement.median) },
    { text: nsPerIncrement === undefined ? '' : style.say(range(nsPerIncrement, amount)), paint: style.dim },
  ];
}

/** Without a lock a loss is what the exercise wants to see; under one it is a fault. */
const lostPaint = ({ lock }: LockRow, style: Style) => (lock === 'none' ? style.yellow : style.red);

const percent = (value: number): string => (value === 0 ? '0' : value.toFixed(Math.abs(value) < 1 ? 2 : 1));
const amount = (value: number): string => (value < 100 ? value.toFixed(1) : grouped(Math.round(value)));
const range = ({ min, max }: Spread, shown: (value: number) => string): string =>
  `${shown(min)}–${shown(max)}`;
