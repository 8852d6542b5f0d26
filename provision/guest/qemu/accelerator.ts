import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Accelerator, Architecture } from '../../../lab/names.ts';
import { cachePath, writeAtomic } from '../../cache.ts';
import type { Context } from '../../context.ts';
import type { Qemu } from '../../host/qemu.ts';

/** One accelerator that was considered, and why it was taken or not. */
export interface Attempt {
  readonly accelerator: Accelerator;
  readonly works: boolean;
  readonly reason: string;
  /** Whether that was known without a machine, so that it can be asked again. */
  readonly foreseen?: boolean;
}

/** What this computer answered once, kept until QEMU, CPU or guests change. */
export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  readonly attempts: readonly Attempt[];
}

const hardware: Partial<Record<NodeJS.Platform, Accelerator>> = {
  linux: 'kvm',
  darwin: 'hvf',
  win32: 'whpx',
};

/** Accelerators worth a try, best first; the emulator always works. */
export function candidates(context: Context, arch: Architecture): Accelerator[] {
  const best = hardware[context.platform];
  return best !== undefined && arch === context.hostArch ? [best, 'tcg'] : ['tcg'];
}

/** Why this accelerator cannot work here, as far as that is known without a machine. */
export async function obstacle(accelerator: Accelerator): Promise<string | undefined> {
  if (accelerator !== 'kvm') return undefined;
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'ENOENT'
      ? 'there is no /dev/kvm: virtualisation is off in the firmware, or this is a virtual machine without it'
      : '/dev/kvm may not be opened by this user: `sudo usermod -aG kvm $USER`, then log in again';
  }
}

/** The accelerators of a computer and a QEMU: what is worth a try, and whose the remembered answer is. */
export interface Accelerators {
  /** Best first. */
  readonly order: readonly Accelerator[];
  /** Whatever the answer depends on: another value is another question. */
  readonly identity: unknown;
}

export function localAccelerators(context: Context, qemu: Qemu, arch: Architecture): Accelerators {
  const computer = [context.platform, context.hostArch, cpus()[0]?.model ?? ''];
  return { order: candidates(context, arch), identity: [computer, qemu.argv, qemu.version, arch] };
}

/** What kept hardware from serving may have been mended since: after so long it is tried again, which takes seconds at most. */
const refusalMs = 24 * 60 * 60_000;

/**
 * The remembered answer, where it still tells what to do: hardware that worked; or the emulator, where what stands against
 * hardware was seen within a day and is still there.
 *
 * @param obstacleTo why an accelerator cannot work, as far as that is known without a machine
 */
export async function standingChoice(
  context: Pick<Context, 'cacheDir'>,
  accelerators: Accelerators,
  obstacleTo: (accelerator: Accelerator) => Promise<string | undefined>,
  now = Date.now(),
): Promise<AcceleratorChoice | undefined> {
  const choice = await recallChoice(context, accelerators);
  const refused = choice?.attempts.filter(({ works }) => !works) ?? [];
  if (choice === undefined || refused.length === 0) return choice;
  const kept = await stat(choicePath(context, accelerators)).catch(() => undefined);
  if (kept === undefined || now - kept.mtimeMs > refusalMs) return undefined;
  for (const { accelerator, foreseen } of refused)
    if (foreseen && (await obstacleTo(accelerator)) === undefined) return undefined;
  return choice;
}

export async function recallChoice(
  context: Pick<Context, 'cacheDir'>,
  accelerators: Accelerators,
): Promise<AcceleratorChoice | undefined> {
  try {
    const kept = JSON.parse(await readFile(choicePath(context, accelerators), 'utf8')) as AcceleratorChoice;
    return accelerators.order.includes(kept.accelerator) && Array.isArray(kept.attempts) ? kept : undefined;
  } catch {
    return undefined;
  }
}

export async function keepChoice(
  context: Pick<Context, 'cacheDir'>,
  accelerators: Accelerators,
  choice: AcceleratorChoice,
): Promise<void> {
  // Without it the next start probes again: slower, not wrong.
  const text = `${JSON.stringify(choice, null, 1)}\n`;
  await writeAtomic(choicePath(context, accelerators), text).catch(() => undefined);
}

function choicePath(context: Pick<Context, 'cacheDir'>, { identity }: Accelerators): string {
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16);
  return cachePath(context, 'accelerators', `${key}.json`);
}
