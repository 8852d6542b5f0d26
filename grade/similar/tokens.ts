/**
 * C as a row of tokens in which what a copy changes first makes no difference: names of the student's own, numbers,
 * texts, comments and layout. Functions that are called and not defined here keep their names, as nobody can rename
 * the kernel's.
 */

import { type Word, wordsOf } from './words.ts';

export interface Tokens {
  /** One number for each token, never 0; the same for the same token in whatever file. */
  readonly codes: Int32Array;
  /** Which file each is in, by its place in `files`, and which line, from 1. */
  readonly files: readonly string[];
  readonly fileOf: Int32Array;
  readonly lineOf: Int32Array;
}

/** A submission with more is compared by its beginning. */
export const maxTokens = 60_000;

const keywords = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long ' +
    'register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while ' +
    'bool true false NULL u8 u16 u32 u64 s8 s16 s32 s64 size_t __init __exit'
  ).split(' '),
);

/** Of the `.c` and `.h` files, in the order of their names. */
export function tokensOf(files: ReadonlyMap<string, Uint8Array>): Tokens {
  const names = [...files.keys()].filter((name) => /\.[ch]$/i.test(name)).sort();
  const words: Word[][] = [];
  for (let [at, left] = [0, maxTokens]; at < names.length && left > 0; at += 1) {
    const inFile = wordsOf(Buffer.from(files.get(names[at] ?? '') ?? []).toString('utf8'), left);
    words.push(inFile);
    left -= inFile.length;
  }
  const own = new Set(words.flatMap(definedIn));
  const length = Math.min(
    maxTokens,
    words.reduce((sum, inFile) => sum + inFile.length, 0),
  );
  const [codes, fileOf, lineOf] = [new Int32Array(length), new Int32Array(length), new Int32Array(length)];
  let at = 0;
  for (const [file, inFile] of words.entries()) {
    for (let place = 0; place < inFile.length && at < length; place += 1, at += 1) {
      const word = inFile[place];
      if (word === undefined) break;
      codes[at] = codeOf(plain(word, inFile[place + 1], own));
      fileOf[at] = file;
      lineOf[at] = word.line;
    }
  }
  return { codes, files: names, fileOf, lineOf };
}

/** Names before a `(` outside any body, and names of macros: the student's own functions. */
function definedIn(words: readonly Word[]): string[] {
  const found: string[] = [];
  let depth = 0;
  for (const [at, { kind, text }] of words.entries()) {
    if (text === '{') depth += 1;
    else if (text === '}') depth = Math.max(0, depth - 1);
    else if (kind !== 'name') continue;
    else if (depth === 0 && words[at + 1]?.text === '(') found.push(text);
    else if (words[at - 1]?.text === 'define' && words[at - 2]?.text === '#') found.push(text);
  }
  return found;
}

function plain({ kind, text }: Word, next: Word | undefined, own: ReadonlySet<string>): string {
  if (kind === 'sign') return text;
  if (kind !== 'name') return kind;
  return keywords.has(text) || (next?.text === '(' && !own.has(text)) ? text : 'name';
}

const known = new Map<string, number>();

/** FNV-1a: the same in every run, whatever was read before. */
function codeOf(text: string): number {
  const before = known.get(text);
  if (before !== undefined) return before;
  let code = 0x811c9dc5;
  for (const byte of Buffer.from(text)) code = Math.imul(code ^ byte, 0x01000193);
  code ||= 1;
  if (known.size < 100_000) known.set(text, code);
  return code;
}
