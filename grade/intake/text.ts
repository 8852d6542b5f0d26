/** Text that was handed in, as UTF-8 with LF. */
import { plainText, utf16 } from '../../provision/builder/plain-text.ts';

export interface PlainText {
  readonly bytes: Uint8Array;
  /** What it was written in, where that was not UTF-8. */
  readonly encoding?: string;
  /** Lines ended in CR LF. */
  readonly crlf: boolean;
}

/** Never fails: bytes that are in no encoding we know become the replacement character. */
export function textOf(content: Uint8Array): PlainText {
  const wide = utf16(content);
  const bytes = plainText(content);
  const crlf =
    content.length !== bytes.length && Buffer.from(content).includes(wide === undefined ? '\r\n' : '\r');
  if (wide !== undefined) return { bytes, encoding: 'UTF-16', crlf };
  if (isUtf8(bytes)) return { bytes, crlf };
  const encoding = likeliest(bytes);
  return { bytes: Buffer.from(new TextDecoder(encoding).decode(bytes)), encoding, crlf };
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Of old 8-bit encodings the one in which most letters are small ones that follow a letter, as in any language. */
function likeliest(bytes: Uint8Array): string {
  const sample = bytes.filter((byte, at) => byte >= 0x80 || (bytes[at + 1] ?? 0) >= 0x80).subarray(0, 20_000);
  const cyrillic = ['windows-1251', 'ibm866', 'koi8-r'].map((encoding) => {
    const text = new TextDecoder(encoding).decode(sample);
    return { encoding, good: text.match(/(?<=[а-яёА-ЯЁ])[а-яё]/g)?.length ?? 0 };
  });
  const best = cyrillic.reduce((most, next) => (next.good > most.good ? next : most));
  const high = sample.filter((byte) => byte >= 0x80).length;
  return best.good > high / 3 ? best.encoding : 'windows-1252';
}
