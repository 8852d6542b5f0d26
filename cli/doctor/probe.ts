/** Reads the figures that the judgements need. Nothing here takes longer than a few seconds or changes anything. */
import { execFile } from 'node:child_process';
import { access, constants, readFile, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import type { Context } from '../../provision/context.ts';
import { inSystem32, powershell } from '../../provision/host/environment.ts';
import { freeMemory } from '../../provision/host/memory.ts';
import type { Virtualisation } from './computer.ts';

const run = promisify(execFile);
const deadlineMs = 5_000;

/** What a program prints, or nothing when it is not there, fails or takes too long. */
export async function ask(file: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run(file, [...args], { timeout: deadlineMs, windowsHide: true });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** Bytes that this user may still write where the folder is or will be. */
export async function freeDisk(folder: string): Promise<number> {
  let at = folder;
  for (;;) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch (error) {
      if (dirname(at) === at) throw error;
      at = dirname(at);
    }
  }
}

/** Memory that programs may still take, and all of it. */
export async function memory(platform: NodeJS.Platform): Promise<{ free: number; total: number }> {
  return { free: await freeMemory(platform), total: totalmem() };
}

export async function virtualisation({
  platform,
  env,
}: Pick<Context, 'platform' | 'env'>): Promise<Virtualisation> {
  if (platform === 'darwin')
    return { processor: (await ask('/usr/sbin/sysctl', ['-n', 'kern.hv_support'])) === '1', nested: false };
  if (platform === 'win32') {
    const query = '(Get-CimInstance Win32_ComputerSystem).HypervisorPresent';
    const said = await ask(powershell(env), ['-NoProfile', '-NonInteractive', '-Command', query]);
    // Any hypervisor answers so, also that of WSL or of Docker Desktop; QEMU's wants a feature of its own.
    const processor = said === undefined ? undefined : said === 'True';
    const whpx = await access(inSystem32(env, 'WinHvPlatform.dll')).then(
      () => true,
      () => false,
    );
    return { processor, nested: false, whpx };
  }
  const flags = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const known = /^flags\s*:/m.test(flags);
  return {
    processor: known ? /^flags\s*:.*\b(vmx|svm)\b/m.test(flags) : undefined,
    nested: /^flags\s*:.*\bhypervisor\b/m.test(flags),
    kvm: await kvmState(),
  };
}

async function kvmState(): Promise<'open' | 'absent' | 'denied'> {
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
    return 'open';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'denied';
  }
}
