/** Very much of one byte, compressed, without ever being there in full. */
import { constants, deflateRawSync } from 'node:zlib';

export interface Repeated {
  /** A raw DEFLATE stream. */
  readonly deflated: Buffer;
  /** Of what it unpacks to. */
  readonly length: number;
}

const blockLength = 4 << 20;
/** Empty, and the last of its stream. */
const lastBlock = Buffer.from([0x03, 0x00]);

/** A block that ends in a full flush refers to nothing before it, so it can stand any number of times in a row. */
export function repeated(byte: number, blocks: number): Repeated {
  const block = Buffer.alloc(blockLength, byte);
  const packed = deflateRawSync(block, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const deflated = Buffer.concat([...Array.from({ length: blocks }, () => packed), lastBlock]);
  return { deflated, length: blocks * blockLength };
}

/**
 * A gzip file (RFC 1952) of `before`, then what is repeated, then `after`. Its checksum is wrong: who comes to it has
 * unpacked far too much already.
 */
export function gzipAround(before: Uint8Array, { deflated, length }: Repeated, after: Uint8Array): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE((before.length + length + after.length) % 2 ** 32, 4);
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  const opening = deflateRawSync(before, { finishFlush: constants.Z_FULL_FLUSH });
  const withoutEnd = deflated.subarray(0, -lastBlock.length);
  return Buffer.concat([header, opening, withoutEnd, deflateRawSync(after), trailer]);
}
