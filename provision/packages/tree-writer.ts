/** Writes the files of packages below one folder and nowhere else. */
import { link, mkdir, open, rm, symlink, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { labError } from '../../lab/errors.ts';
import { throwIfInterrupted } from '../cache.ts';
import { type DebEntry, readDeb } from './deb.ts';

/** Since the merge of /usr these are links into it; packages may still name files by the old paths. */
export const mergedFolders = ['bin', 'sbin', 'lib', 'lib64'] as const;

/** Larger files are written as they come, smaller ones several at a time. */
const largeFile = 1 << 20;
const writesAtOnce = 16;

export class TreeWriter {
  files = 0;
  readonly #root: string;
  readonly #platform: NodeJS.Platform;
  readonly #keep: (path: string) => boolean;
  readonly #folders = new Map<string, Promise<unknown>>();
  /**
   * Symbolic links are made when every file is in place. Until then the folder has none, so that no package can
   * plant a link and then write through it.
   */
  readonly #links = new Map<string, string>();

  /** `root` must be a new, empty folder of ours. */
  constructor(root: string, platform: NodeJS.Platform, keep: (path: string) => boolean) {
    this.#root = root;
    this.#platform = platform;
    this.#keep = keep;
  }

  /** Writes the folders and files of one package. Several packages may be under way at a time. */
  async unpack(deb: string, signal: AbortSignal): Promise<void> {
    // Where another package has failed already, this one is not begun.
    throwIfInterrupted(signal);
    const writing = new Set<Promise<void>>();
    let failure: { error: unknown } | undefined;
    for await (const entry of readDeb(deb)) {
      throwIfInterrupted(signal);
      if (failure) break;
      const path = merged(entry.path);
      if (path === '.' || !this.#keep(path)) continue;
      if (entry.type === 'symlink') {
        this.#links.set(path, entry.target ?? '');
      } else if (entry.type === 'directory') {
        await this.folder(path);
      } else if (entry.type === 'hardlink') {
        await Promise.all(writing);
        await this.#hardlink(deb, path, entry);
      } else if (entry.size > largeFile) {
        await this.#writeLarge(deb, path, entry);
      } else {
        const content = await entry.content();
        const write = this.#write(deb, path, entry, content).then(
          () => void writing.delete(write),
          (error: unknown) => {
            failure ??= { error };
          },
        );
        writing.add(write);
        if (writing.size >= writesAtOnce) await Promise.race(writing);
      }
    }
    await Promise.all(writing);
    if (failure) throw failure.error;
  }

  /** Makes a folder and those above it, each once. */
  folder(path: string): Promise<unknown> {
    let making = this.#folders.get(path);
    if (!making) {
      making = mkdir(join(this.#root, ...path.split('/')), { recursive: true });
      this.#folders.set(path, making);
    }
    return making;
  }

  /**
   * Makes the packages' links, the usr-merge's and `more`. Every target is resolved as if the folder were the
   * root and written relative: so it holds on the host too and never leads out of the folder.
   */
  async makeLinks(more: Readonly<Record<string, string>>): Promise<void> {
    for (const folder of mergedFolders) this.#links.set(folder, `usr/${folder}`);
    for (const [path, target] of Object.entries(more)) this.#links.set(merged(path), target);
    for (const [path, target] of this.#links) {
      const parent = posix.dirname(`/${path}`);
      const inside = posix.resolve(parent, target);
      // The links of the merge stand for folders below usr/: a target through them is written without them.
      const plain = `/${merged(inside.slice(1))}`;
      const relative = mergedFolders.some((folder) => folder === path)
        ? target
        : posix.relative(parent, plain);
      if (parent !== '/') await this.folder(parent.slice(1));
      await symlink(relative || '.', this.#place(path)).catch((error: NodeJS.ErrnoException) => {
        // As with dpkg, a folder or file that another package brought stays.
        if (error.code !== 'EEXIST') throw error;
      });
    }
  }

  async #write(deb: string, path: string, { mode }: DebEntry, content: Uint8Array): Promise<void> {
    const place = await this.#prepare(deb, path);
    await writeFile(place, content, { mode: permissions(mode) });
  }

  async #writeLarge(deb: string, path: string, entry: DebEntry): Promise<void> {
    const file = await open(await this.#prepare(deb, path), 'w', permissions(entry.mode));
    try {
      for await (const chunk of entry.chunks()) await file.writeFile(chunk);
    } finally {
      await file.close();
    }
  }

  async #hardlink(deb: string, path: string, entry: DebEntry): Promise<void> {
    const target = merged(entry.target ?? '');
    if (!this.#keep(target)) {
      throw labError('PackageDamaged', {
        path: deb,
        reason: `${path} is a hard link to ${target}, which is left out`,
      });
    }
    const place = await this.#prepare(deb, path);
    await rm(place, { force: true });
    await link(this.#place(target), place);
  }

  async #prepare(deb: string, path: string): Promise<string> {
    // On Windows these would be read as separators, drives or streams.
    if (this.#platform === 'win32' && /[\\:]/.test(path))
      throw labError('PackageUnsafe', { path: deb, entry: path });
    await this.folder(posix.dirname(path));
    this.files += 1;
    return this.#place(path);
  }

  #place(path: string): string {
    return join(this.#root, ...path.split('/'));
  }
}

/** `lib/x` → `usr/lib/x`. */
function merged(path: string): string {
  const first = path.split('/', 1)[0];
  return mergedFolders.some((folder) => folder === first) ? `usr/${path}` : path;
}

/** No setuid, no write for others; always readable and writable by us. */
function permissions(mode: number): number {
  return (mode & 0o755) | 0o600;
}
