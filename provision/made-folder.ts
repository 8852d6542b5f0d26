/** A folder of the cache that is there whole or not at all. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Step, step } from '../lab/events.ts';
import { exists, fileSystemError, temporaryName, withLock } from './cache.ts';
import type { Context } from './context.ts';
import { renameWhenFree } from './host/rename.ts';
import { removeFolder } from './work-folder.ts';

/**
 * Made once, by one process, under another name that a crash leaves and the next maker removes.
 *
 * @param lock name of the lock that makers of this folder share
 * @param fill makes the folder at the path that it is given; answers how many files it holds
 * @returns `root`. Throws what `fill` throws, `DiskFull`, `NotWritable`, `CacheLocked`.
 */
export async function madeFolder(
  context: Context,
  root: string,
  { title, lock }: { readonly title: string; readonly lock: string },
  fill: (temporary: string, shown: Step) => Promise<number>,
): Promise<string> {
  if (await exists(root)) return root;
  return step(context.emit, title, (shown) =>
    withLock(
      context,
      lock,
      async () => {
        if (await exists(root)) return root;
        await removeLeftovers(root);
        const temporary = temporaryName(root);
        try {
          const files = await fill(temporary, shown);
          await renameWhenFree(temporary, root);
          shown.summary(`${files} files`);
          return root;
        } catch (error) {
          await removeFolder(temporary).catch(() => {});
          throw fileSystemError(error, root);
        }
      },
      { note: (text) => shown.note(text) },
    ),
  );
}

/** Folders that a killed process left; the caller holds the lock. */
async function removeLeftovers(root: string): Promise<void> {
  for (const name of await readdir(dirname(root)).catch(() => []))
    if (name.startsWith(`${basename(root)}.`)) await removeFolder(join(dirname(root), name));
}
