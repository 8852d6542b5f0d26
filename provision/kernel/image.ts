import { gunzipSync } from 'node:zlib';
import type { Architecture } from '../../lab/names.ts';

/**
 * Whether bytes have the shape of a Linux image for that architecture, by the marks that boot loaders look for: x86
 * boot protocol (`HdrS` at 0x202); arm64 (`ARM\x64` at 56), which may be packed with gzip.
 */
export function looksLikeImage(arch: Architecture, image: Uint8Array): boolean {
  const text = (bytes: Uint8Array, at: number, length: number) =>
    Buffer.from(bytes.subarray(at, at + length)).toString('latin1');
  if (arch === 'amd64') return text(image, 0x202, 4) === 'HdrS';
  if (text(image, 0, 2) !== '\x1f\x8b') return text(image, 56, 4) === 'ARM\x64';
  try {
    // The first kilobytes tell; a stream that ends there is no fault.
    const start = gunzipSync(image.subarray(0, 65_536), { finishFlush: 2, maxOutputLength: 64 * 2 ** 20 });
    return text(start, 56, 4) === 'ARM\x64';
  } catch {
    return false;
  }
}
