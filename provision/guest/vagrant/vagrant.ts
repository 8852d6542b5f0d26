/** Vagrant as a program: what it is asked, and what it says for machines to read. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { labError } from '../../../lab/errors.ts';
import type { Context } from '../../context.ts';
import { inSystem32 } from '../../host/environment.ts';
import { findProgram } from '../../host/programs.ts';
import { failureOf } from './failures.ts';

/** Older ones have other words for the same failures. */
const oldest = [2, 2] as const;
const versionDeadlineMs = 120_000;
/** Vagrant waits for what it is at before it ends, which may be a machine that boots. */
const tidyDeadlineMs = 7_000;
const keptChars = 1024 * 1024;

/** A folder with a Vagrantfile, in which Vagrant keeps what it knows of the machine. */
export interface Place {
  readonly folder: string;
  /** What the Vagrantfile is told beside lab3.yaml. */
  readonly env: Readonly<Record<string, string>>;
}

/** One line of `--machine-readable`: the machine (empty for all), what it is, and its words. */
export interface Said {
  readonly target: string;
  readonly type: string;
  readonly data: readonly string[];
}

/** Throws `VagrantMissing` and `VagrantTooOld`. */
export async function findVagrant(context: Context): Promise<{ program: string; version: string }> {
  const { platform } = context;
  const program = await findProgram(context, 'vagrant');
  if (program === undefined) throw labError('VagrantMissing', { platform });
  const { output } = await run(context, program, ['--version'], {}, undefined, versionDeadlineMs);
  const version = /^Vagrant (\d+\.\d+\.\d+)/m.exec(output)?.[1];
  if (version === undefined)
    throw labError('VagrantFailed', { what: 'vagrant --version', reason: lastLine(output) });
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
    throw labError('VagrantTooOld', { version, oldest: oldest.join('.'), platform });
  return { program, version };
}

/** Runs a command of Vagrant; throws what its failure is called in the catalogue. */
export async function askVagrant(
  context: Context,
  program: string,
  place: Place,
  args: readonly string[],
  deadlineMs: number,
  onSaid: (said: Said) => void = () => undefined,
): Promise<Said[]> {
  const words = ['--machine-readable', ...args];
  const seen: Said[] = [];
  const take = (line: string) => {
    const said = parseSaid(line);
    if (said === undefined) return;
    seen.push(said);
    onSaid(said);
  };
  const ended = await run(context, program, words, place.env, place.folder, deadlineMs, take);
  if (context.signal.aborted) throw labError('Interrupted', undefined);
  const what = `vagrant ${args.join(' ')}`;
  if (ended.late)
    throw labError('VagrantFailed', { what, reason: `no end within ${Math.round(deadlineMs / 1000)} s` });
  if (ended.status !== 0) throw failureOf(context.platform, what, seen, lastLine(ended.output));
  return seen;
}

/** A comma and line ends within a word are written out. */
export function parseSaid(line: string): Said | undefined {
  const [time = '', target = '', type = '', ...data] = line.split(',');
  if (!/^\d+$/.test(time) || type === '') return undefined;
  const read = (word: string) =>
    word.replaceAll('%!(VAGRANT_COMMA)', ',').replaceAll('\\n', '\n').replaceAll('\\r', '\r');
  return { target, type, data: data.map(read) };
}

interface Ended {
  readonly status: number | undefined;
  readonly late: boolean;
  /** Standard output and standard error, the end of it. */
  readonly output: string;
}

/** The first interrupt lets Vagrant tidy up, but not for ever; a deadline that passes does not. */
function run(
  context: Context,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  folder: string | undefined,
  deadlineMs: number,
  onLine: (line: string) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      ...(folder === undefined ? {} : { cwd: folder }),
      env: {
        ...context.env,
        ...env,
        ...(folder === undefined ? {} : { VAGRANT_CWD: folder }),
        VAGRANT_CHECKPOINT_DISABLE: '1',
        VAGRANT_NO_COLOR: '1',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      // A group of its own: the terminal's Ctrl-C would reach it too, and a second one ends Vagrant without its tidying up.
      detached: context.platform !== 'win32',
    });
    let output = '';
    let late = false;
    let unkind: NodeJS.Timeout | undefined;
    const kill = () => {
      endAll(context, child, 'SIGKILL');
      // What it started may hold its output open for as long as it likes: that is not waited for.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const interrupt = () => {
      endAll(context, child, 'SIGINT');
      unkind = setTimeout(kill, tidyDeadlineMs);
    };
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, deadlineMs);
    const take = lines((line) => {
      output = `${output}${line}\n`.slice(-keptChars);
      context.emit({ type: 'output', source: 'vagrant', text: line });
      onLine(line);
    });
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    context.signal.addEventListener('abort', interrupt, { once: true });
    if (context.signal.aborted) interrupt();
    const end = (status: number | null) => {
      clearTimeout(timer);
      clearTimeout(unkind);
      context.signal.removeEventListener('abort', interrupt);
      resolve({ status: status ?? undefined, late, output });
    };
    child.on('error', (error) => {
      output += error.message;
      end(null);
    });
    child.on('close', end);
  });
}

/** The program and what it started: packages of Vagrant's makers come with a launcher that hands no signal on. */
function endAll({ platform, env }: Context, child: ChildProcess, signal: NodeJS.Signals): void {
  const { pid } = child;
  if (pid === undefined) return;
  try {
    if (platform === 'win32') {
      // No signal is there that a program could tidy up after.
      const taskkill = inSystem32(env, 'taskkill.exe');
      execFile(taskkill, ['/PID', String(pid), '/T', '/F'], { windowsHide: true }, () => child.kill());
    } else process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function lines(take: (line: string) => void): (text: string) => void {
  let partial = '';
  return (text) => {
    const parts = `${partial}${text}`.split('\n');
    partial = parts.pop() ?? '';
    for (const part of parts) take(part.replace(/\r$/, ''));
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.slice(0, 500) ?? '';
}
