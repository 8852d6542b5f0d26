import { claimCache } from '../../cli/context.ts';
import type { Event } from '../../lab/events.ts';
import type { CheckedKind } from '../../lab/names.ts';
import type { Context } from '../../provision/context.ts';
import { buildCheckedKernel } from '../../provision/kernel/build.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { sharedCache } from '../shared-cache.ts';

// Marked as the tool marks it: the e2e tests start the tool on the same folder.
await claimCache(sharedCache);

export interface RealContext extends Context {
  readonly events: Event[];
}

/** This computer as it is, with a cache that all integration tests share so that packages are fetched once. */
export function realContext(overrides: Partial<Context> = {}): RealContext {
  const events: Event[] = [];
  return {
    platform: process.platform,
    hostArch: process.arch === 'arm64' ? 'arm64' : 'amd64',
    env: process.env,
    cacheDir: sharedCache,
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    events,
    ...overrides,
  };
}

export function trixieKernel(context: Context): Promise<Kernel> {
  return provideKernel(context, { suite: 'trixie', arch: context.hostArch });
}

/** Built by the first test that wants it, which takes minutes; from the shared cache after that. */
export async function checkedKernel(context: Context, kind: CheckedKind = 'checked'): Promise<Kernel> {
  return buildCheckedKernel(context, { kind, stock: await trixieKernel(context), builder: 'auto' });
}

/** For hooks that call `checkedKernel`, in milliseconds. */
export const checkedKernelTimeout = 1_800_000;
