/** Writes zip files (APPNOTE 4.3), honest or not. */
import { crc32, deflateRawSync } from 'node:zlib';
import type { Repeated } from './bomb.ts';

export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array | Repeated;
  /** Type and permissions as `stat` has them; a regular file without it. */
  readonly mode?: number;
  /** Size that the headers give instead of the real one. */
  readonly claims?: number;
}

const regularFile = 0o100644;
const utf8Names = 1 << 11;
const madeByUnix = 3 << 8;
const version = 20;
/** 2026-09-01, in the two bytes of MS-DOS. */
const date = ((2026 - 1980) << 9) | (9 << 5) | 1;

export function writeZip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, content, mode = regularFile, claims } of entries) {
    const packed = content instanceof Uint8Array ? deflateRawSync(content) : content.deflated;
    // Of a bomb it is wrong: who comes to compare has unpacked far too much already.
    const sum = content instanceof Uint8Array ? crc32(content) : 0;
    const nameBytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(version, 0);
    common.writeUInt16LE(utf8Names, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(date, 8);
    common.writeUInt32LE(sum, 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(claims ?? content.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, nameBytes, packed]);

    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((mode << 16) >>> 0, 6);
    rest.writeUInt32LE(at, 10);
    const made = Buffer.from([version, madeByUnix >> 8]);
    directory.push(Buffer.from('PK\x01\x02', 'latin1'), made, common, rest, nameBytes);
    parts.push(local);
    at += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end]);
}
