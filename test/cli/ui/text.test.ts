import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiPunctuation, harmless, padStart, truncate, width, wrap } from '../../../cli/ui/text.ts';

describe('harmless', () => {
  it('takes colours away and shows what else would command the terminal', () => {
    expect(harmless('\u001b[01;31merror:\u001b[0m no')).toBe('error: no');
    expect(harmless('\u001b]0;owned\u0007')).toBe('\\x1b]0;owned\\x07');
    expect(harmless('\u001b[2J\u001b[1;1H')).toBe('\\x1b[2J\\x1b[1;1H');
    expect(harmless('a\u009b31mb')).toBe('a\\x9b31mb');
    expect(harmless('over\rwritten')).toBe('over\\x0dwritten');
  });

  it('shows characters that reorder or hide text', () => {
    expect(harmless('if (a\u202e) {\u2066 admin')).toBe('if (a\\u202e) {\\u2066 admin');
    expect(harmless('a\u200bb\ufeffc')).toBe('a\\u200bb\\ufeffc');
  });

  it('keeps line ends, spaces instead of tabs, and people’s own letters', () => {
    expect(harmless('a\r\nb\tc\nЛабораторна 3 — 実験')).toBe('a\nb    c\nЛабораторна 3 — 実験');
  });

  it('lets nothing through that a terminal would obey', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(harmless(text)).not.toMatch(
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
        );
      }),
    );
  });
});

describe('measuring', () => {
  it('counts cells, not code units', () => {
    expect(width('\u001b[32mok\u001b[39m')).toBe(2);
    expect(width('実験')).toBe(4);
    expect(width('é')).toBe(1);
    expect(width('👍')).toBe(2);
  });

  it('truncates to the width and says so', () => {
    expect(truncate('a long title', 8, '…')).toBe('a long…');
    expect(truncate('short', 8, '…')).toBe('short');
    expect(truncate('実験実験', 5, '…')).toBe('実験…');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 30 }), (text, columns) => {
        expect(width(truncate(text, columns, '…'))).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it('wraps at spaces and leaves paths and commands whole', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('see /a/very/long/path/indeed now', 10)).toEqual(['see', '/a/very/long/path/indeed', 'now']);
    expect(wrap('a\nb', 10)).toEqual(['a', 'b']);
  });

  it('pads by cells', () => {
    expect(padStart('実', 4)).toBe('  実');
  });
});

it('writes our punctuation in ASCII where there is nothing else', () => {
  expect(asciiPunctuation('1–1024 → “x” … it’s')).toBe('1-1024 -> "x" ... it\'s');
  expect(asciiPunctuation('Ада')).toBe('Ада');
});
