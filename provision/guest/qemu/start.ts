import { step } from '../../../lab/events.ts';
import type { Context } from '../../context.ts';
import { findQemu } from '../../host/qemu.ts';
import type { Guest, GuestSpec } from '../guest.ts';
import {
  type AcceleratorChoice,
  localAccelerators,
  obstacle,
  recallChoice,
  standingChoice,
} from './accelerator.ts';
import { type StartOptions, startMachine } from './boot.ts';
import { localHypervisor } from './hypervisor.ts';
import { endOrphans } from './ledger.ts';
import { pruneSnapshots } from './snapshot/store.ts';

export type { StartOptions } from './boot.ts';

/** Boots a guest in a QEMU of this computer; see `startMachine`. */
export async function startGuest(
  context: Context,
  spec: GuestSpec,
  options: StartOptions = {},
): Promise<Guest> {
  return step(context.emit, 'Starting the virtual machine', async (shown) => {
    const inner = { ...context, emit: shown.emit };
    const orphans = await endOrphans(inner);
    if (orphans.length > 0) {
      shown.note(`ended ${orphans.length} machine(s) left over by a lab3 that is gone`);
      // One of them may have been about to be saved.
      await pruneSnapshots(inner);
    }
    const qemu = await findQemu(inner, spec.kernel.arch, options.mirror);
    const hypervisor = localHypervisor(inner, qemu, spec.kernel.arch);
    return startMachine(inner, hypervisor, spec, options, shown);
  });
}

/** The accelerators of this computer, each tried by a real boot unless remembered; what `lab3 doctor` shows. */
export async function probeAccelerators(
  context: Context,
  spec: GuestSpec,
  options: Omit<StartOptions, 'accelerator'> = {},
): Promise<AcceleratorChoice> {
  const qemu = await findQemu(context, spec.kernel.arch, options.mirror);
  const accelerators = localAccelerators(context, qemu, spec.kernel.arch);
  const known = options.reprobe ? undefined : await standingChoice(context, accelerators, obstacle);
  if (known) return known;
  const guest = await startGuest(context, spec, { ...options, reprobe: true });
  await guest.kill();
  const choice = await recallChoice(context, accelerators);
  return choice ?? { accelerator: guest.info.accelerator, attempts: [] };
}
