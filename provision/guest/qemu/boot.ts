/** Boots a machine with the best accelerator that works, in whatever runs QEMU. */
import { randomBytes } from 'node:crypto';
import { LabError } from '../../../lab/errors.ts';
import type { Step } from '../../../lab/events.ts';
import type { Accelerator } from '../../../lab/names.ts';
import type { Context } from '../../context.ts';
import type { Guest, GuestSpec } from '../guest.ts';
import { buildInitramfs } from '../initramfs.ts';
import { type Attempt, keepChoice, standingChoice } from './accelerator.ts';
import { QemuGuest } from './guest.ts';
import type { Hypervisor } from './hypervisor.ts';
import type { MachineSpec } from './machine.ts';
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
 * A start that failed through the computer's fault is tried once more. Throws errors of the catalogue with the fault
 * `computer`, never the module's; leaves no process when it throws.
 */
export async function startMachine(
  context: Context,
  hypervisor: Hypervisor,
  spec: GuestSpec,
  options: StartOptions,
  shown: Step,
): Promise<Guest> {
  const guest = await boot(context, hypervisor, spec, options, shown).catch((error: unknown) => {
    if (!(error instanceof LabError) || error.name !== 'GuestDidNotStart') throw error;
    shown.note(`${error.message} Trying once more.`);
    return boot(context, hypervisor, spec, { ...options, reprobe: true }, shown);
  });
  shown.summary(`Linux ${guest.info.kernel}, ${guest.info.vcpus} vCPUs, ${guest.info.accelerator}`);
  return guest;
}

async function boot(
  context: Context,
  hypervisor: Hypervisor,
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
    bootOnce(context, hypervisor, spec, initramfs, accelerator, deadlineMs, shown);
  if (options.accelerator) return bootWith(options.accelerator, bootDeadlineMs);
  const { accelerators } = hypervisor;
  const obstacle = (accelerator: Accelerator) => hypervisor.obstacle(accelerator);
  const known = options.reprobe ? undefined : await standingChoice(context, accelerators, obstacle);
  if (known) return bootWith(known.accelerator, bootDeadlineMs);

  // The machine that proves an accelerator is the machine that was asked for: a probe costs nothing when it works.
  const attempts: Attempt[] = [];
  for (const accelerator of accelerators.order) {
    const reason = await obstacle(accelerator);
    if (reason !== undefined) {
      // A container engine is not asked again at each start: that takes a container.
      const foreseen = hypervisor.provider === 'qemu';
      attempts.push({ accelerator, works: false, reason, ...(foreseen ? { foreseen } : {}) });
      continue;
    }
    try {
      const guest = await bootWith(accelerator, accelerator === 'tcg' ? bootDeadlineMs : probeDeadlineMs);
      attempts.push({ accelerator, works: true, reason: 'a guest booted' });
      await keepChoice(context, accelerators, { accelerator, attempts });
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
  hypervisor: Hypervisor,
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
    // Who waits while an access is watched need not burn a core of the computer: docs/adr/006.
    turns: kernel.kind === 'checked',
    memoryMiB,
    kernelImage: kernel.image,
    initramfs,
    cmdline: spec.cmdline ?? [],
    drives: spec.drives ?? [],
    firmware: hypervisor.firmware,
    token: randomBytes(8).toString('hex'),
    precedence: spec.precedence,
  };
  const { provider, name } = hypervisor;
  const info = { provider, arch: kernel.arch, vcpus, memoryMiB, accelerator, hypervisor: name };
  if (spec.snapshot === false) {
    const process = await hypervisor.start(context, machine);
    return QemuGuest.boot(context, process, { ...info, start: 'cold' }, deadlineMs);
  }
  const note = (text: string) => shown.note(text);
  return startSaved(context, { hypervisor, machine, info, deadlineMs, note });
}
