import type { Accelerator } from '../lab/names.ts';
import type { Qemu } from '../provision/host/qemu.ts';
import type { Kernel } from '../provision/kernel/kernel.ts';

/** What every way of doing the work is given alike. */
export interface Subject {
  readonly qemu: Qemu;
  readonly kernel: Kernel;
  /** The one that proved itself here by a boot. */
  readonly accelerator: Accelerator;
  /** The module as built for this kernel. */
  readonly ko: Uint8Array;
}

/** The size of the machine, which is that of `lab3 run`. */
export const size = { vcpus: 2, memoryMiB: 256 } as const;
