/** Fonts for resvg, which takes TrueType and OpenType as they are but unpacks WOFF2 in a slow second. */
import { inflateSync } from 'node:zlib';

/**
 * The TrueType or OpenType font inside a WOFF 1.0 file (W3C Recommendation "WOFF File Format 1.0", 3 to 5): the same
 * tables, each deflated. Only for fonts that we ship: a damaged file throws a RangeError or zlib's error.
 */
export function unpackWoff(woff: Buffer): Buffer {
  const count = woff.readUInt16BE(12);
  const headerSize = 12 + 16 * count;
  const header = Buffer.alloc(headerSize);
  woff.copy(header, 0, 4, 8); // flavor
  header.writeUInt16BE(count, 4);
  const power = Math.floor(Math.log2(count));
  header.writeUInt16BE(2 ** power * 16, 6); // searchRange, entrySelector, rangeShift
  header.writeUInt16BE(power, 8);
  header.writeUInt16BE((count - 2 ** power) * 16, 10);
  const tables: Buffer[] = [];
  let offset = headerSize;
  for (let entry = 0; entry < count; entry++) {
    const from = 44 + 20 * entry;
    const [at, packed, size] = [4, 8, 12].map((field) => woff.readUInt32BE(from + field)) as [
      number,
      number,
      number,
    ];
    const data = woff.subarray(at, at + packed);
    const table = packed < size ? inflateSync(data, { maxOutputLength: size }) : data;
    const to = 12 + 16 * entry;
    woff.copy(header, to, from, from + 4); // tag
    woff.copy(header, to + 4, from + 16, from + 20); // checksum
    header.writeUInt32BE(offset, to + 8);
    header.writeUInt32BE(size, to + 12);
    const padding = Buffer.alloc(-size & 3);
    tables.push(table, padding);
    offset += size + padding.length;
  }
  return Buffer.concat([header, ...tables]);
}
