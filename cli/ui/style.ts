/** The few colours and glyphs in use, as functions that do nothing where the terminal has none. */
import type { Terminal } from './terminal.ts';
import { asciiPunctuation } from './text.ts';

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly glyphs: Glyphs;
  /** Our own words for this terminal. */
  readonly say: (text: string) => string;
}

export interface Glyphs {
  readonly done: string;
  readonly failed: string;
  readonly warning: string;
  readonly skipped: string;
  readonly pointer: string;
  readonly ellipsis: string;
  readonly barDone: string;
  readonly barLeft: string;
  readonly rule: string;
  readonly spinner: readonly string[];
}

const unicodeGlyphs: Glyphs = {
  done: '✔',
  failed: '✖',
  warning: '⚠',
  skipped: '↓',
  pointer: '→',
  ellipsis: '…',
  barDone: '━',
  barLeft: '╌',
  rule: '─',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
};

const asciiGlyphs: Glyphs = {
  done: '+',
  failed: 'x',
  warning: '!',
  skipped: '-',
  pointer: '>',
  ellipsis: '...',
  barDone: '=',
  barLeft: '.',
  rule: '-',
  spinner: ['-', '\\', '|', '/'],
};

export function styleFor(terminal: Pick<Terminal, 'color' | 'unicode'>): Style {
  const paint = (on: number, off: number) => (text: string) =>
    terminal.color && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
    glyphs: terminal.unicode ? unicodeGlyphs : asciiGlyphs,
    say: terminal.unicode ? (text) => text : asciiPunctuation,
  };
}
