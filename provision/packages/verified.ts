/** Files of the cache whose checksum was found right: known by a fixed time of modification. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat, utimes } from 'node:fs/promises';
import { throwIfInterrupted } from '../cache.ts';

/** Any later write moves the time away from it. */
const verifiedTime = new Date(1_000_000_000_000);

/**
 * Whether `path` holds these bytes. The checksum is computed only when the file was touched since it was last
 * found right, so that a warm start costs one `stat` per file. Throws Interrupted.
 */
export async function isVerified(
  path: string,
  expected: { sha256: string; size: number },
  signal: AbortSignal,
): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile() || info.size !== expected.size) return false;
  if (info.mtimeMs === verifiedTime.getTime()) return true;
  const found = await sha256Of(path, signal).catch(() => '');
  // What was not read to its end is not wrong for that.
  throwIfInterrupted(signal);
  if (found !== expected.sha256) return false;
  await utimes(path, verifiedTime, verifiedTime).catch(() => {});
  return true;
}

/** Whether a file that was marked is still as it was. */
export async function isUntouched(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info?.isFile() === true && info.mtimeMs === verifiedTime.getTime();
}

/** Marks a file that we wrote ourselves, whole, as verified. */
export async function markVerified(path: string): Promise<void> {
  await utimes(path, verifiedTime, verifiedTime).catch(() => {});
}

/** In hexadecimal. */
export async function sha256Of(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    throwIfInterrupted(signal);
    hash.update(chunk as Uint8Array);
  }
  return hash.digest('hex');
}
