/**
 * A table that somebody else's program wrote and will read again, changed in single cells: separator, quotes, byte
 * order mark, line ends and every cell that is not touched stay as they are, byte for byte.
 */
import { labError } from '../../lab/errors.ts';
import { type CsvRow, isBlank, readTable } from '../csv.ts';

export interface FillCsv {
  readonly separator: string;
  /** Rows as they are read; the first is the header. A blank line is a row of one empty cell. */
  readonly rows: readonly (readonly string[])[];
  set(row: number, column: number, text: string): void;
  /** Puts a column before `at`; rows that end earlier are filled up. Blank lines stay blank. */
  insertColumn(at: number, textOf: (row: number) => string): void;
  toString(): string;
}

/** Throws `GradebookUnreadable` for what is no UTF-8 text, or no table within the limits. */
export function openCsv(bytes: Uint8Array, file: string): FillCsv {
  const { start, separator, rows } = read(bytes, file);
  const written = (cell: string, like: string | undefined) =>
    like?.startsWith('"') || /["\r\n]/.test(cell) || cell.includes(separator) || /^\s|\s$/.test(cell)
      ? `"${cell.replaceAll('"', '""')}"`
      : cell;
  return {
    separator,
    rows: rows.map(({ cells }) => cells),
    set(row, column, cell) {
      const there = rows[row];
      if (there === undefined) return;
      fillUp(there, column + 1);
      there.raw[column] = written(cell, there.raw[column]);
      there.cells[column] = cell;
    },
    insertColumn(at, textOf) {
      for (const [index, row] of rows.entries()) {
        if (isBlank(row)) continue;
        fillUp(row, at);
        const cell = textOf(index);
        row.raw.splice(at, 0, written(cell, row.raw[at - 1]));
        row.cells.splice(at, 0, cell);
      }
    },
    toString: () => start + rows.map(({ raw, end }) => raw.join(separator) + end).join(''),
  };
}

function fillUp({ raw, cells }: CsvRow, length: number): void {
  while (cells.length < length) {
    raw.push('');
    cells.push('');
  }
}

function read(bytes: Uint8Array, file: string): ReturnType<typeof readTable> {
  const unreadable = (problem: string, cause: unknown) =>
    labError('GradebookUnreadable', { file, problem }, { cause });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw unreadable('it is not UTF-8 text', error);
  }
  try {
    return readTable(text);
  } catch (error) {
    throw unreadable((error as Error).message, error);
  }
}
