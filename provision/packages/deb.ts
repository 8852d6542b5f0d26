/** Debian packages without dpkg: an ar archive that holds a compressed tar of the package's files, deb(5). */
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LabError, labError } from '../../lab/errors.ts';
import { listArMembers } from './ar.ts';
import { type Compression, decompress } from './decompress.ts';

export interface DebEntry {
  /** e.g. `usr/bin/gcc`: `/` between the parts, no `./` before, never `..` in it. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  /** Permission bits without setuid, setgid and sticky. */
  readonly mode: number;
  readonly size: number;
  /** Of a symlink as it stands in the package; of a hardlink the path of an earlier entry. */
  readonly target?: string;
  /** Bytes of a file; must be asked for, if at all, before the next entry. */
  content(): Promise<Uint8Array>;
}

/** A picked file with its bytes. */
export interface DebEntryWithContent extends Omit<DebEntry, 'content'> {
  readonly content: Uint8Array;
}

/**
 * The files of a package in their order. Reading stops where the caller does.
 * One package is decompressed at a time: do not wait for another one inside the loop over the first.
 * Throws `PackageDamaged`, `PackageUnsafe`.
 */
export async function* readDeb(path: string): AsyncGenerator<DebEntry, void, undefined> {
  const { extract } = (await import('tar-stream')).default;
  const untar = extract();
  const failed = pipeline(Readable.from(dataOf(path)), untar).then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    for await (const entry of untar) {
      const { name, type, mode = 0o644, size = 0, linkname } = entry.header;
      const kind = kinds[type ?? 'file'];
      if (kind !== undefined) {
        yield {
          path: safePath(path, name),
          type: kind,
          mode: mode & 0o777,
          size,
          ...(kind === 'symlink' ? { target: linkname ?? '' } : {}),
          ...(kind === 'hardlink' ? { target: safePath(path, linkname ?? '') } : {}),
          content: () => bytesOf(entry as unknown as AsyncIterable<Uint8Array>),
        };
      }
      entry.resume();
    }
  } catch (error) {
    throw damaged(path, (await failed) ?? error);
  } finally {
    untar.destroy();
  }
}

const kinds: Record<string, DebEntry['type'] | undefined> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
};

/** Picks files by their path; a hardlink comes with the bytes of its target. Whole in memory: for small picks. */
export async function extractFiles(
  path: string,
  wanted: (path: string) => boolean,
): Promise<Map<string, DebEntryWithContent>> {
  const found = new Map<string, DebEntryWithContent>();
  for await (const entry of readDeb(path)) {
    if (!wanted(entry.path)) continue;
    const content = entry.type === 'file' ? await entry.content() : new Uint8Array();
    found.set(entry.path, { ...entry, content });
  }
  return found;
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* dataOf(path: string): AsyncGenerator<Uint8Array> {
  const members = await listArMembers(path);
  const data = members.find(({ name }) => name.startsWith('data.tar'));
  if (!data) throw new Error('there is no data.tar in it');
  const suffix = data.name.slice('data.tar'.length).replace('.', '') || 'none';
  if (!['xz', 'gz', 'zst', 'none'].includes(suffix)) throw new Error(`${data.name} is of an unknown kind`);
  yield* decompress(path, suffix as Compression, { start: data.offset, end: data.offset + data.size - 1 });
}

function safePath(deb: string, entry: string): string {
  const plain = posix.normalize(entry.replace(/^(\.?\/)+/, '')).replace(/\/$/, '');
  if (entry.startsWith('/') || plain === '..' || plain.startsWith('../') || /[\0\\]/.test(entry)) {
    throw labError('PackageUnsafe', { path: deb, entry });
  }
  return plain;
}

function damaged(path: string, error: unknown): unknown {
  if (error instanceof LabError) return error;
  return labError(
    'PackageDamaged',
    { path, reason: error instanceof Error ? error.message : String(error) },
    { cause: error },
  );
}
