/** QEMU in a container: no network, no capabilities, nothing of the host but what the archive call puts in. */
import { readFile } from 'node:fs/promises';
import { type Duplex, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container, ContainerCreateOptions } from 'dockerode';
import { labError } from '../../../lab/errors.ts';
import { statusOf } from '../../builder/docker/client.ts';
import { demultiplex, deviceMapping, makeContainer } from '../../builder/docker/container.ts';
import { machineLabel, ownerLabels } from '../../builder/docker/labels.ts';
import type { Context } from '../../context.ts';
import { packagedFirmware, programs } from '../../host/qemu.ts';
import { ConsoleRecorder } from '../console-log.ts';
import { type ChannelName, channelNames, type MachineSpec, qemuArguments } from '../qemu/machine.ts';
import type { QemuProcess } from '../qemu/process.ts';
import type { StreamPlace } from '../qemu/snapshot/stream.ts';
import type { MachineEngine } from './engine.ts';
import { drivePath, filesFolder, machineFiles, user } from './files.ts';
import { kvm, kvmAccess } from './kvm.ts';
import { Relay, silenceSeconds } from './relay.ts';

const archiveDeadlineMs = 300_000;
const killDeadlineMs = 10_000;
const inspectDeadlineMs = 3_000;
const removePollMs = 50;
const keptStderr = 4096;
const mebibyte = 2 ** 20;
/** For QEMU itself: an emulator's translated code, devices, the screen, what is on its way through the relay. */
const ownMemoryMiB = 1024;
const processes = 256;
/** Pictures of the screen. */
const temporaryMiB = 64;

/** Starts QEMU in a container of its own. Throws what the engine's calls throw; leaves no container when it does. */
export async function startInContainer(
  context: Context,
  engine: MachineEngine,
  machine: MachineSpec,
  place?: StreamPlace,
): Promise<QemuProcess> {
  const { call } = engine.client;
  const options = await containerOptions(context, engine, machine, place);
  const container = await makeContainer(engine.client, options);
  try {
    // Where the state is, the files are.
    const files = machineFiles(machine, place !== undefined && machine.incoming !== undefined);
    for (const { folder, archive } of files) {
      const putting = container.putArchive(Readable.from(await archive()), { path: folder });
      await call('take the files of a machine', putting, archiveDeadlineMs);
    }
    const attaching = container.attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    });
    const line = await call('show the output', attaching);
    const process = connectProcess(context, container, line as Duplex);
    await call('start the container', container.start());
    return process;
  } catch (error) {
    await removeContainer(container);
    throw error;
  }
}

function connectProcess(context: Context, container: Container, line: Duplex): QemuProcess {
  const relay = new Relay(line, channelNames.length);
  let stderr = '';
  demultiplex(line, (chunk, errors) => {
    if (!errors) return relay.receive(chunk);
    const text = Buffer.from(chunk).toString('utf8');
    stderr = (stderr + text).slice(-keptStderr);
    context.emit({ type: 'output', source: 'qemu', text: text.trimEnd() });
  }).catch(() => undefined);

  const channels = Object.fromEntries(
    channelNames.map((name, index) => [name, relay.channels[index]]),
  ) as QemuProcess['channels'];
  const recorder = new ConsoleRecorder((text) => context.emit({ type: 'output', source: 'console', text }));
  channels.console.on('data', (chunk: Buffer) => recorder.write(chunk));
  for (const name of channelNames) channels[name].on('error', () => undefined);

  const stop = () => {
    relay.close();
    // One that has stopped listening ends all the same.
    container.kill().catch(() => undefined);
  };
  context.signal.addEventListener('abort', stop, { once: true });
  if (context.signal.aborted) stop();
  let end: string | undefined;
  const ended = relay.ended.then(async ({ how }) => {
    context.signal.removeEventListener('abort', stop);
    const said = how ?? (await whyUnsaid(container));
    const lastLine = stderr.trim().split('\n').at(-1) ?? '';
    end = lastLine === '' ? said : `${said}, ${lastLine}`;
    return end;
  });
  let files = 0;
  return {
    channels,
    held: false,
    console: recorder,
    ended,
    end: () => end,
    written: async (write) => {
      files += 1;
      const path = `/tmp/file-${files}`;
      await write(path);
      return relay.file(path);
    },
    onThisComputer: false,
    kill: async () => {
      stop();
      await Promise.race([ended, sleep(killDeadlineMs, undefined, { ref: false })]);
      await removeContainer(container);
    },
  };
}

