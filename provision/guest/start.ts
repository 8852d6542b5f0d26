/** Which machine a guest runs in is one word of the configuration; here it becomes the code that knows how. */
import { labError } from '../../lab/errors.ts';
import type { GuestName } from '../../lab/names.ts';
import type { Context } from '../context.ts';
import { chooseGuest } from './choose.ts';
import type { Guest, GuestSpec } from './guest.ts';
import type { StartOptions as QemuOptions } from './qemu/start.ts';

export interface StartOptions extends QemuOptions {
  /** `auto` where nothing is said. */
  readonly vm?: GuestName | 'auto';
}

/** Starts a guest; throws what its provider throws, and `GuestNotOffered` for a provider that there is not. */
export async function startGuest(
  context: Context,
  spec: GuestSpec,
  { vm = 'auto', ...options }: StartOptions = {},
): Promise<Guest> {
  const { name } = await chooseGuest(context, vm, spec.kernel.arch);
  if (name === 'container') {
    const { startGuest } = await import('./container/start.ts');
    return startGuest(context, spec, options);
  }
  if (name !== 'qemu') throw labError('GuestNotOffered', { vm: name });
  const { startGuest } = await import('./qemu/start.ts');
  return startGuest(context, spec, options);
}
