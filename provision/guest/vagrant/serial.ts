/** What a kernel that dies says on the machine's serial port: by then nothing comes over ssh any more. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Context } from '../../context.ts';
import { findProgram } from '../../host/programs.ts';
import { shellWord } from '../../shell-word.ts';
import { race } from '../commands.ts';
import { ConsoleRecorder } from '../console-log.ts';
import type { SerialPort } from './hypervisor.ts';

export interface LastWords {
  /** Why nothing of the port is known to be heard, where there is one; absent where it is. */
  readonly unheard?: string;
  /** What the port said after the last line that `log` has. */
  after(log: string): string;
  close(): void;
}

/** Connecting takes a busy computer seconds, and what a port says before it is lost. */
const [tries, patienceMs] = [8, 1_000];

/**
 * Listens until it is closed. Says nothing where the hypervisor or the box has no such port.
 *
 * @param say has the machine write a line to its port: listening has begun when that comes back
 */
export async function listen(
  context: Context,
  port: SerialPort | undefined,
  say: (line: string) => Promise<unknown>,
): Promise<LastWords> {
  const recorder = new ConsoleRecorder();
  const child = port === undefined ? undefined : await start(context, port);
  child?.stdout?.on('data', (chunk: Buffer) => recorder.write(chunk));
  const word = `lab3-serial ${randomBytes(8).toString('hex')}`;
  let unheard: string | undefined = `nothing came within ${(tries * patienceMs) / 1000} s`;
  const stop = () => void child?.kill();
  context.signal.addEventListener('abort', stop, { once: true });
  if (context.signal.aborted) stop();
  if (child !== undefined) {
    const gone = new Promise<string>((resolve) => child.on('close', () => resolve('the console ended')));
    const heard = recorder.watch((line) => line.includes(word));
    for (let at = 0; at < tries && !context.signal.aborted; at += 1) {
      await say(word);
      const outcome = await race(heard.found, gone, patienceMs);
      if (outcome.kind === 'late') continue;
      unheard = outcome.kind === 'ended' ? outcome.how : undefined;
      break;
    }
    heard.stop();
  }
  const lines = () =>
    recorder
      .snapshot()
      .text.split('\n')
      .filter((line) => !line.includes(word));
  return {
    ...(child === undefined || unheard === undefined ? {} : { unheard }),
    after: (log) => textAfter(lines().join('\n'), log),
    close: () => {
      context.signal.removeEventListener('abort', stop);
      stop();
    },
  };
}

/** `virsh console` demands a terminal, which `script` of util-linux gives it; on a pipe alone it would refuse. */
async function start(context: Context, { argv }: SerialPort): Promise<ChildProcess | undefined> {
  const script = await findProgram(context, 'script');
  if (script === undefined) return undefined;
  // The one option of `script` for a command is read by a shell.
  const command = argv.map(shellWord).join(' ');
  const child = spawn(script, ['-qfec', command, '/dev/null'], {
    env: context.env,
    // An input that ends would end the command.
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  return child;
}

/** How far back in a log a line is looked for that the port has too. */
const mostLines = 200;

/** The same messages go both ways, on one of them perhaps without their times; some are on one alone. */
export function textAfter(serial: string, log: string): string {
  const plain = (line: string) => line.replace(/^\[ *\d+\.\d+\] /, '').trimEnd();
  const lines = serial.replaceAll('\r', '').split('\n');
  const last = new Map(lines.map((line, index) => [plain(line), index]));
  for (const line of log.split('\n').slice(-mostLines).reverse()) {
    const at = plain(line) === '' ? undefined : last.get(plain(line));
    if (at !== undefined) return lines.slice(at + 1).join('\n');
  }
  return lines.join('\n');
}
