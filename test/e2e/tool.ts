/** The built tool as a process: `dist/main.js`, started the way npx starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedCache } from '../shared-cache.ts';

export const mainFile = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A cache folder that nobody can make, on any platform: below a file. */
export const nowhere = join(mainFile, 'cache');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  /** Another one than this checkout's. */
  readonly mainFile?: string;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly deadlineMs?: number;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when the output so far, both streams, matches; rejects when the process ends without. */
  waitFor(pattern: RegExp): Promise<void>;
  output(): string;
}

/** Only what a process needs, so that nothing of the tests' own terminal or CI leaks in. */
export function environment(more: Options['env'] = {}): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'SystemRoot', 'TEMP', 'TMP', 'USERPROFILE', 'LOCALAPPDATA', 'LAB3_MIRROR'];
  const base = Object.fromEntries(kept.map((name) => [name, process.env[name]]));
  return { ...base, LANG: 'C.UTF-8', LAB3_CACHE: sharedCache, ...more };
}

export function start(args: readonly string[], options: Options): Running {
  const child = spawn(process.execPath, [options.mainFile ?? mainFile, ...args], {
    cwd: options.cwd,
    env: environment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), options.deadlineMs ?? 280_000);
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    clearTimeout(timer);
    return { code, signal, stdout, stderr };
  });
  return {
    child,
    ended,
    output: () => stdout + stderr,
    async waitFor(pattern) {
      let over = false;
      void ended.then(() => {
        over = true;
      });
      while (!pattern.test(stdout + stderr)) {
        if (over) throw new Error(`ended without ${pattern}:\n${stdout}${stderr}`);
        await new Promise((next) => setTimeout(next, 10));
      }
    },
  };
}

export const lab3 = (args: readonly string[], options: Options): Promise<Ended> => start(args, options).ended;

/** With spaces, as names of people have. */
export const scratchPrefix = 'lab3 e2e ';

/** A folder that is removed when the test is over. */
export async function scratch(): Promise<{ path: string; [Symbol.asyncDispose](): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), scratchPrefix));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}
