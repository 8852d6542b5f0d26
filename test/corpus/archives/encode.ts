/** Text as editors of other days and systems save it. */

export type Encoding = 'utf-8' | 'utf-16le' | 'windows-1251';

/** Ukrainian letters that do not stand with the rest of the alphabet. */
const apart: Readonly<Record<string, number>> = {
  Ґ: 0xa5,
  ґ: 0xb4,
  Є: 0xaa,
  є: 0xba,
  І: 0xb2,
  і: 0xb3,
  Ї: 0xaf,
  ї: 0xbf,
  '№': 0xb9,
};

export function encode(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text);
  if (encoding === 'utf-16le') return Buffer.from(`\ufeff${text}`, 'utf16le');
  return Buffer.from([...text].map(windows1251));
}

function windows1251(letter: string): number {
  const code = letter.codePointAt(0) ?? 0;
  if (code < 0x80) return code;
  if (code >= 0x410 && code <= 0x44f) return code - 0x410 + 0xc0;
  const byte = apart[letter];
  if (byte === undefined) throw new Error(`windows-1251 has no ${letter}`);
  return byte;
}