async function containerOptions(
  context: Context,
  engine: MachineEngine,
  machine: MachineSpec,
  place: StreamPlace | undefined,
): Promise<ContainerCreateOptions> {
  const restored = machine.incoming !== undefined;
  const access = machine.accelerator === 'kvm' ? await kvmAccess(context, engine) : undefined;
  if (access?.reason !== undefined)
    throw labError('GuestDidNotStart', { accelerator: 'kvm', reason: access.reason });
  const memory = (machine.memoryMiB + ownMemoryMiB) * mebibyte;
  const drives = machine.drives.length === 0 ? [] : [volume(drivePath, undefined, false)];
  return {
    Image: engine.image,
    Labels: { ...(await ownerLabels(context.platform)), ...machineLabel },
    Cmd: await command(machine),
    User: `${user}:${user}`,
    WorkingDir: '/tmp',
    NetworkDisabled: true,
    // The engine closes the relay's input when our connection ends, however it ends.
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      AutoRemove: true,
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': `rw,nosuid,nodev,noexec,mode=1777,size=${temporaryMiB * mebibyte}` },
      Mounts: [volume(filesFolder, place?.volume, restored), ...drives],
      Memory: memory,
      MemorySwap: memory,
      PidsLimit: processes,
      Ulimits: [{ Name: 'core', Soft: 0, Hard: 0 }],
      LogConfig: { Type: 'none', Config: {} },
      ...(access ? { Devices: [deviceMapping(kvm)], GroupAdd: access.groups } : {}),
    },
  };
}

/** Without a name, a volume that goes with the container. */
function volume(target: string, name: string | undefined, readOnly: boolean) {
  return {
    Type: 'volume' as const,
    Target: target,
    Source: name ?? '',
    ReadOnly: readOnly,
    VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } },
  };
}

async function command(machine: MachineSpec): Promise<string[]> {
  const inside: MachineSpec = {
    ...machine,
    kernelImage: `${filesFolder}/files/kernel`,
    initramfs: `${filesFolder}/files/initramfs`,
    firmware: machine.arch === 'arm64' ? `/${packagedFirmware}` : undefined,
    drives: machine.drives.map((drive, index) => ({ ...drive, path: `${drivePath}/files/${index}` })),
  };
  const chardev = (name: ChannelName) => `socket,id=${name},fd=${3 + channelNames.indexOf(name)}`;
  return [
    ...['perl', '-e', await readRelay(), String(channelNames.length), String(silenceSeconds)],
    ...[programs[machine.arch], '-L', '/usr/share/qemu', '-L', '/usr/share/seabios'],
    ...qemuArguments(inside, chardev),
  ];
}

/** Kept as a file, so that Perl can check it; from the sources and from the bundle it lies in different places. */
async function readRelay(): Promise<string> {
  for (const folder of ['./', '../provision/guest/container/']) {
    const text = await readFile(new URL(`${folder}relay.pl`, import.meta.url), 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  throw new Error('the installation is damaged: relay.pl is not in it');
}

/** Why a connection ended without the relay's last word. */
async function whyUnsaid(container: Container): Promise<string> {
  const inspected = container.inspect().then(
    ({ State }) => (State.OOMKilled ? 'out of memory in its container' : 'its container was stopped'),
    (error: unknown) =>
      statusOf(error) === 404 ? 'its container was removed' : 'the Docker engine no longer answers',
  );
  const late = sleep(inspectDeadlineMs, 'the Docker engine no longer answers', { ref: false });
  return Promise.race([inspected, late]);
}

/** Also after Ctrl-C, so with a deadline of its own. An engine that is gone takes it away when it comes back. */
async function removeContainer(container: Container): Promise<void> {
  const gone = (async () => {
    for (;;) {
      const status = await container.remove({ force: true, v: true }).then(() => 204, statusOf);
      // 409: the engine is at it already.
      if (status !== 409) return;
      await sleep(removePollMs);
    }
  })();
  await Promise.race([gone, sleep(killDeadlineMs, undefined, { ref: false })]);
}
