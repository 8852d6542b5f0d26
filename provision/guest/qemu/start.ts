import { randomBytes } from 'node:crypto';
import { LabError } from '../../../lab/errors.ts';
import { type Step, step } from '../../../lab/events.ts';
import type { Accelerator } from '../../../lab/names.ts';
import type { Context } from '../../context.ts';
import { findQemu, type Qemu } from '../../host/qemu.ts';
import type { Guest, GuestSpec } from '../guest.ts';
import { buildInitramfs } from '../initramfs.ts';
import {
  type AcceleratorChoice,
  type Attempt,
  candidates,
  keepChoice,
  obstacle,
  recallChoice,
} from './accelerator.ts';
import { QemuGuest } from './guest.ts';
import { endOrphans } from './ledger.ts';
import type { MachineSpec } from './machine.ts';
import { startQemu } from './process.ts';
import { startSaved } from './snapshot/start.ts';

/** A hardware accelerator boots in well under a second; one that hangs must not keep the first start from TCG. */
const probeDeadlineMs = 8_000;
/** The emulator boots in 3 s; this leaves room for a computer that does other things too. */
const bootDeadlineMs = 90_000;

export interface StartOptions {
  /** Takes this one and tries no other. */
  readonly accelerator?: Accelerator;
  /** Tries the accelerators again instead of taking the remembered answer. */
  readonly reprobe?: boolean;
  readonly mirror?: string | undefined;
}

/**
 * Boots a guest in QEMU. A start that failed through the computer's fault is tried once more. Throws errors of the
 * catalogue with the fault `computer`, never the module's; leaves no process when it throws.
 */
export async function startGuest(
  context: Context,
  spec: GuestSpec,
  options: StartOptions = {},
): Promise<Guest> {
  return step(context.emit, 'Starting the virtual machine', async (shown) => {
    const inner = { ...context, emit: shown.emit };
    const orphans = await endOrphans(inner);
    if (orphans.length > 0) shown.note(`ended ${orphans.length} machine(s) left over by a lab3 that is gone`);
    const qemu = await findQemu(inner, spec.kernel.arch, options.mirror);
    const guest = await boot(inner, qemu, spec, options, shown).catch((error: unknown) => {
      if (!(error instanceof LabError) || error.name !== 'GuestDidNotStart') throw error;
      shown.note(`${error.message} Trying once more.`);
      return boot(inner, qemu, spec, { ...options, reprobe: true }, shown);
    });
    shown.summary(`Linux ${guest.info.kernel}, ${guest.info.vcpus} vCPUs, ${guest.info.accelerator}`);
    return guest;
  });
}

/** The accelerators of this computer, each tried by a real boot unless remembered; what `lab3 doctor` shows. */
export async function probeAccelerators(
  context: Context,
  spec: GuestSpec,
  options: Omit<StartOptions, 'accelerator'> = {},
): Promise<AcceleratorChoice> {
  const qemu = await findQemu(context, spec.kernel.arch, options.mirror);
  const known = options.reprobe ? undefined : await recallChoice(context, qemu, spec.kernel.arch);
  if (known) return known;
  const guest = await startGuest(context, spec, { ...options, reprobe: true });
  await guest.kill();
  const choice = await recallChoice(context, qemu, spec.kernel.arch);
  return choice ?? { accelerator: guest.info.accelerator, attempts: [] };
}

async function boot(
  context: Context,
  qemu: Qemu,
  spec: GuestSpec,
  options: StartOptions,
  shown: Step,
): Promise<Guest> {
  const initramfs = await buildInitramfs(context, {
    kernel: spec.kernel,
    modules: [...(spec.modules ?? []), ...(spec.drives?.length ? ['virtio_blk'] : [])],
    archives: spec.archives ?? [],
    mirror: options.mirror,
  });
  const bootWith = (accelerator: Accelerator, deadlineMs: number) =>
    bootOnce(context, qemu, spec, initramfs, accelerator, deadlineMs, shown);
  if (options.accelerator) return bootWith(options.accelerator, bootDeadlineMs);
  const known = options.reprobe ? undefined : await recallChoice(context, qemu, spec.kernel.arch);
  if (known) return bootWith(known.accelerator, bootDeadlineMs);

  // The machine that proves an accelerator is the machine that was asked for: a probe costs nothing when it works.
  const attempts: Attempt[] = [];
  for (const accelerator of candidates(context, spec.kernel.arch)) {
    const reason = await obstacle(accelerator);
    if (reason !== undefined) {
      attempts.push({ accelerator, works: false, reason });
      continue;
    }
    try {
      const guest = await bootWith(accelerator, accelerator === 'tcg' ? bootDeadlineMs : probeDeadlineMs);
      attempts.push({ accelerator, works: true, reason: 'a guest booted' });
      await keepChoice(context, qemu, spec.kernel.arch, { accelerator, attempts });
      return guest;
    } catch (error) {
      const failed = error instanceof LabError && error.name === 'GuestDidNotStart';
      if (!failed || accelerator === 'tcg') throw error;
      attempts.push({ accelerator, works: false, reason: String(error.params.reason) });
      shown.note(`${accelerator} does not work here (${error.params.reason}): emulating instead`);
    }
  }
  throw new Error('no accelerator to try');
}

/** From the saved state of such a machine where there is one; else by a boot, whose end is saved for the next start. */
async function bootOnce(
  context: Context,
  qemu: Qemu,
  spec: GuestSpec,
  initramfs: string,
  accelerator: Accelerator,
  deadlineMs: number,
  shown: Step,
): Promise<Guest> {
  const { vcpus, memoryMiB, kernel } = spec;
  const machine: MachineSpec = {
    arch: kernel.arch,
    accelerator,
    vcpus,
    memoryMiB,
    kernelImage: kernel.image,
    initramfs,
    cmdline: spec.cmdline ?? [],
    drives: spec.drives ?? [],
    firmware: qemu.firmware,
    token: randomBytes(8).toString('hex'),
  };
  const hypervisor = `QEMU emulator version ${qemu.version}`;
  const info = { provider: 'qemu' as const, arch: kernel.arch, vcpus, memoryMiB, accelerator, hypervisor };
  if (spec.snapshot === false) {
    const process = await startQemu(context, qemu, machine);
    return QemuGuest.boot(context, process, { ...info, start: 'cold' }, deadlineMs);
  }
  return startSaved(context, qemu, machine, info, deadlineMs, (text) => shown.note(text));
}
