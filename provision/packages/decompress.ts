/** Decompression of a file or of a part of it: xz in WebAssembly, on other cores where it is much; gzip and zstd by Node. */
import { createReadStream } from 'node:fs';
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { poolExists, unxzOnPool } from './decompress-pool.ts';
import { unxz } from './xz.ts';

export const compressions = ['xz', 'gz', 'zst', 'none'] as const;
export type Compression = (typeof compressions)[number];

/** Below this a worker takes longer to start than to work, in bytes. */
const worthAWorker = 256 * 1024;

/** Bytes `start` to `end` (both included) of the file, unpacked. Damage shows as an error while reading. */
export async function* decompress(
  path: string,
  compression: Compression,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  if (end < start) return;
  if (compression === 'xz' && end - start > worthAWorker && poolExists()) {
    yield* unxzOnPool(path, start, end);
    return;
  }
  const source = createReadStream(path, { start, end, highWaterMark: 1 << 18 });
  try {
    if (compression === 'xz') yield* unxz(source);
    else if (compression === 'none') yield* source;
    else {
      const unpacked = compression === 'gz' ? zlib.createGunzip() : unzstd();
      source.on('error', (error) => unpacked.destroy(error));
      yield* source.pipe(unpacked);
    }
  } finally {
    source.destroy();
  }
}

function unzstd(): Transform {
  // Node has zstd from 22.15 on; Debian's own packages use xz.
  const create = (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress;
  if (create === undefined) throw new Error('it is compressed with zstd, which takes Node 22.15 or newer');
  return create();
}
