/** A module without its debug information: what a guest has no use for costs an emulated machine a quarter of a second. */
import { ElfError, readElf, viewOf } from './elf.ts';

const headerSize = 64;
const debug = /^\.(?:rela)?\.?debug_/;
const [nullType, noBits] = [0, 8];

/** Sections keep their numbers: those of debug information become empty ones. A file that cannot be read stays as it is. */
export function stripDebug(ko: Uint8Array): Uint8Array {
  try {
    const { sections } = readElf(ko);
    const view = viewOf(ko);
    const table = Number(view.getBigUint64(40, true));
    const header = Buffer.from(ko.subarray(0, headerSize));
    const headers = Buffer.from(ko.subarray(table, table + headerSize * sections.length));
    const parts: Uint8Array[] = [header];
    let end = headerSize;
    const put = (bytes: Uint8Array, align: number): number => {
      const start = Math.ceil(end / align) * align;
      parts.push(new Uint8Array(start - end), bytes);
      end = start + bytes.length;
      return start;
    };
    for (const { index, name, type } of sections) {
      const at = index * headerSize;
      if (debug.test(name)) {
        headers.fill(0, at + 4, at + headerSize);
        headers.writeUInt32LE(nullType, at + 4);
        continue;
      }
      if (type === nullType) continue;
      const [start, size] = [
        Number(headers.readBigUInt64LE(at + 24)),
        Number(headers.readBigUInt64LE(at + 32)),
      ];
      const align = Math.min(Math.max(Number(headers.readBigUInt64LE(at + 48)), 1), 4096);
      if (type !== noBits && start + size > ko.length) return ko;
      const bytes = type === noBits ? new Uint8Array() : ko.subarray(start, start + size);
      headers.writeBigUInt64LE(BigInt(put(bytes, align)), at + 24);
    }
    header.writeBigUInt64LE(BigInt(put(headers, 8)), 40);
    return Buffer.concat(parts);
  } catch (error) {
    if (error instanceof ElfError || error instanceof RangeError) return ko;
    throw error;
  }
}
