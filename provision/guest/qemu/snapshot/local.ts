/** Saved machines in the cache of this computer. */
import type { Architecture } from '../../../../lab/names.ts';
import type { Context } from '../../../context.ts';
import type { Qemu } from '../../../host/qemu.ts';
import { qemuPath } from '../paths.ts';
import { snapshotKey } from './key.ts';
import type { SavedStates } from './states.ts';
import { beginSnapshot, findSnapshot, pruneSnapshots, removeSnapshot } from './store.ts';
import { type StreamPlace, streamPlace } from './stream.ts';

/**
 * Elsewhere QEMU has no memory that is a file, or nobody has tried. Where a shell opens the state for it, one process cannot read
 * one and write another.
 */
const canMap = (platform: NodeJS.Platform, { env }: StreamPlace) =>
  platform === 'linux' && Object.keys(env).length === 0;

export function localStates(context: Context, qemu: Qemu, arch: Architecture): SavedStates {
  const placeOf = (path: string) => streamPlace(context.platform, arch, qemu, qemuPath(context, path));
  return {
    key: (machine) => snapshotKey(context, qemu, machine),
    find: async (key) => {
      const found = await findSnapshot(context, key);
      if (found === undefined || 'damaged' in found) return found;
      const place = placeOf(found.state);
      return place
        ? { id: found.id, place, memory: found.memory, console: found.console }
        : { damaged: 'this QEMU cannot have saved it' };
    },
    begin: async (key) => {
      const { state, memory, devices, publish, discard } = await beginSnapshot(context, key);
      const place = placeOf(devices);
      const apart = place && canMap(context.platform, place) ? { memory, place } : undefined;
      return { place: placeOf(state), apart, publish, discard };
    },
    remove: (key) => removeSnapshot(context, key),
    prune: () => pruneSnapshots(context),
  };
}
