/** Debian packages without dpkg: an ar archive that holds a compressed tar of the package's files, deb(5). */
import { posix } from 'node:path';
import type { Extract } from 'tar-stream';
import { LabError, labError } from '../../lab/errors.ts';
import { listArMembers } from './ar.ts';
import { compressions, decompress } from './decompress.ts';

export interface DebEntry {
  /** e.g. `usr/bin/gcc`: `/` between the parts, no `./` before, never `..` in it. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  /** Permission bits without setuid, setgid and sticky. */
  readonly mode: number;
  readonly size: number;
  /** Of a symlink as it stands in the package; of a hardlink the path of an earlier entry. */
  readonly target?: string;
  /** Bytes of a file; to be asked for, if at all, before the next entry. */
  content(): Promise<Uint8Array>;
  /** The same for a file too large to hold. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** A picked file with its bytes. */
export interface DebEntryWithContent extends Omit<DebEntry, 'content' | 'chunks'> {
  readonly content: Uint8Array;
}

const kinds: Record<string, DebEntry['type'] | undefined> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
};

/**
 * The files of a package in their order; devices, which no package of ours has, are passed over. Reading stops
 * where the caller does. Do not wait for another package inside the loop over the first: both may need the same
 * decompressor. Throws `PackageDamaged`, `PackageUnsafe`.
 */
export async function* readDeb(path: string): AsyncGenerator<DebEntry, void, undefined> {
  const { extract } = (await import('tar-stream')).default;
  const untar = extract();
  const feeding = feed(untar, path);
  try {
    for await (const entry of untar) {
      const { name, type, mode = 0o644, size = 0, linkname } = entry.header;
      const kind = kinds[type ?? 'file'];
      const chunks = entry as unknown as AsyncIterable<Uint8Array>;
      if (kind !== undefined) {
        const found: DebEntry = {
          path: safePath(path, name),
          type: kind,
          mode: mode & 0o777,
          size,
          ...(kind === 'symlink' ? { target: linkname ?? '' } : {}),
          ...(kind === 'hardlink' ? { target: safePath(path, linkname ?? '') } : {}),
          content: async () => Buffer.concat(await arrayOf(chunks)),
          chunks: () => chunks,
        };
        yield found;
      }
      entry.resume();
    }
  } catch (error) {
    throw damaged(path, error);
  } finally {
    untar.destroy();
    await feeding;
  }
}

/** Writes the package's tar into `untar` until its end or until `untar` is destroyed; errors end up there. */
async function feed(untar: Extract, path: string): Promise<void> {
  let wake = () => {};
  untar.on('drain', () => wake()).on('close', () => wake());
  try {
    for await (const chunk of dataOf(path)) {
      if (untar.destroyed) return;
      if (untar.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (untar.destroyed) return;
    }
    untar.end(null);
  } catch (error) {
    untar.destroy(error as Error);
  }
}

/**
 * Picks files by their path; a hardlink comes with the bytes of its target. Whole in memory: for small picks.
 * Works on every platform.
 */
export async function extractFiles(
  path: string,
  wanted: (path: string) => boolean,
): Promise<Map<string, DebEntryWithContent>> {
  const found = new Map<string, DebEntryWithContent>();
  for await (const { content, chunks: _, ...entry } of readDeb(path)) {
    if (!wanted(entry.path)) continue;
    found.set(entry.path, { ...entry, content: entry.type === 'file' ? await content() : new Uint8Array() });
  }
  const linked = [...found.values()].filter(({ type }) => type === 'hardlink');
  const targets = new Set(linked.map(({ target }) => target));
  const absent = [...targets].filter((target) => !found.has(target ?? ''));
  const more = absent.length > 0 ? await extractFiles(path, (name) => absent.includes(name)) : found;
  for (const entry of linked) {
    const target = found.get(entry.target ?? '') ?? more.get(entry.target ?? '');
    if (!target || target === entry) throw damaged(path, new Error(`${entry.path} links to nothing`));
    found.set(entry.path, { ...target, path: entry.path, type: 'file' });
  }
  return found;
}

async function* dataOf(path: string): AsyncGenerator<Uint8Array> {
  const members = await listArMembers(path);
  const data = members.find(({ name }) => name.startsWith('data.tar'));
  if (!data) throw new Error('there is no data.tar in it');
  const suffix = data.name.slice('data.tar'.length).replace('.', '') || 'none';
  const compression = compressions.find((known) => known === suffix);
  if (!compression) throw new Error(`${data.name} is compressed in an unknown way`);
  yield* decompress(path, compression, { start: data.offset, end: data.offset + data.size - 1 });
}

/** The path in its plain form; throws `PackageUnsafe` for one that leads out of the root. */
function safePath(deb: string, entry: string): string {
  const plain = posix.normalize(entry.replace(/^(\.\/)+/, '')).replace(/\/$/, '');
  if (entry.startsWith('/') || plain === '..' || plain.startsWith('../') || entry.includes('\0')) {
    throw labError('PackageUnsafe', { path: deb, entry });
  }
  return plain;
}

async function arrayOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const array: Uint8Array[] = [];
  for await (const chunk of chunks) array.push(chunk);
  return array;
}

function damaged(path: string, error: unknown): unknown {
  if (error instanceof LabError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return labError('PackageDamaged', { path, reason }, { cause: error });
}
