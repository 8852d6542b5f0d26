/** An xz encoder that compresses nothing, so that tests can make `.xz` files wherever Node runs. */
import { crc32 } from 'node:zlib';

/** A valid .xz file: one block of uncompressed LZMA2 chunks. Format: the .xz file format, version 1.2.1. */
export function storedXz(content: Uint8Array): Buffer {
  const header = Buffer.concat([Buffer.from('fd377a585a00', 'hex'), withCrc([0x00, 0x01])]);
  // Block header: size 12, no options, one filter: LZMA2 (0x21) with a dictionary of 64 KiB, padding.
  const blockHeader = withCrc([0x02, 0x00, 0x21, 0x01, 0x08, 0x00, 0x00, 0x00]);
  const chunks: Buffer[] = [];
  for (let at = 0; at < content.length; at += 0x10000) {
    const part = content.subarray(at, at + 0x10000);
    const size = part.length - 1;
    chunks.push(Buffer.from([at === 0 ? 1 : 2, size >> 8, size & 0xff]), Buffer.from(part));
  }
  const data = Buffer.concat([...chunks, Buffer.from([0])]);
  const unpadded = blockHeader.length + data.length + 4;
  const block = Buffer.concat([blockHeader, data, padding(data.length), word(crc32(content))]);
  const fields = Buffer.from([0x00, 0x01, ...varint(unpadded), ...varint(content.length)]);
  const index = withCrc([...fields, ...padding(fields.length)]);
  const footerFields = Buffer.concat([word(index.length / 4 - 1), Buffer.from([0x00, 0x01])]);
  const footer = Buffer.concat([word(crc32(footerFields)), footerFields, Buffer.from('YZ')]);
  return Buffer.concat([header, block, index, footer]);
}

function withCrc(bytes: ArrayLike<number>): Buffer {
  const buffer = Buffer.from(Array.from(bytes));
  return Buffer.concat([buffer, word(crc32(buffer))]);
}

function word(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value >>> 0);
  return buffer;
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}
