import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
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

async function fromProc(pid: number): Promise<ProcessInfo | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is a name in brackets that may hold anything: count from its end (proc(5): 22 is starttime).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const commandLine = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  return { started: fields[19] ?? '', commandLine };
}

async function fromPs(pid: number): Promise<ProcessInfo | undefined> {
  const options = { env: { ...process.env, LC_ALL: 'C' }, timeout: 5000 };
  const { stdout } = await run('/bin/ps', ['-ww', '-o', 'lstart=,command=', '-p', String(pid)], options);
  // lstart is of fixed width: `Mon Nov 23 12:36:44 2026`.
  const line = stdout.trimEnd();
  return line === '' ? undefined : { started: line.slice(0, 24), commandLine: line.slice(25) };
}

async function fromPowerShell(pid: number): Promise<ProcessInfo | undefined> {
  const query = `$p = Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}'; if ($p) { $p.CreationDate.Ticks; $p.CommandLine }`;
  const { stdout } = await run(
    powershell(process.env),
    ['-NoProfile', '-NonInteractive', '-Command', query],
    {
      timeout: 15_000,
      windowsHide: true,
    },
  );
  const [started = '', ...commandLine] = stdout.split(/\r?\n/);
  return started === '' ? undefined : { started, commandLine: commandLine.join(' ') };
}
