import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Event } from '../../lab/events.ts';
import type { Context } from '../../provision/context.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';

export interface RealContext extends Context {
  readonly events: Event[];
}

/** This computer as it is, with a cache that all integration tests share so that packages are fetched once. */
export function realContext(overrides: Partial<Context> = {}): RealContext {
  const cacheDir = process.env.LAB3_TEST_CACHE ?? join(tmpdir(), 'lab3-test-cache');
  mkdirSync(cacheDir, { recursive: true });
  const events: Event[] = [];
  return {
    platform: process.platform,
    hostArch: process.arch === 'arm64' ? 'arm64' : 'amd64',
    env: process.env,
    cacheDir,
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    events,
    ...overrides,
  };
}

export function trixieKernel(context: Context): Promise<Kernel> {
  return provideKernel(context, { suite: 'trixie', arch: context.hostArch });
}
