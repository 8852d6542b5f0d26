import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt, visible, visibleLine } from '../../report/text.ts';

describe('visible', () => {
  it('shows controls, bidi controls and other text that hides or reorders', () => {
    expect(visible('a\u001b[31mb')).toBe('a␛[31mb');
    expect(visible('a\u0000\u007f')).toBe('a␀␡');
    expect(visible('abc\u202edcba')).toBe('abc[U+202E]dcba');
    expect(visible('\u2066x\u2069\ufeff\u200b')).toBe('[U+2066]x[U+2069][U+FEFF][U+200B]');
    expect(visible('\u{e0041}')).toBe('[U+E0041]');
    expect(visible('\ud800x\udc00')).toBe('[U+D800]x[U+DC00]');
  });

  it('leaves what people write alone', () => {
    for (const text of ['Ада Лавлейс', 'नमस्ते', 'می‌خواهم', '😀 👩‍🔬', 'tab\tand\nline', '10 000'])
      expect(visible(text)).toBe(text);
  });

  it('makes CR and CRLF lines', () => {
    expect(visible('a\r\nb\rc')).toBe('a\nb\nc');
    expect(visibleLine(' a \r\n b\tc')).toBe(' a b c');
    expect(visibleLine('a  b')).toBe('a  b');
    // In time that grows with the length alone: else this takes minutes.
    expect(visibleLine(`${' '.repeat(500_000)}x`)).toHaveLength(500_001);
  });

  it('never lets a character through that XML 1.0 forbids', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/);
        expect(Buffer.from(visible(text)).toString()).toBe(visible(text)); // no lone surrogates
      }),
    );
  });
});

describe('excerpt', () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at + 1}`);

  it('keeps a short text', () => {
    expect(excerpt(lines, 100)).toEqual(lines);
  });

  it('leaves out the middle and says how much', () => {
    const short = excerpt(lines, 30);
    expect(short).toHaveLength(31);
    expect(short[0]).toBe('line 1');
    expect(short[10]).toContain('70 lines are left out');
    expect(short.at(-1)).toBe('line 100');
  });

  it('cuts a flood without line ends', () => {
    const [line] = excerpt(['x'.repeat(1_000_000)], 10);
    expect(line).toContain('999760 more characters');
    expect(line?.length).toBeLessThan(300);
  });
});
