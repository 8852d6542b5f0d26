/**
 * Files in our cache folder. Everything in it can be made again, is written whole or not at all (a temporary name
 * in the same folder, then a rename), and is safe to share: locks only save two processes from doing the same
 * work twice, no content depends on them.
 */
import { randomBytes } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError, labError } from '../lab/errors.ts';
import type { Context } from './context.ts';
import { renameWhenFree } from './host/rename.ts';

/** Path below the cache folder. */
export function cachePath(context: Pick<Context, 'cacheDir'>, ...parts: string[]): string {
  return join(context.cacheDir, ...parts);
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw labError('Interrupted', undefined);
}

/** A name next to `path` that no other process uses. */
export function temporaryName(path: string): string {
  return `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
}

/** Turns what the file system says into the catalogue's words; other errors pass through. */
export function fileSystemError(error: unknown, path: string, what = 'The cache'): unknown {
  if (error instanceof LabError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return labError('DiskFull', { path }, { cause: error });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST') {
    return labError('NotWritable', { path, what }, { cause: error });
  }
  return error;
}

/** Writes a file whole or not at all; makes its folder. */
export async function writeAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, content);
    await renameWhenFree(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw fileSystemError(error, path);
  }
}

export interface LockOptions {
  /** Told once, when another process holds the lock. By default a warning event. */
  note?: (text: string) => void;
  /** How long to wait for another process, in milliseconds. */
  deadlineMs?: number;
}

/**
 * A holder refreshes its lock every 1.5 s. The lock of one that has not for 10 s is taken over; 3 s are enough when
 * its process is known to be gone.
 */
const refreshMs = 1_500;
const staleMs = 10_000;
const staleWhenGoneMs = 3_000;
const pollMs = 200;

/** Who works on which lock in this process: proper-lockfile only knows other processes. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while no other caller, in this process or another, holds the lock `name` of this cache.
 * Throws `CacheLocked` at the deadline, naming the holder.
 */
export async function withLock<T>(
  context: Pick<Context, 'cacheDir' | 'signal' | 'emit'>,
  name: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const path = cachePath(context, 'locks', name);
  const before = queues.get(path) ?? Promise.resolve();
  const mine = before.then(async () => {
    const release = await acquire(context, path, name, options);
    try {
      return await work();
    } finally {
      // A lock that was taken over meanwhile (a laptop that slept) is no longer ours to release.
      await release().catch(() => {});
    }
  });
  const settled = mine.catch(() => {});
  queues.set(path, settled);
  settled.then(() => {
    if (queues.get(path) === settled) queues.delete(path);
  });
  return mine;
}

async function acquire(
  context: Pick<Context, 'signal' | 'emit'>,
  path: string,
  name: string,
  { note, deadlineMs = 15 * 60_000 }: LockOptions,
): Promise<() => Promise<void>> {
  const { lock } = (await import('proper-lockfile')).default;
  const pidFile = `${path}.pid`;
  const deadline = Date.now() + deadlineMs;
  let looks = 0;
  let told = false;
  let holder = '';
  await mkdir(dirname(path), { recursive: true }).catch((error) => {
    throw fileSystemError(error, path);
  });
  for (;;) {
    throwIfInterrupted(context.signal);
    try {
      const release = await lock(path, {
        realpath: false,
        stale: isGone(holder) ? staleWhenGoneMs : staleMs,
        update: refreshMs,
        onCompromised: () => {},
      });
      await writeFile(pidFile, `${process.pid}\n`).catch(() => {});
      return async () => {
        // While it is still ours: afterwards it may be the next one's.
        await rm(pidFile, { force: true }).catch(() => {});
        await release();
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw fileSystemError(error, path);
    }
    holder = (await readFile(pidFile, 'utf8').catch(() => '')).trim().slice(0, 20) || 'unknown';
    looks += 1;
    // Between taking a lock and saying whose it is there is a moment.
    if (!told && (holder !== 'unknown' || looks > 1)) {
      told = true;
      const text = `waiting for another lab3 (pid ${holder})`;
      if (note) note(text);
      else context.emit({ type: 'warning', text });
    }
    if (Date.now() > deadline) throw labError('CacheLocked', { name, pid: holder, path: `${path}.lock` });
    await sleep(pollMs, undefined, { signal: context.signal }).catch(() => {});
  }
}

/** Whether no process of this computer has the number. */
export function isGone(pid: string): boolean {
  if (!/^[1-9]\d*$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
