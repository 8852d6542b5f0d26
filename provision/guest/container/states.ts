/**
 * Saved machines in a Docker engine: each in a volume of its own with kernel and initramfs, so that taking one up sends
 * nothing. Which volume belongs to which machine stands in the cache of this computer: a volume that is not named there
 * is half done, or forgotten.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { LabError } from '../../../lab/errors.ts';
import { isOrphan, listVolumes, ownerLabels } from '../../builder/docker/labels.ts';
import { cachePath, writeAtomic } from '../../cache.ts';
import type { Context } from '../../context.ts';
import { snapshotKey } from '../qemu/snapshot/key.ts';
import type { SavedStates } from '../qemu/snapshot/states.ts';
import type { StreamPlace } from '../qemu/snapshot/stream.ts';
import type { MachineEngine } from './engine.ts';
import { filesFolder } from './files.ts';

/** Changes when what lies in a volume is to be read in another way. */
const format = 1;
/** About 100 MB each. */
const mostStates = 8;
const unusedMs = 30 * 24 * 3600_000;
const stateUri = `file:${filesFolder}/files/state`;
const folderName = 'container-machines';

interface Description {
  readonly volume: string;
  readonly engine: string;
  readonly console: string;
}

type Box = Pick<MachineEngine, 'client' | 'identity' | 'image' | 'version'>;

export function volumeStates(context: Context, engine: Box): SavedStates {
  const { docker, call } = engine.client;
  const pathOf = (key: string) => cachePath(context, folderName, `${key}.json`);
  const removeVolume = (name: string) =>
    docker
      .getVolume(name)
      .remove()
      .catch(() => undefined);

  const remove = async (key: string) => {
    const known = await read(pathOf(key));
    await rm(pathOf(key), { force: true }).catch(() => undefined);
    if (known) await removeVolume(known.volume);
  };

  return {
    key: async (machine) => {
      const qemu = { argv: [engine.image], env: {}, version: engine.version, source: 'packages' as const };
      const parts = [format, engine.identity, await snapshotKey(context, qemu, machine)];
      return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
    },

    find: async (key) => {
      const known = await read(pathOf(key));
      if (known === undefined) return undefined;
      try {
        await call('look at a volume', docker.getVolume(known.volume).inspect());
      } catch (error) {
        if (!(error instanceof LabError) || error.params.status !== 404) throw error;
        return { damaged: 'its volume is gone' };
      }
      const now = new Date();
      await utimes(pathOf(key), now, now).catch(() => undefined);
      return { id: known.volume, place: placeOn(known.volume), console: known.console };
    },

    begin: async (key) => {
      const volume = `lab3-machine-${key.slice(0, 8)}-${randomBytes(6).toString('hex')}`;
      const labels = { ...(await ownerLabels(context.platform)), ...volumeLabels(context) };
      await call('make a volume', docker.createVolume({ Name: volume, Labels: labels }));
      let published = false;
      return {
        place: placeOn(volume),
        publish: async (console) => {
          const description: Description = { volume, engine: engine.identity, console };
          await writeAtomic(pathOf(key), `${JSON.stringify(description)}\n`);
          published = true;
        },
        // One that its machine still uses stays until it is found again.
        discard: async () => void (published || (await removeVolume(volume))),
      };
    },

    remove,

    prune: async () => {
      const names = await readdir(cachePath(context, folderName)).catch(() => [] as string[]);
      const keys = names.flatMap((name) => /^([0-9a-f]{32})\.json$/.exec(name)?.[1] ?? []);
      const used = await Promise.all(
        keys.map(async (key) => ({
          key,
          at: (await stat(pathOf(key)).catch(() => undefined))?.mtimeMs ?? 0,
        })),
      );
      for (const [index, { key, at }] of used.sort((a, b) => b.at - a.at).entries())
        if (index >= mostStates || (index > 0 && Date.now() - at > unusedMs)) await remove(key);
      await removeForgotten(context, engine, removeVolume);
    },
  };
}

/** Volumes of this cache that nothing names and nobody makes any more, and anybody's that are old. */
async function removeForgotten(
  context: Context,
  { client }: Box,
  removeVolume: (name: string) => Promise<unknown>,
): Promise<void> {
  const folder = cachePath(context, folderName);
  const names = await readdir(folder).catch(() => [] as string[]);
  const known = await Promise.all(names.map((name) => read(cachePath(context, folderName, name))));
  const named = new Set(known.map((one) => one?.volume));
  const own = volumeLabels(context)['lab3.cache'];
  for (const { Name, Labels, createdMs, inUse } of await listVolumes(client)) {
    if (inUse || named.has(Name) || Labels['lab3.cache'] === undefined) continue;
    const old = Date.now() - createdMs > unusedMs;
    if (old || (Labels['lab3.cache'] === own && (await isOrphan(Labels, context.platform))))
      await removeVolume(Name);
  }
}

/** An engine may serve several computers and several caches of each. */
function volumeLabels({ cacheDir }: Pick<Context, 'cacheDir'>): Record<'lab3.cache', string> {
  const cache = createHash('sha256').update(`${hostname()}\n${cacheDir}`).digest('hex').slice(0, 16);
  return { 'lab3.cache': cache };
}

function placeOn(volume: string): StreamPlace {
  return { outgoing: stateUri, incoming: stateUri, env: {}, volume };
}

async function read(path: string): Promise<Description | undefined> {
  try {
    const { volume, engine, console } = JSON.parse(await readFile(path, 'utf8')) as Partial<Description>;
    const whole = typeof volume === 'string' && typeof engine === 'string' && typeof console === 'string';
    return whole ? { volume, engine, console } : undefined;
  } catch {
    return undefined;
  }
}
