import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { labError } from '../../../lab/errors.ts';
import type { Context } from '../../context.ts';
import { within } from '../../deadline.ts';
import type { Qemu } from '../../host/qemu.ts';
import { makeWorkFolder, removeFolder } from '../../work-folder.ts';
import { ConsoleRecorder } from '../console-log.ts';
import { openChannels } from './channels.ts';
import { announce, forget, remember, withdraw } from './ledger.ts';
import { type ChannelName, channelNames, type MachineSpec, qemuArguments } from './machine.ts';
import { qemuPath } from './paths.ts';

const connectDeadlineMs = 15_000;
/** A process that the host's kernel holds on to must not hold us: the ledger knows it. */
const killDeadlineMs = 10_000;
const keptStderr = 4096;

/** A QEMU process with its channels connected. It ends with the context's signal. */
export interface QemuProcess {
  readonly channels: Readonly<Record<ChannelName, Duplex>>;
  /** The machine stands still until it is told over QMP to go on. */
  readonly held: boolean;
  readonly console: ConsoleRecorder;
  /** How it ended, in words, once it has and the console is read to its end. */
  readonly ended: Promise<string>;
  /** Set once `ended` has resolved. */
  readonly end: () => string | undefined;
  /** What QEMU writes to the path that `write` is told. */
  written(write: (path: string) => Promise<unknown>): Promise<Uint8Array>;
  /** Whether a port that QEMU opens on 127.0.0.1 is one of this computer. */
  readonly onThisComputer: boolean;
  /** Ends it at once; resolves when it is gone, or after 10 s at the latest. */
  kill(): Promise<void>;
}

/** Starts QEMU. Throws `GuestDidNotStart` when it cannot be started or ends before its channels are open. */
export async function startQemu(context: Context, qemu: Qemu, spec: MachineSpec): Promise<QemuProcess> {
  const channels = await openChannels(context, channelNames);
  const [program = '', ...prefix] = qemu.argv;
  const machine = qemuArguments(inCache(context, spec), channels.chardev);
  await announce(context, spec.token);
  const child = spawn(program, [...prefix, ...channels.arguments, ...machine], {
    // Where paths of the cache are seen from on Windows.
    ...(context.platform === 'win32' ? { cwd: context.cacheDir } : {}),
    env: { ...context.env, ...qemu.env },
    stdio: ['ignore', 'ignore', 'pipe', ...channels.stdio],
    windowsHide: true,
  });
  const place = spec.precedence?.enter();
  if (child.pid !== undefined) place?.take(child.pid);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-keptStderr);
    context.emit({ type: 'output', source: 'qemu', text: text.trimEnd() });
  });
  const howItEnded = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => {
      const how = signal ? `killed by ${signal}` : `exit status ${code}`;
      resolve(stderr.trim() === '' ? how : `${how}, ${lastLine(stderr)}`);
    });
  });
  if (place !== undefined) howItEnded.then(() => place.leave());
  const stop = () => void child.kill('SIGKILL');
  context.signal.addEventListener('abort', stop, { once: true });
  if (context.signal.aborted) stop();
  await (child.pid === undefined ? withdraw(context, spec.token) : remember(context, child.pid, spec.token));
  const tidied = howItEnded.then(async () => {
    context.signal.removeEventListener('abort', stop);
    if (child.pid !== undefined) await forget(context, child.pid);
  });

  try {
    const streams = await Promise.race([
      within(context.signal, connectDeadlineMs, (signal) => channels.attach(child, signal)),
      howItEnded.then((how) => Promise.reject(new Error(how))),
    ]);
    const recorder = new ConsoleRecorder((text) => context.emit({ type: 'output', source: 'console', text }));
    streams.console.on('data', (chunk: Buffer) => recorder.write(chunk));
    // A peer that went away is told by `ended`, not by an error on one of its streams.
    for (const name of channelNames) streams[name].on('error', () => undefined);
    let end: string | undefined;
    const ended = Promise.all([howItEnded, drained(streams.console, howItEnded), tidied]).then(([how]) => {
      end = how;
      return how;
    });
    return {
      channels: streams,
      held: channels.held,
      console: recorder,
      ended,
      end: () => end,
      written: (write) => writtenHere(context, write),
      onThisComputer: true,
      kill: async () => {
        stop();
        await Promise.race([ended, sleep(killDeadlineMs, undefined, { ref: false })]);
      },
    };
  } catch (error) {
    stop();
    await Promise.race([tidied, sleep(killDeadlineMs, undefined, { ref: false })]);
    if (context.signal.aborted) throw labError('Interrupted', undefined);
    const reason =
      error instanceof Error && error.name !== 'TimeoutError' ? error.message : 'QEMU did not connect';
    throw labError('GuestDidNotStart', { accelerator: spec.accelerator, reason });
  } finally {
    await channels.close();
  }
}

/** The same machine, its files named as this computer's QEMU reads them. */
function inCache(context: Context, spec: MachineSpec): MachineSpec {
  return {
    ...spec,
    kernelImage: qemuPath(context, spec.kernelImage),
    initramfs: qemuPath(context, spec.initramfs),
    drives: spec.drives.map((drive) => ({ ...drive, path: qemuPath(context, drive.path) })),
  };
}

async function writtenHere(context: Context, write: (path: string) => Promise<unknown>): Promise<Uint8Array> {
  const folder = await makeWorkFolder(context, 'screens');
  try {
    const file = join(folder, 'file');
    await write(qemuPath(context, file));
    return await readFile(file);
  } finally {
    await removeFolder(folder).catch(() => undefined);
  }
}

/** What the process wrote before it ended is still in the socket: read on, but not for ever. */
async function drained(stream: Duplex, ended: Promise<unknown>): Promise<void> {
  const closed = stream.closed
    ? Promise.resolve()
    : finished(stream, { writable: false }).catch(() => undefined);
  await Promise.race([closed, ended.then(() => sleep(2000))]);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
