/** The Docker engine that machines run in, and the image that has QEMU. */
import { createHash } from 'node:crypto';
import { type LabError, labError } from '../../../lab/errors.ts';
import type { Architecture } from '../../../lab/names.ts';
import { type Client, connect } from '../../builder/docker/client.ts';
import { describeSearch, findEngine } from '../../builder/docker/engine.ts';
import { baseObstacle, provideImage } from '../../builder/docker/image.ts';
import type { Context } from '../../context.ts';
import { packagedVersion, qemuPackages } from '../../host/qemu.ts';
import { providePackages } from '../../packages/provide.ts';

/** A search for the builder gives up sooner, since there are others; here nothing else may be left. */
const searchDeadlineMs = 5_000;

/** An engine with an image of QEMU for one architecture of guests. */
export interface MachineEngine {
  readonly client: Client;
  /** Debian's name of the architecture of the engine's computer. */
  readonly arch: Architecture;
  readonly image: string;
  /** QEMU's, e.g. `10.0.13`. */
  readonly version: string;
  /** What tells this engine, on its kernel, from any other. */
  readonly identity: string;
}

/** Throws `EngineMissing`, and what making an image throws. */
export async function provideEngine(
  context: Context,
  guestArch: Architecture,
  mirror?: string,
): Promise<MachineEngine> {
  const { client, arch } = await reach(context);
  const request = qemuPackages({ hostArch: arch }, guestArch, mirror);
  // Of Perl, in which the relay is written, the package that every Debian has.
  const debs = await providePackages(context, { ...request, names: [...request.names, 'perl-base'] });
  const image = await provideImage(context, client, { debs, arch, line: `qemu-${guestArch}-${arch}` });
  const version = packagedVersion(debs, guestArch) ?? '';
  return { client, arch, image, version, identity: await identityOf(client) };
}

/** Whether machines can run in an engine, or why not; changes nothing. */
export async function engineAvailable(context: Context): Promise<{ ok: boolean; reason: string }> {
  try {
    const { client } = await reach(context);
    const obstacle = await baseObstacle(context, client);
    if (obstacle !== undefined) return { ok: false, reason: obstacle };
    const { version, address, from } = client.engine;
    return { ok: true, reason: `Docker engine ${version} at ${address} (${from})` };
  } catch (error) {
    const { name, message, params } = error as LabError;
    return { ok: false, reason: name === 'EngineMissing' ? String(params.reason) : message };
  }
}

async function reach(context: Context): Promise<{ client: Client; arch: Architecture }> {
  const { platform, env } = context;
  const search = await findEngine({ platform, env, uid: process.getuid?.(), deadlineMs: searchDeadlineMs });
  const { engine } = search;
  if (engine === undefined)
    throw labError('EngineMissing', { reason: `no Docker engine answers: ${describeSearch(search)}` });
  if (engine.arch !== 'amd64' && engine.arch !== 'arm64')
    throw labError('EngineMissing', { reason: `the Docker engine's computer is of kind ${engine.arch}` });
  return { client: await connect(engine, context.signal), arch: engine.arch };
}

/** Its own name and its kernel's: with KVM the guest sees what that kernel lets it see. */
async function identityOf(client: Client): Promise<string> {
  const info = (await client.call('describe itself', client.docker.info())) as {
    ID?: string;
    Name?: string;
    KernelVersion?: string;
  };
  const parts = [info.ID ?? info.Name ?? client.engine.address, info.KernelVersion ?? ''];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
