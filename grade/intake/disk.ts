/** Folders and files of this computer, as the entries in them. Links are never followed. */
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { type EntryKind, entryKind } from '../../lab/entry-kind.ts';
import { labError } from '../../lab/errors.ts';
import type { Entry } from './entry.ts';
import { type Budget, inBytes, overLimit } from './limits.ts';
import { isDebris } from './paths.ts';

/** By name. Debris is passed over unread: a clone's `.git` can be larger than all else. */
export async function* folderEntries(folder: string, budget: Budget): AsyncGenerator<Entry, void, undefined> {
  const open: string[] = [''];
  for (let below = open.pop(); below !== undefined; below = open.pop()) {
    const folders: string[] = [];
    for (const entry of await listFolder(path.join(folder, below))) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (isDebris(name)) continue;
      budget.entry();
      const { kind } = entry;
      if (kind === 'folder') folders.push(name);
      yield { name, kind, chunks: () => fileChunks(path.join(folder, name), budget) };
    }
    const depth = below === '' ? 1 : below.split('/').length + 1;
    if (folders.length > 0 && depth > budget.limits.depth)
      throw overLimit('it', `${budget.limits.depth} folders in one another`);
    open.push(...folders.reverse());
  }
}

export interface Listed {
  readonly name: string;
  readonly kind: EntryKind;
}

/** By name. @throws GradeFileUnreadable */
export async function listFolder(folder: string): Promise<Listed[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const listed = entries.map(async (entry) => ({
      name: entry.name,
      kind: await entryKind(entry, () => lstat(path.join(folder, entry.name))),
    }));
    return (await Promise.all(listed)).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

/** As it stands on the disk: neither packed nor unpacked, so it counts as both. */
export async function* fileChunks(file: string, budget: Budget): AsyncGenerator<Uint8Array> {
  for await (const chunk of readChunks(file)) {
    budget.packed(chunk.length);
    budget.unpacked(chunk.length);
    yield chunk;
  }
}

/** A whole file. @throws Refusal for one over the limit, GradeFileUnreadable */
export async function readWhole(file: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of readChunks(file)) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw overLimit('it', inBytes(maxBytes));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Of a regular file and nothing else: a pipe that was put in its place must not hold us up. */
async function* readChunks(file: string): AsyncGenerator<Uint8Array> {
  // Windows has neither flag.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(file, flags).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  try {
    if (!(await handle.stat()).isFile()) throw unreadable(file, new Error('it is no regular file'));
    for (;;) {
      const buffer = Buffer.allocUnsafe(1 << 18);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    await handle.close();
  }
}

const reasons: Record<string, string | undefined> = {
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  ENOENT: 'it is gone, or its name is no text',
  ELOOP: 'it is a link',
  ENAMETOOLONG: 'its path is too long',
  EIO: 'the disk does not give it back',
};

/** This computer's fault, not the student's: nobody may get a zero for it. */
function unreadable(file: string, error: unknown): Error {
  if (error instanceof Error && error.name === 'GradeFileUnreadable') return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return labError('GradeFileUnreadable', { file, why: reasons[code ?? ''] ?? message }, { cause: error });
}
