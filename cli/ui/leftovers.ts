import type { Leftover } from '../cleaning.ts';
import { bytes } from './amounts.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { harmless } from './text.ts';

const columns = [{ title: 'What' }, { title: 'Size', align: 'right' }, { title: 'Where' }] as const;

export function leftoversText(found: readonly Leftover[], terminal: Terminal, style: Style): string {
  if (found.length === 0) return 'There is nothing of lab3 to remove.';
  const rows = found.map(({ kind, name, bytes: size }) => [
    { text: kind },
    { text: size === 0 ? '' : bytes(size) },
    { text: harmless(name), paint: style.dim },
  ]);
  return `${table(columns, rows, style, terminal.columns).join('\n')}\n`;
}

export function removedText(found: readonly Leftover[], style: Style): string {
  const kinds = new Map<string, number>();
  for (const { kind } of found) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const what = [...kinds].map(([kind, count]) => (count === 1 ? kind : `${count} × ${kind}`)).join(', ');
  const freed = found.reduce((sum, { bytes: size }) => sum + size, 0);
  return `${style.green(style.glyphs.done)} Removed ${style.say(what)}: ${style.bold(bytes(freed))} freed.`;
}
