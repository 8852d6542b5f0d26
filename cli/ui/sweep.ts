/** How a sweep ended: its table, what is wrong in it, where its files are. */
import { join } from 'node:path';
import { cellsOf } from '../../lab/sweep/cells.ts';
import type { Sweep } from '../../lab/sweep/document.ts';
import { sweepFaults } from '../../lab/sweep/summary.ts';
import { cellsTable } from './cells.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';
import { harmless, wrap } from './text.ts';

export function sweepText(
  sweep: Sweep,
  place: { readonly folder: string; readonly report?: string },
  terminal: Terminal,
  style: Style,
): string {
  const lines = ['', ...cellsTable(cellsOf(sweep.runs), style, terminal.columns), ''];
  const item = (mark: string, text: string) => {
    const [first = '', ...rest] = wrap(style.say(harmless(text)), terminal.columns - 2);
    lines.push(`${mark} ${first}`, ...rest.map((line) => `  ${line}`));
  };
  const faults = sweepFaults(sweep.runs);
  for (const { text, module } of faults)
    item(module ? style.red(style.glyphs.failed) : style.yellow(style.glyphs.warning), text);
  if (faults.length === 0) item(style.green(style.glyphs.done), soundText(sweep));
  const names = ['sweep.csv', 'sweep.json'].map((name) => harmless(join(place.folder, name)));
  lines.push('', `${style.dim('Runs  ')}  ${style.bold(names.join(', '))}`);
  if (place.report === undefined)
    lines.push(`${style.dim('Report')}  \`${terminal.program} run\` writes one, with the plots in it`);
  else lines.push(`${style.dim('Report')}  ${style.bold(harmless(place.report))}`);
  return `${lines.join('\n')}\n`;
}

const soundText = ({ grid }: Sweep): string =>
  grid.locks.some((lock) => lock !== 'none')
    ? 'Every total under a lock is right, and no run failed.'
    : 'No run failed.';
