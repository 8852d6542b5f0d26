import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { cachePath, writeAtomic } from '../../cache.ts';
import type { Context } from '../../context.ts';
import { processInfo } from '../../host/process-info.ts';

/**
 * Which QEMU belongs to which lab3. A guest powers itself off when its lab3 is gone, but one that hangs cannot:
 * the next start ends it.
 */
interface Entry {
  readonly token: string;
  readonly owner: number;
  readonly ownerStarted: string;
}

type Place = Pick<Context, 'cacheDir' | 'platform'>;

let ownStart: Promise<string> | undefined;

export async function remember(context: Place, pid: number, token: string): Promise<void> {
  // Asking the system costs a second on Windows: once is enough.
  ownStart ??= processInfo(context.platform, process.pid).then((info) => info?.started ?? '');
  const entry: Entry = { token, owner: process.pid, ownerStarted: await ownStart };
  // A ledger that cannot be written must not keep a machine from starting.
  await writeAtomic(entryPath(context, pid), JSON.stringify(entry)).catch(() => undefined);
}

export async function forget(context: Place, pid: number): Promise<void> {
  await rm(entryPath(context, pid), { force: true }).catch(() => undefined);
}

/** Ends every QEMU of ours whose lab3 is no more; returns their pids. */
export async function endOrphans(context: Place): Promise<number[]> {
  const folder = cachePath(context, 'running');
  await mkdir(folder, { recursive: true }).catch(() => undefined);
  const names = await readdir(folder).catch(() => [] as string[]);
  const pids = names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);
  const ended = await Promise.all(pids.map((pid) => endOrphan(context, pid)));
  return pids.filter((_, index) => ended[index]);
}

async function endOrphan(context: Place, pid: number): Promise<boolean> {
  const entry = await readEntry(context, pid);
  if (entry) {
    const owner = await processInfo(context.platform, entry.owner);
    if (owner && owner.started === entry.ownerStarted) return false;
  }
  // The token on its command line proves that the pid was not given to somebody else meanwhile.
  const qemu = await processInfo(context.platform, pid);
  const ours = entry !== undefined && qemu?.commandLine.includes(entry.token) === true;
  if (ours) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone meanwhile, or another user's.
    }
  }
  await forget(context, pid);
  return ours;
}

async function readEntry(context: Place, pid: number): Promise<Entry | undefined> {
  try {
    const entry = JSON.parse(await readFile(entryPath(context, pid), 'utf8')) as Partial<Entry>;
    const { token, owner, ownerStarted } = entry;
    const whole = typeof token === 'string' && /^[0-9a-f]{16,}$/.test(token) && typeof owner === 'number';
    return whole && typeof ownerStarted === 'string' ? { token, owner, ownerStarted } : undefined;
  } catch {
    return undefined;
  }
}

function entryPath(context: Place, pid: number): string {
  return cachePath(context, 'running', `${pid}.json`);
}
