import { inflateRawSync } from 'node:zlib';

const largestEntry = 32 * 1024 * 1024;

/**
 * Text of one entry of a zip file, found through its central directory (APPNOTE 4.3.12, 4.3.16). `undefined` if there
 * is no such entry, if the file is damaged, or if the entry unpacks to more than 32 MiB.
 */
export function zipEntry(bytes: Uint8Array, wanted: string): string | undefined {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
    if (end < 0) return undefined;
    const count = zip.readUInt16LE(end + 10);
    let at = zip.readUInt32LE(end + 16);
    for (let entry = 0; entry < count; entry++) {
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
        zip.readUInt16LE(at + offset),
      );
      const name = zip.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
      if (name === wanted) {
        const local = zip.readUInt32LE(at + 42);
        const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
        const packed = zip.subarray(from, from + zip.readUInt32LE(at + 20));
        const method = zip.readUInt16LE(at + 10);
        if (method === 0) return packed.toString('utf8');
        return method === 8
          ? inflateRawSync(packed, { maxOutputLength: largestEntry }).toString('utf8')
          : undefined;
      }
      at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
    }
    return undefined;
  } catch {
    return undefined;
  }
}
