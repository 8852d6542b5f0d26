/** One build in one container: no network, no capabilities, nothing writable but the work folder, then gone. */
import { Readable } from 'node:stream';
import type { Container, ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import { LabError } from '../../../lab/errors.ts';
import type { Context } from '../../context.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ModuleSource } from '../builder.ts';
import { buildFolder } from '../diagnostics.ts';
import {
  buildEnvironment,
  buildUser,
  type Compilation,
  limits,
  makeCommand,
  OutputKeeper,
  workFolder,
} from '../recipe.ts';
import { type Client, lost } from './client.ts';
import { ownerLabels } from './labels.ts';

const killDeadlineMs = 30_000;
const drainDeadlineMs = 5_000;
const pollDeadlineMs = 10_000;
const pollMs = 200;
const removeDeadlineMs = 20_000;

interface Job {
  readonly image: string;
  readonly source: ModuleSource;
  readonly kernel: Kernel;
  readonly timeLimitMs: number;
}

/** Leaves no container and no volume, however it ends. */
export async function compileInContainer(context: Context, client: Client, job: Job): Promise<Compilation> {
  const { image, source, kernel, timeLimitMs } = job;
  const started = performance.now();
  const { docker, call } = client;
  const options = containerOptions(image, source.name, kernel, await ownerLabels(context.platform));
  const container = await call('make a container', docker.createContainer(options));
  try {
    const archive = await packSource(source);
    await call('take the source', container.putArchive(archive, { path: workFolder }));
    const attached = await call(
      'show the output',
      container.attach({ stream: true, stdout: true, stderr: true }),
    );
    const output = new OutputKeeper();
    let end: Compilation['end'] = 'exited';
    const stop = (why: Compilation['end']) => {
      if (end !== 'exited') return;
      end = why;
      container.kill().catch(() => {});
    };
    const drained = demultiplex(attached, (chunk) => {
      output.add(chunk);
      if (output.floods) stop('floods');
    });
    // Its failure is seen where it is waited for, or the call before that failed already.
    drained.catch(() => {});
    await call('start the container', container.start());
    const timer = setTimeout(() => stop('too-slow'), timeLimitMs);
    let state: ContainerState;
    try {
      const ended = Promise.race([drained, container.wait()]);
      await call('wait for the build', ended, timeLimitMs + killDeadlineMs);
      state = await finalState(client, container, timeLimitMs);
    } finally {
      clearTimeout(timer);
    }
    await call('show the output', drained, drainDeadlineMs);
    const status = state.ExitCode;
    if (end === 'exited' && state.OOMKilled) end = 'out-of-memory';
    const file = `${buildFolder(source.name)}/${source.name}.ko`;
    const ko =
      status === 0 ? await receiveFile(client, () => container.getArchive({ path: file })) : undefined;
    return {
      builder: 'docker',
      status,
      output: output.text,
      end,
      timeLimitMs,
      ko,
      elapsedMs: performance.now() - started,
    };
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
  timeLimitMs: number,
): Promise<ContainerState> {
  const deadline = Date.now() + timeLimitMs + killDeadlineMs;
  for (;;) {
    const { State } = await client.call('look at the container', container.inspect(), pollDeadlineMs);
    if (!State.Running) return State;
    if (Date.now() > deadline) throw lost(client.engine, 'it does not end the container');
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function containerOptions(
  image: string,
  module: string,
  kernel: Kernel,
  labels: Record<string, string>,
): ContainerCreateOptions {
  return {
    Image: image,
    Labels: labels,
    Cmd: makeCommand(module, kernel),
    Env: Object.entries(buildEnvironment).map(([name, value]) => `${name}=${value}`),
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
    },
  };
}

async function packSource(source: ModuleSource): Promise<NodeJS.ReadableStream> {
  const { pack } = await import('tar-stream');
  const archive = pack();
  const owner = { uid: buildUser, gid: buildUser };
  const folders = new Set([source.name]);
  for (const name of source.files.keys()) {
    const parts = name.split('/').slice(0, -1);
    parts.forEach((_part, at) => {
      folders.add([source.name, ...parts.slice(0, at + 1)].join('/'));
    });
  }
  for (const name of [...folders].sort())
    archive.entry({ name: `${name}/`, type: 'directory', mode: 0o755, ...owner });
  for (const [name, content] of source.files) {
    archive.entry({ name: `${source.name}/${name}`, mode: 0o644, ...owner }, Buffer.from(content));
  }
  archive.finalize();
  return Readable.from(archive);
}

/** Without a terminal, output comes in frames: stream number, three zeros, length as 32 bits, bytes. */
function demultiplex(stream: NodeJS.ReadableStream, take: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest: Buffer = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (rest.length >= 8) {
        const length = rest.readUInt32BE(4);
        if (rest.length < 8 + length) break;
        take(rest.subarray(8, 8 + length));
        rest = rest.subarray(8 + length);
      }
    });
    stream.on('end', resolve);
    stream.on('close', resolve);
    stream.on('error', reject);
  });
}

/** The one regular file of an archive that the engine sends, or undefined. */
async function receiveFile(
  client: Client,
  get: () => Promise<NodeJS.ReadableStream>,
): Promise<Uint8Array | undefined> {
  let stream: NodeJS.ReadableStream;
  try {
    stream = await client.call('send the module', get());
  } catch (error) {
    if (error instanceof LabError && error.params.status === 404) return undefined;
    throw error;
  }
  const { extract } = await import('tar-stream');
  const archive = extract();
  const read = async (): Promise<Uint8Array | undefined> => {
    for await (const entry of archive) {
      if (entry.header.type !== 'file' || (entry.header.size ?? 0) > limits.koBytes) return undefined;
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
      return Buffer.concat(chunks);
    }
    return undefined;
  };
  stream.on('error', (error: Error) => archive.destroy(error));
  stream.pipe(archive);
  return client.call('send the module', read());
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
