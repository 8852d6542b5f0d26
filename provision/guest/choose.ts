/** What `--vm auto` takes, and why. */
import type { Architecture, GuestName } from '../../lab/names.ts';
import type { Context } from '../context.ts';
import { findInstalledQemu } from '../host/qemu.ts';

export interface GuestChoice {
  readonly name: GuestName;
  /** Where it is not what is usually taken. */
  readonly reason?: string;
}

/**
 * QEMU itself wherever it can be had, since a container adds an engine that may be missing and does nothing faster;
 * without it a container, where an engine answers. Throws `QemuUnusable` for a QEMU that was named and does not work.
 */
export async function chooseGuest(
  context: Context,
  wanted: GuestName | 'auto',
  arch: Architecture,
): Promise<GuestChoice> {
  if (wanted !== 'auto') return { name: wanted };
  // On Linux it comes from packages.
  if (context.platform === 'linux') return { name: 'qemu' };
  const found = await findInstalledQemu(context, arch);
  if ('qemu' in found) return { name: 'qemu' };
  const { engineAvailable } = await import('./container/engine.ts');
  const { ok, reason } = await engineAvailable(context);
  // Neither: whoever starts QEMU says how to install it, which is the shorter way.
  if (!ok) return { name: 'qemu' };
  return {
    name: 'container',
    reason: `no QEMU here (looked at ${found.tried.join(', ')}), but a ${reason}`,
  };
}
