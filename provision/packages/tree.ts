/** A root folder made of packages, as dpkg would leave it, without dpkg and without root. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';

import { cachePath } from '../cache.ts';
import type { Context } from '../context.ts';
import { firstOf } from '../deadline.ts';
import { madeFolder } from '../made-folder.ts';
import { poolSize } from './decompress-pool.ts';
import type { DebFile } from './provide.ts';
import { mergedFolders, TreeWriter } from './tree-writer.ts';

export interface TreeOptions {
  /** What the tree is for, in progress. */
  readonly label: string;
  /** Which files to take, by their path after the merge of /usr; all by default. Change `revision` with it. */
  readonly keep?: (path: string) => boolean;
  /** Links that maintainer scripts would make: path → target, e.g. `usr/bin/awk` → `mawk`. */
  readonly links?: Readonly<Record<string, string>>;
  /** Part of the tree's identity that is in no other option: a new one makes a new tree. */
  readonly revision?: string;
}

/**
 * Path of a folder in the cache that holds the packages' files and the usr-merge links; made once, whole or not
 * at all. Permissions lose setuid, owners are ignored. Throws `PackageDamaged`, `PackageUnsafe`, `DiskFull`,
 * `NotWritable`, `CacheLocked`, `Interrupted`.
 */
export async function unpackTree(
  context: Context,
  debs: readonly DebFile[],
  options: TreeOptions,
): Promise<string> {
  const identity = [debs.map(({ sha256 }) => sha256).sort(), options.links ?? {}, options.revision ?? ''];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  const root = cachePath(context, 'trees', key);
  const made = { title: `Unpacking: ${options.label}`, lock: `tree-${key}` };
  return madeFolder(context, root, made, (temporary, shown) =>
    fill(context, debs, temporary, options, (done, total) => shown.progress(done, 'bytes', total)),
  );
}

/** Unpacks as many packages at a time as there are cores, the largest first; answers the number of files. */
async function fill(
  context: Context,
  debs: readonly DebFile[],
  root: string,
  options: TreeOptions,
  progress: (done: number, total: number) => void,
): Promise<number> {
  const { default: pLimit } = await import('p-limit');
  const writer = new TreeWriter(root, context.platform, options.keep ?? (() => true));
  const total = debs.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const limit = pLimit(poolSize);
  const failed = new AbortController();
  const signal = firstOf(context.signal, failed.signal);
  await mkdir(root, { recursive: true });
  for (const folder of mergedFolders) await writer.folder(`usr/${folder}`);
  const outcomes = await Promise.allSettled(
    [...debs]
      .sort((a, b) => b.size - a.size)
      .map((deb) =>
        limit(async () => {
          try {
            await writer.unpack(deb.path, signal);
          } catch (error) {
            if (!failed.signal.aborted) failed.abort(error);
            throw error;
          }
          done += deb.size;
          progress(done, total);
        }),
      ),
  );
  if (outcomes.some(({ status }) => status === 'rejected')) throw failed.signal.reason;
  await writer.makeLinks(options.links ?? {});
  return writer.files;
}
