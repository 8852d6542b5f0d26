/** One run in one container: no network, no capabilities, nothing writable but the work folder, then gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import type { Context } from '../../context.ts';
import { buildUser, type Compilation, workFolder } from '../recipe.ts';
import { type Client, lost } from './client.ts';
import { ownerLabels } from './labels.ts';

const killDeadlineMs = 30_000;
const drainDeadlineMs = 5_000;
const pollDeadlineMs = 10_000;
const pollMs = 200;
const removeDeadlineMs = 20_000;
/** After Ctrl-C, for what the engine is still at. */
const lateDeadlineMs = 3_000;

/** One run in one container. */
export interface ContainerJob {
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: {
    readonly milliseconds: number;
    readonly memoryBytes: number;
    readonly processes: number;
    readonly fileBytes: number;
  };
  /** Devices of the engine's host, by their paths. */
  readonly devices?: readonly string[];
  /** A tar archive to unpack in the work folder before the start. */
  readonly archive: NodeJS.ReadableStream;
  /** What putting it there may take, in milliseconds; as any call by default. */
  readonly archiveDeadlineMs?: number;
  /** Standard output and error as they come; `floods` ends the run. */
  take(chunk: Uint8Array): 'floods' | undefined;
}

export interface ContainerEnd<T> {
  readonly status: number;
  readonly end: Compilation['end'];
  /** What `collect` made of the container when its status was 0. */
  readonly collected: T | undefined;
}

/** Throws what a call throws. A container that the engine makes after that is removed again. */
export async function makeContainer(
  { docker, call }: Pick<Client, 'docker' | 'call'>,
  options: ContainerCreateOptions,
): Promise<Container> {
  const making = docker.createContainer(options);
  try {
    return await call('make a container', making);
  } catch (error) {
    const removed = making.then(removeContainer, () => undefined);
    await Promise.race([removed, sleep(lateDeadlineMs, undefined, { ref: false })]);
    throw error;
  }
}

/** Leaves no container and no volume, however it ends. */
export async function runInContainer<T>(
  context: Context,
  client: Client,
  job: ContainerJob,
  collect: (container: Container) => Promise<T>,
): Promise<ContainerEnd<T>> {
  const { call } = client;
  const timeLimitMs = job.limits.milliseconds;
  const options = containerOptions(job, await ownerLabels(context.platform));
  const container = await makeContainer(client, options);
  try {
    const putting = container.putArchive(job.archive, { path: workFolder });
    await call('take the source', putting, job.archiveDeadlineMs);
    const attached = await call(
      'show the output',
      container.attach({ stream: true, stdout: true, stderr: true }),
    );
    let end: Compilation['end'] = 'exited';
    const stop = (why: Compilation['end']) => {
      if (end !== 'exited') return;
      end = why;
      container.kill().catch(() => {});
    };
    const drained = demultiplex(attached, (chunk) => {
      if (job.take(chunk) === 'floods') stop('floods');
    });
    // Its failure is seen where it is waited for, or the call before that failed already.
    drained.catch(() => {});
    await call('start the container', container.start());
    const timer = setTimeout(() => stop('too-slow'), timeLimitMs);
    let state: ContainerState;
    try {
      const exited = container.wait().catch(() => {});
      await call('wait for the build', Promise.race([drained, exited]), timeLimitMs + killDeadlineMs);
      state = await finalState(client, container, exited, timeLimitMs);
    } finally {
      clearTimeout(timer);
    }
    await call('show the output', drained, drainDeadlineMs);
    const status = state.ExitCode;
    if (end === 'exited' && state.OOMKilled) end = 'out-of-memory';
    return { status, end, collected: status === 0 ? await collect(container) : undefined };
  } finally {
    await removeContainer(container);
  }
}

type ContainerState = ContainerInspectInfo['State'];

/**
 * The end of the output is the end of the build, or of the connection: only the engine's answer to a new question
 * tells them apart. An engine that dies leaves an open wait unanswered for ever.
 */
async function finalState(
  client: Client,
  container: Container,
  exited: Promise<unknown>,
  timeLimitMs: number,
): Promise<ContainerState> {
  const deadline = Date.now() + timeLimitMs + killDeadlineMs;
  // The output ends a little before the container does.
  await Promise.race([exited, sleep(pollMs)]);
  for (;;) {
    const { State } = await client.call('look at the container', container.inspect(), pollDeadlineMs);
    if (!State.Running) return State;
    if (Date.now() > deadline) throw lost(client.engine, 'it does not end the container');
    await sleep(pollMs);
  }
}

function containerOptions(
  { image, command, env, limits, devices = [] }: ContainerJob,
  labels: Record<string, string>,
): ContainerCreateOptions {
  return {
    Image: image,
    Labels: labels,
    Cmd: [...command],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    User: `${buildUser}:${buildUser}`,
    WorkingDir: workFolder,
    NetworkDisabled: true,
    // An anonymous volume is what the archive calls reach while the root is read only; it goes with the container.
    Volumes: { [workFolder]: {} },
    HostConfig: {
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': `rw,nosuid,nodev,noexec,mode=1777,size=${limits.memoryBytes / 4}` },
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      PidsLimit: limits.processes,
      Ulimits: [
        { Name: 'core', Soft: 0, Hard: 0 },
        { Name: 'fsize', Soft: limits.fileBytes, Hard: limits.fileBytes },
      ],
      LogConfig: { Type: 'none', Config: {} },
      Devices: devices.map(deviceMapping),
    },
  };
}

export const deviceMapping = (path: string) => ({
  PathOnHost: path,
  PathInContainer: path,
  CgroupPermissions: 'rw',
});

/**
 * Without a terminal, output comes in frames: stream number, three zeros, length as 32 bits, bytes.
 *
 * @param take `errors` says that the bytes are of the standard error
 */
export function demultiplex(
  stream: NodeJS.ReadableStream,
  take: (chunk: Uint8Array, errors: boolean) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest: Buffer = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (rest.length >= 8) {
        const length = rest.readUInt32BE(4);
        if (rest.length < 8 + length) break;
        take(rest.subarray(8, 8 + length), rest[0] === 2);
        rest = rest.subarray(8 + length);
      }
    });
    stream.on('end', resolve);
    stream.on('close', resolve);
    stream.on('error', reject);
  });
}

/** Also after Ctrl-C, so not through `call`, which would not wait any more. */
async function removeContainer(container: Container): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, removeDeadlineMs);
  });
  // An engine that is gone took the container with it, or leaves it to the search for leftovers.
  const removed = container.remove({ force: true, v: true }).catch(() => {});
  await Promise.race([removed, late]);
  clearTimeout(timer);
}
