/** A machine for a check: the kernel's own reports are wanted in full. */
import type { Context } from '../context.ts';
import type { Guest, GuestSpec } from '../guest/guest.ts';
import { type StartOptions, startGuest } from '../guest/start.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** By itself KASAN reports the first fault and keeps silent afterwards; an early one would hide all others. */
const words: Partial<Record<Kernel['kind'], readonly string[]>> = { kasan: ['kasan_multi_shot'] };

export function startChecked(
  context: Context,
  kernel: Kernel,
  { vcpus, memoryMiB }: Pick<GuestSpec, 'vcpus' | 'memoryMiB'>,
  options: Pick<StartOptions, 'mirror' | 'vm'> = {},
): Promise<Guest> {
  const cmdline = words[kernel.kind];
  return startGuest(
    context,
    { kernel, vcpus, memoryMiB, ...(cmdline === undefined ? {} : { cmdline }) },
    options,
  );
}
