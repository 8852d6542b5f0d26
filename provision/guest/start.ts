/** Which machine a guest runs in is one word of the configuration; here it becomes the code that knows how. */
import { labError } from '../../lab/errors.ts';
import type { GuestName } from '../../lab/names.ts';
import type { Context } from '../context.ts';
import type { Guest, GuestSpec } from './guest.ts';
import type { StartOptions as QemuOptions } from './qemu/start.ts';

export interface StartOptions extends QemuOptions {
  /** `auto` where nothing is said. */
  readonly vm?: GuestName | 'auto';
  /** Of Vagrant: name in its catalogue, or absolute path of a file. */
  readonly box?: string | undefined;
}

/** Starts a guest; throws what its provider throws, and `GuestNotOffered` for a provider that there is not. */
export async function startGuest(
  context: Context,
  spec: GuestSpec,
  { vm = 'auto', box, ...options }: StartOptions = {},
): Promise<Guest> {
  if (vm === 'vagrant') {
    const { startGuest } = await import('./vagrant/start.ts');
    return startGuest(context, spec, { ...options, box });
  }
  if (vm !== 'auto' && vm !== 'qemu') throw labError('GuestNotOffered', { vm });
  const { startGuest } = await import('./qemu/start.ts');
  return startGuest(context, spec, options);
}
