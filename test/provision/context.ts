/** A context for tests: an own cache folder, events kept. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Event } from '../../lab/events.ts';
import type { Context } from '../../provision/context.ts';

export interface TestContext extends Context {
  readonly events: Event[];
}

/** The folder goes when the test is over. */
export async function makeContext(overrides: Partial<Context> = {}): Promise<TestContext> {
  const cacheDir = await temporaryFolder();
  const events: Event[] = [];
  return {
    platform: 'linux',
    hostArch: 'amd64',
    env: {},
    cacheDir,
    emit: (event) => events.push(event),
    signal: new AbortController().signal,
    events,
    ...overrides,
  };
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab3-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
