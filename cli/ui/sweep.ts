/** How a sweep ended: its table, what is wrong in it, where its files are. */
import { cellsOf } from '../../lab/sweep/cells.ts';
import type { Sweep } from '../../lab/sweep/document.ts';
import { sweepFaults } from '../../lab/sweep/summary.ts';
import { cellsTable } from './cells.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';
import { harmless, wrap } from './text.ts';

export function sweepText(
  sweep: Sweep,
  place: { readonly folder: string; readonly files: readonly string[] },
  terminal: Terminal,
  style: Style,
): string {
  const lines = ['', ...cellsTable(cellsOf(sweep.runs), style, terminal.columns), ''];
  const item = (mark: string, text: string) => {
    const [first = '', ...rest] = wrap(style.say(harmless(text)), terminal.columns - 2);
    lines.push(`${mark} ${first}`, ...rest.map((line) => `  ${line}`));
  };
  const faults = sweepFaults(sweep.runs);
  for (const fault of faults) item(style.red(style.glyphs.failed), fault);
  if (faults.length === 0)
    item(style.green(style.glyphs.done), 'Every total under a lock is right, and no run failed.');
  lines.push('', `${style.dim('Sweep')}  ${style.bold(harmless(place.folder))}`);
  return `${lines.join('\n')}\n`;
}
