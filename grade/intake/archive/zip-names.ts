/** Names of a zip file, whose encoding it often does not say. */
import { crc32 } from 'node:zlib';

export interface RawName {
  readonly bytes: Uint8Array;
  /** Bit 11 of the flags: the name is UTF-8. */
  readonly utf8: boolean;
  readonly extraFields: readonly { readonly id: number; readonly data: Uint8Array }[];
}

/**
 * Names in the order given. One without a mark is UTF-8 where its bytes are (macOS writes so), else in the code page
 * of the DOS that the archiver stands for: 866 in Cyrillic countries, 437 elsewhere. Which of them is told by all names
 * together: Cyrillic words are runs of bytes above 127, Western ones have them one by one.
 */
export function decodeNames(names: readonly RawName[]): string[] {
  const unmarked = names.filter((name) => marked(name) === undefined).map(({ bytes }) => bytes);
  const decode = looksCyrillic(unmarked) ? codePage866 : codePage437;
  return names.map((name) => marked(name) ?? decode(name.bytes));
}

/** The name, where the archive says what it is or its bytes can be nothing else. */
function marked({ bytes, utf8, extraFields }: RawName): string | undefined {
  const plain = Buffer.from(bytes);
  // Info-ZIP's field 0x7075: version, checksum of the plain name, the name in UTF-8.
  const field = extraFields.find(({ id, data }) => id === 0x7075 && data.length > 5 && data[0] === 1);
  if (field !== undefined) {
    const data = Buffer.from(field.data);
    if (data.readUInt32LE(1) === crc32(plain)) return data.subarray(5).toString('utf8');
  }
  return utf8 ? plain.toString('utf8') : strictUtf8(plain);
}

function strictUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function looksCyrillic(names: readonly Uint8Array[]): boolean {
  let [letters, inRuns] = [0, 0];
  for (const name of names) {
    for (const [at, byte] of name.entries()) {
      if (byte < 0x80) continue;
      letters += 1;
      if (!isCyrillic866(byte)) continue;
      if (isCyrillic866(name[at - 1] ?? 0) || isCyrillic866(name[at + 1] ?? 0)) inRuns += 1;
    }
  }
  return inRuns > letters / 2;
}

const isCyrillic866 = (byte: number) => (byte >= 0x80 && byte <= 0xaf) || (byte >= 0xe0 && byte <= 0xf7);

const codePage866 = (bytes: Uint8Array) => new TextDecoder('ibm866').decode(bytes);

const upper437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀' +
  'αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

function codePage437(bytes: Uint8Array): string {
  return [...bytes]
    .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : (upper437[byte - 0x80] ?? '')))
    .join('');
}
