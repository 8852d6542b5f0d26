/** A table where there is room for one; where there is not, one block per row. */
import type { Style } from './style.ts';
import { padEnd, padStart, width } from './text.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const gap = '  ';

export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  style: Style,
  available: number,
): string[] {
  const widths = columns.map((column, at) =>
    Math.max(width(column.title), ...rows.map((row) => width(row[at]?.text ?? ''))),
  );
  const needed = widths.reduce((sum, one) => sum + one, 0) + gap.length * (columns.length - 1);
  return needed <= available ? wide(columns, rows, widths, style) : narrow(columns, rows, style);
}

function wide(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  widths: readonly number[],
  style: Style,
): string[] {
  const place = (at: number, text: string) =>
    (columns[at]?.align === 'right' ? padStart : padEnd)(text, widths[at] ?? 0);
  const line = (cells: readonly Cell[]) =>
    cells
      .map((cell, at) => {
        const placed = place(at, cell.text);
        return cell.paint ? cell.paint(placed) : placed;
      })
      .join(gap)
      .trimEnd();
  const rule = style.dim(widths.map((one) => style.glyphs.rule.repeat(one)).join(gap));
  return [line(columns.map(({ title }) => ({ text: title, paint: style.bold }))), rule, ...rows.map(line)];
}

function narrow(columns: readonly Column[], rows: readonly (readonly Cell[])[], style: Style): string[] {
  const names = Math.max(...columns.slice(1).map(({ title }) => width(title)));
  return rows.flatMap((row) => [
    style.bold(row[0]?.text ?? ''),
    ...row.slice(1).map((cell, at) => {
      const name = padEnd(columns[at + 1]?.title ?? '', names);
      return `  ${name}  ${cell.paint ? cell.paint(cell.text) : cell.text}`;
    }),
  ]);
}
