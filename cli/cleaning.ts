/** Finds and removes what lab3 has left on this computer: machines, containers, images, the cache. */
import { lstat, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError, labError } from '../lab/errors.ts';
import { type Step, step } from '../lab/events.ts';
import { throwIfInterrupted } from '../provision/cache.ts';
import type { Context } from '../provision/context.ts';
import { removeFolder } from '../provision/work-folder.ts';
import { cacheState, markerName } from './context.ts';

export interface Leftover {
  readonly kind: 'machine' | 'container' | 'volume' | 'image' | 'cache';
  /** Id, tag or path. */
  readonly name: string;
  readonly bytes: number;
  /** What `removeAll` shows while it works. */
  remove(shown: Step): Promise<void>;
}

/** A lock that nobody has refreshed for so long belongs to a process that is gone; see provision/cache.ts. */
const lockStaleMs = 10_000;

/** Throws `CacheNotOurs` for a folder that is somebody else's, `CacheLocked` while another lab3 works in it. */
export async function findLeftovers(context: Context): Promise<Leftover[]> {
  const [engine, cache, machine] = await Promise.all([
    findInEngine(context),
    findCache(context),
    findMachine(context),
  ]);
  return [...machine, ...engine, ...cache];
}

export async function removeAll(context: Context, found: readonly Leftover[]): Promise<void> {
  const { endOrphans } = await import('../provision/guest/qemu/ledger.ts');
  if (found.some(({ kind }) => kind === 'cache')) await endOrphans(context);
  let stays: LabError | undefined;
  for (const leftover of found) {
    throwIfInterrupted(context.signal);
    const { kind, name } = leftover;
    // Without Vagrant its machine cannot be removed, and what Vagrant knows of it has to stay; all else goes.
    if (kind === 'cache' && stays !== undefined) {
      await step(context.emit, `Removing ${kind} ${name}, all but vagrant`, (shown) =>
        emptyCache(name, context.signal, shown, ['vagrant']),
      );
      continue;
    }
    await step(context.emit, `Removing ${kind} ${name}`, (shown) => leftover.remove(shown)).catch(
      (error: unknown) => {
        if (kind !== 'machine' || !(error instanceof LabError) || error.fault === 'interrupted') throw error;
        stays = error;
      },
    );
  }
  if (stays !== undefined)
    throw labError(
      'MachineStays',
      { folder: join(context.cacheDir, 'vagrant'), reason: stays.message },
      { cause: stays },
    );
}

/** What Vagrant knows of its machine is in the cache: without that nobody could remove it any more. */
async function findMachine(context: Context): Promise<Leftover[]> {
  const { destroyMachine, hasMachine } = await import('../provision/guest/vagrant/machine.ts');
  if (!(await hasMachine(context))) return [];
  const remove = (shown: Step) => destroyMachine({ ...context, emit: shown.emit }, shown);
  return [{ kind: 'machine', name: 'of Vagrant', bytes: 0, remove }];
}

// ------------------------------------------------------------------------------------------------------- the cache

async function findCache(context: Context): Promise<Leftover[]> {
  const folder = context.cacheDir;
  const state = await cacheState(folder);
  if (state === 'foreign') throw labError('CacheNotOurs', { path: folder });
  if (state === 'missing' || state === 'empty') return [];
  await refuseInUse(folder);
  const bytes = await diskUsage(folder, context.signal);
  return [
    { kind: 'cache', name: folder, bytes, remove: (shown) => removeCache(folder, context.signal, shown) },
  ];
}

/** Taking files from under another lab3 would make it fail in ways that nobody understands. */
async function refuseInUse(folder: string): Promise<void> {
  const locks = join(folder, 'locks');
  for (const name of await readdir(locks).catch(() => [])) {
    if (!name.endsWith('.lock')) continue;
    const path = join(locks, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs > lockStaleMs) continue;
    const lock = name.slice(0, -'.lock'.length);
    const pid = (await readFile(join(locks, `${lock}.pid`), 'utf8').catch(() => 'unknown')).trim();
    throw labError('CacheLocked', { name: lock, pid, path });
  }
}

