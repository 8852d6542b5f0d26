/** Whether a container without rights may open the engine's KVM. */
import { Readable } from 'node:stream';
import { LabError } from '../../../lab/errors.ts';
import { runInContainer } from '../../builder/docker/container.ts';
import { limits } from '../../builder/recipe.ts';
import type { Context } from '../../context.ts';
import type { MachineEngine } from './engine.ts';

export const kvm = '/dev/kvm';

export interface KvmAccess {
  /** Why it cannot be had. */
  readonly reason?: string;
  /** Groups of the engine's computer that a container needs for it, by number. */
  readonly groups: string[];
}

const known = new Map<string, Promise<KvmAccess>>();

/** Asks the engine once in a process: a container looks at the device, since only there it can be seen. */
export function kvmAccess(context: Context, engine: MachineEngine): Promise<KvmAccess> {
  let access = known.get(engine.identity);
  if (access === undefined) {
    access = look(context, engine);
    known.set(engine.identity, access);
    access.catch(() => known.delete(engine.identity));
  }
  return access;
}

async function look(context: Context, engine: MachineEngine): Promise<KvmAccess> {
  const { pack } = (await import('tar-stream')).default;
  const nothing = pack();
  nothing.finalize();
  let said = '';
  try {
    await runInContainer(
      context,
      engine.client,
      {
        image: engine.image,
        command: ['perl', '-e', `print join " ", (stat "${kvm}")[2, 5]`],
        env: {},
        limits: { ...limits, milliseconds: 10_000 },
        devices: [kvm],
        archive: Readable.from(nothing),
        take: (chunk) => {
          said += Buffer.from(chunk).toString('latin1');
          return undefined;
        },
      },
      async () => undefined,
    );
  } catch (error) {
    if (!(error instanceof LabError) || error.name !== 'DockerRefused') throw error;
    const reason = String(error.params.reason);
    return {
      reason: reason.includes(kvm) ? `the Docker engine's computer has no ${kvm}` : reason,
      groups: [],
    };
  }
  return accessOf(said);
}

/** @param said mode and group of the device, as stat has them */
export function accessOf(said: string): KvmAccess {
  const [, mode, group] = /^(\d+) (\d+)$/.exec(said.trim()) ?? [];
  if (mode === undefined || group === undefined)
    return { reason: `${kvm} of the Docker engine's computer cannot be looked at`, groups: [] };
  const permissions = Number(mode);
  if ((permissions & 0o006) === 0o006) return { groups: [] };
  if ((permissions & 0o060) === 0o060) return { groups: [group] };
  return { reason: `${kvm} of the Docker engine's computer is for its owner alone`, groups: [] };
}
