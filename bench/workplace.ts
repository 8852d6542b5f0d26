/** Where a run of the bench works: a folder of its own, a cache, and the built tool as a program. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Context } from '../provision/context.ts';
import { type RunOptions, type Sample, time } from './program.ts';

type WorkOptions = Omit<RunOptions, 'signal'> & {
  /** Goes on where the bench was interrupted: what it made must go. */
  readonly uninterrupted?: boolean;
};

export interface Workplace {
  /** Temporary, and removed at the end. */
  readonly folder: string;
  readonly context: Context;
  /** The module that comes with lab3. */
  readonly module: string;
  /** The folder of this program. */
  readonly bench: string;
  /** Submissions, each with what was handed in. */
  readonly corpus: string;
  /** The current folder of the programs that it runs, with their `lab3-report`. */
  readonly current: string;
  /** In the folder `current` and with this cache where nothing else is said. */
  run(argv: readonly string[], options: WorkOptions): Promise<Sample>;
  lab3(args: readonly string[], deadlineMs: number): Promise<Sample>;
  /** Progress, for whoever waits. */
  say(text: string): void;
  close(): Promise<void>;
}

/**
 * @param top the project's folder
 * @param cache a cache folder to take and to leave; one of the temporary folder where there is none
 */
export async function openWorkplace(
  top: string,
  cache: string | undefined,
  signal: AbortSignal,
): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'lab3-bench-'));
  const cacheDir = cache === undefined ? join(folder, 'cache') : resolve(cache);
  const current = join(folder, 'work');
  await mkdir(current);
  const env = { LAB3_CACHE: cacheDir, CI: 'true' };
  const run: Workplace['run'] = (argv, { uninterrupted, ...options }) =>
    time(argv, {
      cwd: current,
      ...options,
      env: { ...env, ...options.env },
      ...(uninterrupted ? {} : { signal }),
    });
  return {
    folder,
    context: {
      platform: process.platform,
      hostArch: process.arch === 'arm64' ? 'arm64' : 'amd64',
      env: process.env,
      cacheDir,
      emit: () => undefined,
      signal,
    },
    module: join(top, 'module'),
    bench: join(top, 'bench'),
    corpus: join(top, 'test', 'corpus', 'submissions'),
    current,
    run,
    lab3: (args, deadlineMs) =>
      run([process.execPath, join(top, 'dist', 'main.js'), ...args], { deadlineMs }),
    say: (text) => process.stderr.write(`${text}\n`),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
