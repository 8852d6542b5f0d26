/** CSV by RFC 4180, as spreadsheets and course systems really write it: `;` or tabs, a byte order mark, bare LF. */

/** What a file of a class can come to; more is no CSV of one. */
const limits = { characters: 32 << 20, rows: 200_000, columns: 2000 };

export interface Csv {
  readonly header: readonly string[];
  /** As many cells as the line had; a gradebook is written back as it came. */
  readonly rows: readonly (readonly string[])[];
  /** Between cells: `,`, `;` or a tab. */
  readonly separator: string;
}

export interface WriteOptions {
  /** Columns, by their number from 0, that are known to hold no formula: numbers, ids that are compared as text. */
  readonly plain?: readonly number[];
  readonly separator?: string;
  /** Excel takes a file for UTF-8 only with it. */
  readonly byteOrderMark?: boolean;
}

/** One line of a table; of several lines of text where a cell has some. */
export interface CsvRow {
  /** Cells as they stand in the file, quotes included. */
  readonly raw: string[];
  readonly cells: string[];
  /** `\n`, `\r\n`, `\r`, or nothing at the end of the file. */
  readonly end: string;
}

/**
 * Lines that are empty are passed over.
 * @throws what `readTable` throws
 */
export function readCsv(text: string): Csv {
  const { separator, rows } = readTable(text);
  const [header = [], ...body] = rows.filter((row) => !isBlank(row)).map(({ cells }) => cells);
  return { header, rows: body, separator };
}

export const isBlank = ({ raw }: CsvRow): boolean => raw.length === 1 && raw[0] === '';

/**
 * A quote inside a cell that does not begin with one is a character as any other; after the closing quote whatever comes
 * before the next separator is kept.
 * @returns `start`: what stands before the header, a byte order mark and a line of Excel’s own
 * @throws Error, in a sentence, for a quote that is never closed and for what is over the limits
 */
export function readTable(text: string): { start: string; separator: string; rows: CsvRow[] } {
  if (text.length > limits.characters)
    throw new Error(`it is over the limit of ${limits.characters >> 20} Mi characters`);
  // `sep=;` in a line of its own.
  const [start = '', declared] = /^\ufeff?(?:sep=([,;\t])\r?\n)?/i.exec(text) ?? [];
  const separator = declared ?? guessSeparator(text, start.length);
  return { start, separator, rows: readRows(text, start.length, separator) };
}

const separators = ['\t', ';', ','] as const;
const looked = 10;

/**
 * The one that the first lines have, each as many of; titles as `Last name, first name` make no column of their own. Where
 * that does not tell, the one that the first line has most of.
 */
function guessSeparator(text: string, from: number): string {
  const lines = countedLines(text, from);
  const [first = new Map<string, number>()] = lines;
  const even = separators.find((separator) => {
    const count = first.get(separator) ?? 0;
    return count > 0 && lines.every((line) => line.get(separator) === count);
  });
  return (
    even ??
    [',', ';', '\t'].reduce((most, next) => ((first.get(next) ?? 0) > (first.get(most) ?? 0) ? next : most))
  );
}

/** How many of each separator the first lines that are not blank have outside quotes. */
function countedLines(text: string, from: number): Map<string, number>[] {
  const lines: Map<string, number>[] = [];
  let count = new Map<string, number>(separators.map((separator) => [separator, 0]));
  let isBlankLine = true;
  const end = () => {
    if (!isBlankLine) lines.push(count);
    count = new Map(separators.map((separator) => [separator, 0]));
    isBlankLine = true;
  };
  for (let at = from, quoted = false; at < text.length && lines.length < looked; at += 1) {
    const character = text[at] ?? '';
    if (!quoted && (character === '\n' || character === '\r')) {
      end();
      continue;
    }
    isBlankLine &&= character.trim() === '' && !count.has(character);
    if (character === '"') quoted = !quoted;
    else if (!quoted && count.has(character)) count.set(character, (count.get(character) ?? 0) + 1);
  }
  if (lines.length < looked) end();
  return lines;
}

function readRows(text: string, from: number, separator: string): CsvRow[] {
  const rows: CsvRow[] = [];
  for (let at = from; at < text.length; ) {
    const raw: string[] = [];
    const cells: string[] = [];
    const line = rows.length + 1;
    for (let more = true; more; ) {
      const cell = readCell(text, at, separator, line);
      raw.push(text.slice(at, cell.end));
      cells.push(cell.text);
      if (cells.length > limits.columns)
        throw new Error(`line ${line} is over the limit of ${limits.columns} columns`);
      more = text[cell.end] === separator;
      at = more ? cell.end + 1 : cell.end;
    }
    const end = text.startsWith('\r\n', at) ? '\r\n' : (text[at] ?? '');
    at += end.length;
    rows.push({ raw, cells, end });
    if (rows.length > limits.rows) throw new Error(`it is over the limit of ${limits.rows} lines`);
  }
  return rows;
}

/** @returns `end`: where what ends it is, a separator, a line's end or the end of the text */
function readCell(
  text: string,
  start: number,
  separator: string,
  line: number,
): { text: string; end: number } {
  let at = start;
  let value = '';
  if (text[at] === '"') {
    for (at += 1; ; ) {
      const quote = text.indexOf('"', at);
      if (quote < 0) throw new Error(`a quote that is opened in row ${line} is never closed`);
      value += text.slice(at, quote);
      at = quote + 1;
      if (text[at] !== '"') break;
      value += '"';
      at += 1;
    }
  }
  const rest = at;
  while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at += 1;
  return { text: value + text.slice(rest, at), end: at };
}

/** Each line ends in CR LF. A cell that a spreadsheet would take for a formula becomes text, whoever wrote it. */
export function writeCsv(rows: readonly (readonly string[])[], options: WriteOptions = {}): string {
  const { plain = [], separator = ',', byteOrderMark = false } = options;
  const lines = rows.map(
    (row) =>
      `${row.map((cell, at) => quoted(plain.includes(at) ? cell : harmless(cell), separator, row)).join(separator)}\r\n`,
  );
  return (byteOrderMark ? '\ufeff' : '') + lines.join('');
}

/** With an apostrophe before it, `=cmd|…` is text to every spreadsheet. */
export function harmless(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
}

function quoted(cell: string, separator: string, row: readonly string[]): string {
  // An empty cell alone in its line would read as no line at all.
  const bare = !/["\r\n]/.test(cell) && !cell.includes(separator) && cell.trim() === cell;
  return bare && !(row.length === 1 && cell === '') ? cell : `"${cell.replaceAll('"', '""')}"`;
}
