import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isGone } from '../cache.ts';
import { powershell } from './environment.ts';

const run = promisify(execFile);

/** Enough to know a process again: a pid alone may meanwhile be somebody else's. */
export interface ProcessInfo {
  /** When it started, in the platform's own terms; only good for comparing. */
  readonly started: string;
  readonly commandLine: string;
}

/** The process with this pid, or undefined where there is none (or it is a zombie) or the platform does not say. */
export async function processInfo(platform: NodeJS.Platform, pid: number): Promise<ProcessInfo | undefined> {
  try {
    if (platform === 'linux') return await fromProc(pid);
    if (platform === 'win32') return await fromPowerShell(pid);
    return await fromPs(pid);
  } catch {
    return undefined;
  }
}

/**
 * Whether the process with this pid that had started then is gone. One that nobody can ask about is taken to be there:
 * what belongs to it is better left over than taken from it.
 *
 * @param started as `processInfo` said it; empty where it could not
 */
export async function isGoneSince(
  platform: NodeJS.Platform,
  pid: number,
  started: string,
  ask: typeof processInfo = processInfo,
): Promise<boolean> {
  // By a signal that does nothing, which costs no other program.
  if (isGone(String(pid))) return true;
  const info = await ask(platform, pid);
  // Linux always says; what it does not know is a zombie.
  if (info === undefined) return platform === 'linux';
  return started !== '' && info.started !== started;
}

/** The processes but this one with `word` (letters and digits) on their command lines; none where the platform does not say. */
export async function processesWith(platform: NodeJS.Platform, word: string): Promise<number[]> {
  if (!/^\w+$/.test(word)) throw new Error(`not a word: ${word}`);
  const pids = await pidsWith(platform, word).catch(() => []);
  return pids.filter((pid) => pid !== process.pid);
}

async function pidsWith(platform: NodeJS.Platform, word: string): Promise<number[]> {
  if (platform === 'linux') {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const infos = await Promise.all(pids.map((pid) => processInfo(platform, pid)));
    return pids.filter((_, at) => infos[at]?.commandLine.includes(word));
  }
  // What asks has the word on its own command line, where that is how it is told the word.
  if (platform === 'win32') {
    const query = `Get-CimInstance Win32_Process -Filter "CommandLine like '%${word}%'" | Where-Object ProcessId -ne $PID | ForEach-Object ProcessId`;
    return (await askPowerShell(query)).filter(Boolean).map(Number);
  }
  const { stdout } = await run('/bin/ps', ['-axww', '-o', 'pid=,command='], { timeout: 5000 });
  return stdout
    .split('\n')
    .filter((line) => line.includes(word))
    .map((line) => Number.parseInt(line, 10));
}

async function fromProc(pid: number): Promise<ProcessInfo | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is a name in brackets that may hold anything: count from its end (proc(5): 22 is starttime).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const commandLine = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  return { started: fields[19] ?? '', commandLine };
}

async function fromPs(pid: number): Promise<ProcessInfo | undefined> {
  // Two terminals may be in different time zones, and a laptop goes from one to the next.
  const options = { env: { ...process.env, LC_ALL: 'C', TZ: 'UTC0' }, timeout: 5000 };
  const { stdout } = await run('/bin/ps', ['-ww', '-o', 'lstart=,command=', '-p', String(pid)], options);
  // lstart is of fixed width: `Mon Nov 23 12:36:44 2026`.
  const line = stdout.trimEnd();
  return line === '' ? undefined : { started: line.slice(0, 24), commandLine: line.slice(25) };
}

async function fromPowerShell(pid: number): Promise<ProcessInfo | undefined> {
  const query = `$p = Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}'; if ($p) { $p.CreationDate.ToUniversalTime().Ticks; $p.CommandLine }`;
  const [started = '', ...commandLine] = await askPowerShell(query);
  return started === '' ? undefined : { started, commandLine: commandLine.join(' ') };
}

/** The lines that it answers. */
async function askPowerShell(query: string): Promise<string[]> {
  const words = ['-NoProfile', '-NonInteractive', '-Command', query];
  const { stdout } = await run(powershell(process.env), words, { timeout: 15_000, windowsHide: true });
  return stdout.split(/\r?\n/);
}
