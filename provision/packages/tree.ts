/** A root folder made of packages, as dpkg would leave it, without dpkg and without root. */
import { createHash } from 'node:crypto';
import { access, chmod, link, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { labError } from '../../lab/errors.ts';
import { step } from '../../lab/events.ts';
import { cachePath, fileSystemError, temporaryName, throwIfInterrupted, withLock } from '../cache.ts';
import type { Context } from '../context.ts';
import { readDeb } from './deb.ts';
import type { DebFile } from './provide.ts';

export interface TreeOptions {
  /** What the tree is for, in progress. */
  readonly label: string;
  /** Which files to take; all by default. Change `revision` with it. */
  readonly keep?: (path: string) => boolean;
  /** Links that maintainer scripts would make: path → target, e.g. `usr/bin/awk` → `mawk`. */
  readonly links?: Readonly<Record<string, string>>;
  /** Part of the tree's identity that is in no other option: a new one makes a new tree. */
  readonly revision?: string;
}

/** Since the merge of /usr these are links; packages may still name files by the old paths. */
const mergedFolders = ['bin', 'sbin', 'lib', 'lib64'];

/**
 * Path of a folder in the cache that holds the packages' files and the usr-merge links; made once, whole or not
 * at all. Permissions lose setuid, owners are ignored. Throws `PackageDamaged`, `PackageUnsafe`, `DiskFull`.
 */
export async function unpackTree(
  context: Context,
  debs: readonly DebFile[],
  options: TreeOptions,
): Promise<string> {
  const identity = [debs.map(({ sha256 }) => sha256).sort(), options.links ?? {}, options.revision ?? ''];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  const root = cachePath(context, 'trees', key);
  if (await exists(root)) return root;
  return step(context.emit, `Unpacking: ${options.label}`, (step) =>
    withLock(
      context,
      `tree-${key}`,
      async () => {
        if (await exists(root)) return root;
        const temporary = temporaryName(root);
        try {
          let files = 0;
          const links = new Map<string, string>();
          await mkdir(temporary, { recursive: true });
          for (const folder of mergedFolders)
            await mkdir(join(temporary, 'usr', folder), { recursive: true });
          let done = 0;
          for (const deb of debs) {
            files += await unpackFiles(context, deb, temporary, options.keep ?? (() => true), links);
            done += deb.size;
            step.progress(
              done,
              'bytes',
              debs.reduce((sum, { size }) => sum + size, 0),
            );
          }
          for (const folder of mergedFolders) links.set(folder, `usr/${folder}`);
          for (const [path, target] of Object.entries(options.links ?? {})) links.set(path, target);
          await makeLinks(temporary, links);
          await rename(temporary, root);
          step.summary(`${files} files`);
          return root;
        } catch (error) {
          await rm(temporary, { recursive: true, force: true }).catch(() => {});
          throw fileSystemError(error, root);
        }
      },
      { note: (text) => step.note(text) },
    ),
  );
}

/**
 * Files and folders only: symbolic links are made when every file is in place, so that none of them can lead a
 * file out of the folder.
 */
async function unpackFiles(
  context: Context,
  deb: DebFile,
  root: string,
  keep: (path: string) => boolean,
  links: Map<string, string>,
): Promise<number> {
  let files = 0;
  for await (const entry of readDeb(deb.path)) {
    throwIfInterrupted(context.signal);
    const path = merged(entry.path);
    if (path === '.' || !keep(path)) continue;
    const place = join(root, ...path.split('/'));
    if (entry.type === 'symlink') {
      links.set(path, entry.target ?? '');
      continue;
    }
    if (entry.type === 'directory') {
      await mkdir(place, { recursive: true });
      continue;
    }
    await mkdir(join(root, ...posix.dirname(path).split('/')), { recursive: true });
    if (entry.type === 'hardlink') {
      await rm(place, { force: true });
      await link(join(root, ...merged(entry.target ?? '').split('/')), place);
    } else {
      const mode = (entry.mode & 0o755) | 0o600;
      await writeFile(place, await entry.content(), { mode });
      await chmod(place, mode);
    }
    files += 1;
  }
  return files;
}

function merged(path: string): string {
  return mergedFolders.some((folder) => path === folder || path.startsWith(`${folder}/`))
    ? `usr/${path}`
    : path;
}

/** Every target is resolved inside the root and written relative, so that it holds on the host too. */
async function makeLinks(root: string, links: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, target] of links) {
    const folder = posix.dirname(`/${path}`);
    const inside = posix.resolve(folder, target);
    const place = join(root, ...path.split('/'));
    await mkdir(join(place, '..'), { recursive: true });
    await symlink(posix.relative(folder, inside) || '.', place).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
void readFile;
void labError;
