import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
const deadlineMs = 5_000;

/**
 * Bytes that programs may still take. What Node calls free is without the caches that Linux and macOS would give back: on
 * macOS next to nothing.
 */
export async function freeMemory(platform: NodeJS.Platform): Promise<number> {
  if (platform === 'linux')
    return fromMeminfo(await readFile('/proc/meminfo', 'utf8').catch(() => '')) ?? freemem();
  if (platform !== 'darwin') return freemem();
  const said = await run('/usr/bin/vm_stat', [], { timeout: deadlineMs }).catch(() => ({ stdout: '' }));
  return fromVmStat(said.stdout) ?? freemem();
}

export function fromMeminfo(text: string): number | undefined {
  const available = /^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1];
  return available === undefined ? undefined : Number(available) * 1024;
}

/** Of `vm_stat`: free pages, and those that hold what can be read again or thrown away. */
export function fromVmStat(text: string): number | undefined {
  const pageBytes = Number(/page size of (\d+) bytes/.exec(text)?.[1]);
  const pages = (kind: string) =>
    Number(new RegExp(`^Pages ${kind}:\\s+(\\d+)\\.`, 'm').exec(text)?.[1] ?? 0);
  const sum = ['free', 'inactive', 'speculative', 'purgeable'].reduce(
    (total, kind) => total + pages(kind),
    0,
  );
  return Number.isFinite(pageBytes) && sum > 0 ? sum * pageBytes : undefined;
}
