/** `lab3 setup`: with an empty cache, all that a computer needs for its first run. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workplace } from '../workplace.ts';

export interface SetupTimes {
  readonly ms: number;
  /** All that the cache holds of downloads afterwards. */
  readonly downloadedBytes: number;
  readonly peakMiB: number | undefined;
}

export async function measureSetup(work: Workplace): Promise<SetupTimes> {
  const { ms, peakMiB } = await work.lab3(['setup', '--yes'], 900_000);
  return { ms, peakMiB, downloadedBytes: await sizeOf(join(work.context.cacheDir, 'blobs')) };
}

async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
