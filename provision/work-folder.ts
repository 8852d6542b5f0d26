import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath, fileSystemError, isGone } from './cache.ts';
import type { Context } from './context.ts';

/**
 * A new folder below the cache's folder `below`. Named by its process, so that the leftovers of a killed one are known
 * and removed.
 */
export async function makeWorkFolder(context: Pick<Context, 'cacheDir'>, below: string): Promise<string> {
  const parent = cachePath(context, below);
  const work = join(parent, `${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(work, { recursive: true });
    for (const name of await readdir(parent)) {
      const pid = /^(\d+)-/.exec(name)?.[1];
      // What a scanner of Windows still reads goes the next time.
      if (pid === undefined || isGone(pid)) await removeFolder(join(parent, name)).catch(() => undefined);
    }
    return work;
  } catch (error) {
    throw fileSystemError(error, work);
  }
}

/** With what is in it. Windows refuses while somebody, a scanner mostly, has a file of it open: tried again. */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