/** Bytes on the disk below a folder. What vanishes meanwhile counts nothing. */
export async function diskUsage(folder: string, signal: AbortSignal): Promise<number> {
  const seen = new Set<number>();
  let sum = 0;
  const open = [folder];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    throwIfInterrupted(signal);
    const below = at;
    const entries = await readdir(below).catch(() => []);
    const found = await Promise.all(entries.map((name) => lstat(join(below, name)).catch(() => undefined)));
    for (const [at, stats] of found.entries()) {
      if (stats === undefined) continue;
      if (stats.isDirectory()) open.push(join(below, entries[at] ?? ''));
      // A file with two names takes its room once.
      if (stats.nlink > 1 && !stats.isDirectory()) {
        if (seen.has(stats.ino)) continue;
        seen.add(stats.ino);
      }
      // Windows knows no blocks.
      sum += stats.blocks > 0 ? stats.blocks * 512 : stats.size;
    }
  }
  return sum;
}

/** Empties a cache folder that is known to be ours, then removes it. */
async function removeCache(folder: string, signal: AbortSignal, shown: Step): Promise<void> {
  await emptyCache(folder, signal, shown);
  // The marker goes last, so that a clean-up that was cut short can be taken up again.
  await rm(join(folder, markerName), { force: true });
  // Another lab3 may have begun to fill it again: then it stays.
  await rmdir(folder).catch(() => undefined);
}

async function emptyCache(
  folder: string,
  signal: AbortSignal,
  shown: Step,
  keep: readonly string[] = [],
): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name !== markerName && !keep.includes(name));
  for (const [at, name] of names.entries()) {
    throwIfInterrupted(signal);
    await removeFolder(join(folder, name));
    shown.progress(at + 1, 'files', names.length);
  }
}

// ----------------------------------------------------------------------------------------------- the Docker engine

/** Nothing where no engine answers: then there is nothing of ours in it that anybody could remove. */
async function findInEngine(context: Context): Promise<Leftover[]> {
  const { findEngine } = await import('../provision/builder/docker/engine.ts');
  const { platform, env, signal } = context;
  const { engine } = await findEngine({ platform, env, uid: process.getuid?.() });
  // Where DOCKER_HOST names an engine, that one is meant, and nothing is removed from another.
  if (engine === undefined || (env.DOCKER_HOST && engine.from !== 'DOCKER_HOST')) return [];
  const { connect } = await import('../provision/builder/docker/client.ts');
  const { isOrphan, listVolumes, mark } = await import('../provision/builder/docker/labels.ts');
  try {
    const { docker, call } = await connect(engine, signal);
    const filters = { label: [mark] };
    const found: Leftover[] = [];
    const containers = await call('list containers', docker.listContainers({ all: true, filters }));
    for (const { Id, Names, Labels, State } of containers) {
      // An engine may be shared: a container at work belongs to somebody who waits for it.
      if (State === 'running' && !(await isOrphan(Labels, platform))) continue;
      const remove = () =>
        call('remove a container', docker.getContainer(Id).remove({ force: true, v: true }));
      const name = Names[0]?.replace(/^\//, '') ?? Id.slice(0, 12);
      found.push({ kind: 'container', name, bytes: 0, remove: gone(remove) });
    }
    for (const { Name, inUse } of await listVolumes({ docker, call })) {
      if (inUse) continue;
      const remove = () => call('remove a volume', docker.getVolume(Name).remove());
      found.push({ kind: 'volume', name: Name, bytes: 0, remove: gone(remove) });
    }
    for (const { Id, RepoTags, Size } of await call('list images', docker.listImages({ filters }))) {
      const remove = () => call('remove an image', docker.getImage(Id).remove({ force: true }));
      const name = RepoTags?.find((tag) => tag !== '<none>:<none>') ?? Id.replace('sha256:', '').slice(0, 12);
      found.push({ kind: 'image', name, bytes: Size, remove: gone(remove) });
    }
    return found;
  } catch (error) {
    if (!(error instanceof LabError) || error.fault === 'interrupted') throw error;
    context.emit({
      type: 'warning',
      text: `${error.message} Containers, volumes and images were not looked at.`,
    });
    return [];
  }
}

/** What somebody else has removed meanwhile is removed. */
function gone(remove: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    try {
      await remove();
    } catch (error) {
      if (!(error instanceof LabError) || error.params.status !== 404) throw error;
    }
  };
}
