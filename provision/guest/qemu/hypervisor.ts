/** What booting, saving and taking up a machine need of whatever runs QEMU. */
import type { Accelerator, Architecture, GuestName } from '../../../lab/names.ts';
import type { Context } from '../../context.ts';
import type { Qemu } from '../../host/qemu.ts';
import { type Accelerators, localAccelerators, obstacle } from './accelerator.ts';
import type { MachineSpec } from './machine.ts';
import { type QemuProcess, startQemu } from './process.ts';
import { localStates } from './snapshot/local.ts';
import type { SavedStates } from './snapshot/states.ts';
import type { StreamPlace } from './snapshot/stream.ts';

/** A QEMU and the place where it runs: this computer, or a container of a Docker engine. */
export interface Hypervisor {
  readonly provider: GuestName;
  /** e.g. `QEMU emulator version 10.0.13`. */
  readonly name: string;
  /** UEFI firmware where it is a file of this computer. */
  readonly firmware?: string | undefined;
  readonly accelerators: Accelerators;
  /** Why this accelerator cannot work, as far as that is known without a machine. */
  obstacle(accelerator: Accelerator): Promise<string | undefined>;
  /**
   * Starts QEMU with the files of this computer that `machine` names. Throws `GuestDidNotStart`.
   *
   * @param place where the machine's state goes to or comes from, when it does
   */
  start(context: Context, machine: MachineSpec, place?: StreamPlace): Promise<QemuProcess>;
  readonly states: SavedStates;
}

/** QEMU as a process of this computer. */
export function localHypervisor(context: Context, qemu: Qemu, arch: Architecture): Hypervisor {
  return {
    provider: 'qemu',
    name: `QEMU emulator version ${qemu.version}`,
    firmware: qemu.firmware,
    accelerators: localAccelerators(context, qemu, arch),
    obstacle,
    start: (inner, machine, place) =>
      startQemu(inner, place ? { ...qemu, env: { ...qemu.env, ...place.env } } : qemu, machine),
    states: localStates(context, qemu, arch),
  };
}
