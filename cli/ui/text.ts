/** Text on its way to a terminal: made harmless, measured, cut and wrapped. */

/**
 * Makes text of a guest, a compiler or a student harmless: nothing in it can move the cursor, change colours,
 * set the window's title or reorder what is read. Tabs become spaces; line ends stay.
 */
export function harmless(text: string): string {
  return text
    .replace(/\r+\n/g, '\n')
    .replace(/\u001b\[[0-9;:]*m/g, '')
    .replace(/\t/g, '    ')
    .replace(dangerous, visible);
}

// C0 but line feed, DEL, C1; then the characters that reorder or hide text (Trojan Source, CVE-2021-42574).
const dangerous =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

function visible(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Our own punctuation for a terminal without Unicode; what people wrote themselves stays. */
export function asciiPunctuation(text: string): string {
  return text.replace(/[…–—×’‘“”→·±≥≤\u00a0]/g, (character) => plainForms[character] ?? '?');
}

const plainForms: Readonly<Record<string, string>> = {
  '…': '...',
  '–': '-',
  '—': '-',
  '×': 'x',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '→': '->',
  '·': '-',
  '±': '+-',
  '≥': '>=',
  '≤': '<=',
  '\u00a0': ' ',
};

const ansi = /\u001b\[[0-9;]*m/g;
const segmenter = new Intl.Segmenter();
/** East Asian wide blocks and emoji take two cells. */
const wide = /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;
const emoji = /^\p{Emoji_Presentation}/u;

const cells = (grapheme: string): number => (wide.test(grapheme) || emoji.test(grapheme) ? 2 : 1);

/** Cells that the text takes on one line. */
export function width(text: string): number {
  let sum = 0;
  for (const { segment } of segmenter.segment(text.replace(ansi, ''))) sum += cells(segment);
  return sum;
}

/** Cuts uncoloured text to so many cells; `mark` says that something is missing. */
export function truncate(text: string, columns: number, mark: string): string {
  if (width(text) <= columns) return text;
  let out = '';
  let left = columns - width(mark);
  for (const { segment } of segmenter.segment(text)) {
    left -= cells(segment);
    if (left < 0) break;
    out += segment;
  }
  return out.trimEnd() + mark;
}

/** Breaks at spaces. A path, and a command in backquotes, stays whole even where it is too long, to be copied. */
export function wrap(text: string, columns: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.match(words) ?? []) {
      if (line !== '' && width(line) + 1 + width(word) > columns) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
    return lines;
  });
}

/** What stands between backquotes is part of one word. */
const words = /(?:`[^`]*`|[^ ])+/g;

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - width(text))) + text;
}
