/** The line to a machine of Vagrant: plain connections of the system's own ssh, no sockets and no sharing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { labError } from '../../../lab/errors.ts';
import type { Context } from '../../context.ts';
import { inSystem32 } from '../../host/environment.ts';
import { findProgram } from '../../host/programs.ts';
import { race } from '../commands.ts';
import type { ConsoleRecorder } from '../console-log.ts';
import { Agent, type Ready } from '../qemu/agent.ts';
import { KmsgReader } from './kmsg.ts';
import type { Payload } from './payload.ts';

const here = '/var/lib/lab3';
/** An emulated machine exchanges keys for seconds. */
const connectSeconds = 20;
const serveDeadlineMs = 90_000;
const keptStderr = 4096;
const killDeadlineMs = 5_000;

/** A folder in which `ssh-config` is what `vagrant ssh-config` said. */
export const configFile = (folder: string) => join(folder, 'ssh-config');

export interface Line {
  readonly agent: Agent;
  readonly ready: Ready;
  /** How a connection ended, in words, once one has. */
  readonly ended: Promise<string>;
  readonly end: () => string | undefined;
  close(): Promise<void>;
}

/**
 * Connects, brings what the machine is served by where it has not got it yet, and waits for the agent. Rejects with an
 * error that says what ssh or the machine said last.
 */
export async function openLine(
  context: Context,
  folder: string,
  payload: Payload,
  recorder: ConsoleRecorder,
): Promise<Line> {
  const control = await startSsh(context, folder, `sudo -n sh -c '${boot}'`);
  const children = [control];
  const close = async () => {
    for (const { child } of children) child.kill();
    await Promise.race([
      Promise.all(children.map(({ ended }) => ended)),
      sleep(killDeadlineMs, undefined, { ref: false }),
    ]);
  };
  try {
    const stream = Duplex.from({ readable: control.stdout, writable: control.stdin });
    // A connection that broke is told by `ended`.
    stream.on('error', () => undefined);
    const agent = new Agent(stream);
    stream.write(`${payload.sum} ${payload.content.length}\n`);
    const wants = (chunk: Buffer) => {
      if (!chunk.includes('lab3-want\n')) return;
      stream.off('data', wants);
      stream.write(payload.content);
    };
    stream.on('data', wants);
    const outcome = await race(agent.ready, control.ended, serveDeadlineMs);
    stream.off('data', wants);
    if (outcome.kind === 'ended') throw new Error(outcome.how);
    if (outcome.kind !== 'value')
      throw new Error(`it said nothing over ssh within ${serveDeadlineMs / 1000} s`);

    const log = await startLog(context, folder, recorder);
    children.push(log);
    let end: string | undefined;
    const ended = Promise.race([control.ended, log.ended]).then((how) => {
      end = how;
      return how;
    });
    return { agent, ready: outcome.value, ended, end: () => end, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Reads the sum and the size of what serves the machine, asks for it where it has another, and becomes it. In a place
 * that a restart leaves as it is: on /run no program may be. Without a quote, since it is quoted twice.
 */
const boot = [
  'read -r sum size',
  `if [ "$(cat ${here}/sum 2>/dev/null)" != "$sum" ]; then`,
  `rm -rf ${here} && mkdir -p ${here}/bin && echo lab3-want`,
  `head -c "$size" | tar -xf - -C ${here} && ${here}/busybox --install -s ${here}/bin && echo "$sum" >${here}/sum || exit 1`,
  'fi',
  `exec unshare -m ${here}/busybox sh ${here}/box.sh serve`,
].join('\n');

async function startLog(context: Context, folder: string, recorder: ConsoleRecorder): Promise<Ssh> {
  const word = randomBytes(8).toString('hex');
  const log = await startSsh(context, folder, `sudo -n ${here}/busybox sh ${here}/box.sh log ${word}`);
  let begun = () => {};
  const beginning = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const reader = new KmsgReader(`lab3-guest: log follows ${word}`, (text) => recorder.write(text), begun);
  log.stdout.on('data', (chunk: Buffer) => reader.read(chunk));
  const outcome = await race(beginning, log.ended, serveDeadlineMs);
  if (outcome.kind === 'value') return log;
  log.child.kill();
  throw new Error(outcome.kind === 'ended' ? outcome.how : "its kernel's log did not begin");
}

/** A terminal of the machine with a shell in it. */
export async function openTerminal(
  context: Context,
  folder: string,
  { rows, columns }: { rows: number; columns: number },
): Promise<Duplex> {
  const command = `sudo -n ${here}/busybox sh ${here}/box.sh shell ${rows | 0} ${columns | 0}`;
  const ssh = await startSsh(context, folder, command, ['-tt']);
  const stream = Duplex.from({ readable: ssh.stdout, writable: ssh.stdin });
  stream.on('error', () => undefined);
  stream.on('close', () => void ssh.child.kill());
  return stream;
}

export interface Ssh {
  readonly child: ChildProcess;
  readonly stdin: NonNullable<ChildProcess['stdin']>;
  readonly stdout: NonNullable<ChildProcess['stdout']>;
  readonly ended: Promise<string>;
}

/** Throws `SshMissing`. */
export async function findSsh(context: Pick<Context, 'platform' | 'env'>): Promise<string> {
  const { platform, env } = context;
  const windows = platform === 'win32' ? [inSystem32(env, 'OpenSSH')] : [];
  const program = await findProgram(context, 'ssh', windows);
  if (program === undefined) throw labError('SshMissing', { platform });
  return program;
}

/** Ends with the context's signal. */
async function startSsh(
  context: Context,
  folder: string,
  command: string,
  more: readonly string[] = ['-T'],
): Promise<Ssh> {
  const program = await findSsh(context);
  const options = [
    'BatchMode=yes',
    `ConnectTimeout=${connectSeconds}`,
    'ControlPath=none',
    'LogLevel=ERROR',
    // Ends by itself where the machine is dead and nobody is left to end it.
    'ServerAliveInterval=30',
    'ServerAliveCountMax=4',
  ];
  const args = ['-F', configFile(folder), ...options.flatMap((option) => ['-o', option]), ...more];
  const child = spawn(program, [...args, 'default', command], {
    env: context.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-keptStderr);
    context.emit({ type: 'output', source: 'vagrant', text: text.trimEnd() });
  });
  child.stdin.on('error', () => undefined);
  const stop = () => void child.kill();
  context.signal.addEventListener('abort', stop, { once: true });
  if (context.signal.aborted) stop();
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      context.signal.removeEventListener('abort', stop);
      const how = `ssh ended, ${signal ? `killed by ${signal}` : `exit status ${code}`}`;
      const last = stderr.trim().split('\n').at(-1) ?? '';
      resolve(last === '' ? how : `${how}, ${last}`);
    });
  });
  return { child, stdin: child.stdin, stdout: child.stdout, ended };
}
