import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { cachePath, writeAtomic } from '../../cache.ts';
import type { Context } from '../../context.ts';
import { isGoneSince, processesWith, processInfo } from '../../host/process-info.ts';

/**
 * Which QEMU belongs to which lab3. A guest powers itself off when its lab3 is gone, but one that hangs cannot:
 * the next start ends it. A machine is announced by its token before it has a pid: a lab3 that is killed between the
 * two leaves a QEMU that waits for orders which never come.
 */
interface Entry {
  readonly token: string;
  readonly owner: number;
  readonly ownerStarted: string;
}

type Place = Pick<Context, 'cacheDir' | 'platform'>;

let ownStart: Promise<string> | undefined;

/** Before the start. A ledger that cannot be written must not keep a machine from starting. */
export async function announce(context: Place, token: string): Promise<void> {
  await write(context, announcedAs(token), token);
}

/** Instead of the announcement, once QEMU has started. */
export async function remember(context: Place, pid: number, token: string): Promise<void> {
  await write(context, String(pid), token);
  await withdraw(context, token);
}

/** Where no QEMU came of the announcement. */
export async function withdraw(context: Place, token: string): Promise<void> {
  await remove(context, announcedAs(token));
}

export async function forget(context: Place, pid: number): Promise<void> {
  await remove(context, String(pid));
}

/** Ends every QEMU of ours whose lab3 is no more; returns their pids. */
export async function endOrphans(context: Place): Promise<number[]> {
  const folder = cachePath(context, 'running');
  await mkdir(folder, { recursive: true }).catch(() => undefined);
  const names = await readdir(folder).catch(() => [] as string[]);
  const pids = names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number);
  const tokens = names.flatMap((name) => /^start-([0-9a-f]{16,})\.json$/.exec(name)?.[1] ?? []);
  const ended = await Promise.all([
    ...pids.map((pid) => endOrphan(context, pid)),
    ...tokens.map((token) => endAnnounced(context, token)),
    ...names.map((name) => removeHalfWritten(context, name)),
  ]);
  return ended.flat();
}

async function endOrphan(context: Place, pid: number): Promise<number[]> {
  const entry = await readEntry(context, String(pid));
  if (entry && (await isAlive(context, entry))) return [];
  // The token on its command line proves that the pid was not given to somebody else meanwhile.
  const qemu = await processInfo(context.platform, pid);
  const ours = entry !== undefined && qemu?.commandLine.includes(entry.token) === true;
  if (ours) kill(pid);
  await forget(context, pid);
  return ours ? [pid] : [];
}

async function endAnnounced(context: Place, token: string): Promise<number[]> {
  const entry = await readEntry(context, announcedAs(token));
  if (entry && (await isAlive(context, entry))) return [];
  const pids = entry?.token === token ? await processesWith(context.platform, token) : [];
  for (const pid of pids) kill(pid);
  await withdraw(context, token);
  return pids;
}

/** `NAME.json.PID-RANDOM.tmp` of a lab3 that was killed while it wrote. */
async function removeHalfWritten(context: Place, name: string): Promise<number[]> {
  const writer = /\.json\.(\d+)-[0-9a-f]+\.tmp$/.exec(name)?.[1];
  if (writer === undefined || !(await isGoneSince(context.platform, Number(writer), ''))) return [];
  await rm(cachePath(context, 'running', name), { force: true }).catch(() => undefined);
  return [];
}

async function isAlive(context: Place, { owner, ownerStarted }: Entry): Promise<boolean> {
  // This lab3 itself, which may have many.
  if (owner === process.pid && ownStart !== undefined && ownerStarted === (await ownStart)) return true;
  return !(await isGoneSince(context.platform, owner, ownerStarted));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile, or another user's.
  }
}

async function write(context: Place, name: string, token: string): Promise<void> {
  // Asking the system costs a second on Windows: once is enough.
  ownStart ??= processInfo(context.platform, process.pid).then((info) => info?.started ?? '');
  const entry: Entry = { token, owner: process.pid, ownerStarted: await ownStart };
  await writeAtomic(entryPath(context, name), JSON.stringify(entry)).catch(() => undefined);
}

async function remove(context: Place, name: string): Promise<void> {
  await rm(entryPath(context, name), { force: true }).catch(() => undefined);
}

async function readEntry(context: Place, name: string): Promise<Entry | undefined> {
  try {
    const entry = JSON.parse(await readFile(entryPath(context, name), 'utf8')) as Partial<Entry>;
    const { token, owner, ownerStarted } = entry;
    const whole = typeof token === 'string' && /^[0-9a-f]{16,}$/.test(token) && typeof owner === 'number';
    return whole && typeof ownerStarted === 'string' ? { token, owner, ownerStarted } : undefined;
  } catch {
    return undefined;
  }
}

const announcedAs = (token: string) => `start-${token}`;

function entryPath(context: Place, name: string): string {
  return cachePath(context, 'running', `${name}.json`);
}
