/**
 * Saved machines in the cache: a folder each, named by what the machine depends on, with the stream of its state, its memory
 * where that is a file of its own, and a description. A folder gets its name when it is whole, so two processes that save the
 * same machine do not meet.
 */
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath, fileSystemError, isGone, temporaryName } from '../../../cache.ts';
import type { Context } from '../../../context.ts';
import { renameWhenFree } from '../../../host/rename.ts';
import { isVerified, markVerified, sha256Of } from '../../../packages/verified.ts';
import { removeFolder } from '../../../work-folder.ts';

const stateFile = 'state';
const [memoryFile, devicesFile] = ['memory', 'devices'];
const descriptionFile = 'snapshot.json';

/** What is kept: enough for several kernels and numbers of processors, little enough for a laptop's disk. */
const most = { count: 12, bytes: 2 * 2 ** 30, unusedMs: 30 * 24 * 3600_000 };
/** A save that takes longer than this is nobody's any more, whatever its process number says. */
const abandonedMs = 3600_000;

export interface Snapshot {
  readonly key: string;
  /** SHA256 of the stream. */
  readonly id: string;
  /** The stream that QEMU made of the machine. */
  readonly state: string;
  /** Its memory, where that is no part of the stream. */
  readonly memory?: string;
  /** What the machine's console had said until then. */
  readonly console: string;
}

interface Content {
  readonly size: number;
  readonly sha256: string;
}

interface Description extends Content {
  readonly memory?: Content | undefined;
  readonly console: string;
}

type Place = Pick<Context, 'cacheDir' | 'signal'>;

/** A state that is about to be saved, under a temporary name. */
export interface Draft {
  readonly state: string;
  /** For memory, and a stream without it. */
  readonly memory: string;
  readonly devices: string;
  /** Gives the finished state its name: the `whole` stream, or memory and stream `apart`. */
  publish(console: string, as: 'whole' | 'apart'): Promise<void>;
  /** Removes what there is of it; without effect once published. Never throws. */
  discard(): Promise<void>;
}

/** The state saved under this key; `damaged` says why one that is there cannot be taken. */
export async function findSnapshot(
  context: Place,
  key: string,
): Promise<Snapshot | { damaged: string } | undefined> {
  const folder = folderOf(context, key);
  const path = join(folder, descriptionFile);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    const left = await readdir(folder).catch(() => undefined);
    return left === undefined ? undefined : { damaged: 'its description is missing' };
  }
  const description = parse(text);
  if (description === undefined) return { damaged: 'its description cannot be read' };
  const state = join(folder, stateFile);
  const memory = join(folder, memoryFile);
  const isWhole = (file: string, content: Content) => isVerified(file, content, context.signal);
  if (
    !(await isWhole(state, description)) ||
    !(description.memory === undefined || (await isWhole(memory, description.memory)))
  )
    return { damaged: 'its content is not what was saved' };
  // The time of the last use, by which old ones are known.
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
  const { sha256: id, console } = description;
  return { key, id, state, ...(description.memory === undefined ? {} : { memory }), console };
}

/** Makes room for a state. Throws `DiskFull` and `NotWritable`. */
export async function beginSnapshot(context: Place, key: string): Promise<Draft> {
  const folder = folderOf(context, key);
  const temporary = temporaryName(folder);
  const pathOf = (name: string) => join(temporary, name);
  const [state, memory, devices] = [pathOf(stateFile), pathOf(memoryFile), pathOf(devicesFile)];
  const discard = () => removeFolder(temporary).catch(() => undefined);
  try {
    await mkdir(temporary, { recursive: true });
  } catch (error) {
    throw fileSystemError(error, temporary);
  }
  const contentOf = async (file: string): Promise<Content> => ({
    size: (await stat(file)).size,
    sha256: await sha256Of(file, context.signal),
  });
  const publish = async (console: string, as: 'whole' | 'apart') => {
    try {
      if (as === 'apart') await rename(devices, state);
      else for (const file of [memory, devices]) await rm(file, { force: true });
      const description: Description = {
        ...(await contentOf(state)),
        ...(as === 'apart' ? { memory: await contentOf(memory) } : {}),
        console,
      };
      await writeFile(pathOf(descriptionFile), `${JSON.stringify(description)}\n`);
      const files = as === 'apart' ? [state, memory] : [state];
      // QEMU is gone by now, so nobody else would hear of a disk that had no room after all, or of a power that failed.
      for (const file of [...files, pathOf(descriptionFile)]) await sync(file);
      for (const file of files) await markVerified(file);
      await renameWhenFree(temporary, folder).catch(async (error: NodeJS.ErrnoException) => {
        // Somebody else was quicker: theirs is as good.
        if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code ?? '')) throw error;
        await discard();
      });
    } catch (error) {
      throw fileSystemError(error, folder);
    }
  };
  return { state, memory, devices, publish, discard };
}

/** Takes a state away. A machine that is reading it meanwhile is not disturbed. */
export async function removeSnapshot(context: Place, key: string): Promise<void> {
  const folder = folderOf(context, key);
  const doomed = temporaryName(folder);
  // Under another name first, so that nobody finds half of it.
  const moved = await rename(folder, doomed).then(
    () => true,
    () => false,
  );
  await removeFolder(moved ? doomed : folder).catch(() => undefined);
}

/** Removes what has not been used for long, what is too much, and what a process that is gone left half done. */
export async function pruneSnapshots(context: Place): Promise<void> {
  const root = cachePath(context, 'snapshots');
  const names = await readdir(root).catch(() => [] as string[]);
  const kept: { key: string; used: number; bytes: number }[] = [];
  for (const name of names) {
    const info = await stat(join(root, name)).catch(() => undefined);
    if (info === undefined) continue;
    const owner = /^\w+\.(\d+)-\w+\.tmp$/.exec(name)?.[1];
    if (owner !== undefined) {
      if (isGone(owner) || Date.now() - info.mtimeMs > abandonedMs)
        await removeFolder(join(root, name)).catch(() => undefined);
      continue;
    }
    const description = await stat(join(root, name, descriptionFile)).catch(() => undefined);
    const sizes = [stateFile, memoryFile].map((file) => bytesOf(join(root, name, file)));
    const [state = 0, memory = 0] = await Promise.all(sizes);
    kept.push({ key: name, used: description?.mtimeMs ?? 0, bytes: state + memory });
  }
  let bytes = 0;
  for (const [index, one] of kept.sort((a, b) => b.used - a.used).entries()) {
    bytes += one.bytes;
    const old = Date.now() - one.used > most.unusedMs;
    // The newest stays, however large it is.
    if (index > 0 && (old || index >= most.count || bytes > most.bytes))
      await removeSnapshot(context, one.key);
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** What it takes on the disk: where memory holds zeros, nothing. */
async function bytesOf(path: string): Promise<number> {
  const { size, blocks } = (await stat(path).catch(() => undefined)) ?? { size: 0, blocks: 0 };
  return Math.min(size, blocks * 512);
}

function folderOf(context: Place, key: string): string {
  return cachePath(context, 'snapshots', key);
}

function parse(text: string): Description | undefined {
  try {
    const { memory, console, ...state } = JSON.parse(text) as Partial<Description>;
    if (!isContent(state) || typeof console !== 'string') return undefined;
    if (memory !== undefined && !isContent(memory)) return undefined;
    return { ...state, memory, console };
  } catch {
    return undefined;
  }
}

const isContent = (value: Partial<Content>): value is Content =>
  typeof value.size === 'number' && /^[0-9a-f]{64}$/.test(String(value.sha256));
