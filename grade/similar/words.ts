/** C taken apart into words, comments and `#include` lines left out. Made for much code that may be anything at all. */

export interface Word {
  readonly kind: 'name' | 'number' | 'text' | 'sign';
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

const signs = new Set('<<= >>= ... -> ++ -- && || -= += *= /= %= &= |= ^= == != <= >= << >> ##'.split(' '));

/** Reading goes on once over the text, whatever it holds; what is never closed ends at its line or at the end. */
export function wordsOf(source: string, max: number): Word[] {
  const words: Word[] = [];
  let line = 1;
  let at = 0;
  while (at < source.length && words.length < max) {
    const from = at;
    const code = source.charCodeAt(at);
    if (code === 0x0a) {
      line += 1;
      at += 1;
    } else if (code <= 0x20 || code === 0x5c) at += 1;
    else if (isWordStart(code)) {
      at = wordEnd(source, at);
      words.push({ kind: 'name', text: source.slice(from, at), line });
    } else if (isDigit(code) || (code === 0x2e && isDigit(source.charCodeAt(at + 1)))) {
      at = numberEnd(source, at);
      words.push({ kind: 'number', text: 'number', line });
    } else if (code === 0x22 || code === 0x27) {
      words.push({ kind: 'text', text: 'text', line });
      at = textEnd(source, at, code);
      line += linesIn(source, from, at);
    } else {
      at = skipped(source, at);
      if (at > from) {
        line += linesIn(source, from, at);
        continue;
      }
      const text =
        [3, 2].map((length) => source.substr(at, length)).find((sign) => signs.has(sign)) ??
        source.charAt(at);
      words.push({ kind: 'sign', text, line });
      at += text.length;
    }
  }
  return words;
}

const isDigit = (code: number) => code >= 0x30 && code <= 0x39;
const isWordStart = (code: number) =>
  (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code > 0x7f;

function wordEnd(source: string, at: number): number {
  let end = at + 1;
  for (let code = source.charCodeAt(end); isWordStart(code) || isDigit(code); code = source.charCodeAt(end))
    end += 1;
  return end;
}

function numberEnd(source: string, at: number): number {
  let end = at + 1;
  for (;;) {
    const code = source.charCodeAt(end);
    const exponent = (code === 0x2b || code === 0x2d) && /[eEpP]/.test(source.charAt(end - 1));
    if (!isWordStart(code) && !isDigit(code) && code !== 0x2e && !exponent) return end;
    end += 1;
  }
}

function textEnd(source: string, at: number, quote: number): number {
  for (let end = at + 1; end < source.length; end += 1) {
    const code = source.charCodeAt(end);
    if (code === quote) return end + 1;
    if (code === 0x0a) return end;
    if (code === 0x5c) end += 1;
  }
  return source.length;
}

/** Behind a comment, or a line that only includes a header: everybody includes the same ones. */
function skipped(source: string, at: number): number {
  const sign = source.charAt(at);
  if (sign === '/' && source.charAt(at + 1) === '/') return lineEnd(source, at);
  if (sign === '/' && source.charAt(at + 1) === '*') {
    const end = source.indexOf('*/', at + 2);
    return end < 0 ? source.length : end + 2;
  }
  return sign === '#' && /^#[ \t]*include\b/.test(source.slice(at, at + 40)) ? lineEnd(source, at) : at;
}

function lineEnd(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end;
}

function linesIn(source: string, from: number, to: number): number {
  let lines = 0;
  for (let at = from; at < to; at += 1) if (source.charCodeAt(at) === 0x0a) lines += 1;
  return lines;
}
