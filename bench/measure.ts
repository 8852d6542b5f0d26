/** Running programs and summing up: every figure comes with its baseline, measured in turns in the same run. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

export interface Sample {
  readonly ms: number;
  readonly status: number;
  /** Peak resident memory of the process itself in MiB; only where /proc tells. */
  readonly peakMiB: number | undefined;
  readonly output: string;
}

/** Runs a program to its end. Throws when it takes longer than `deadlineMs` or ends with another status than 0. */
export async function time(
  argv: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; deadlineMs: number },
): Promise<Sample> {
  const [program = '', ...args] = argv;
  const started = performance.now();
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.deadlineMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let peakMiB: number | undefined;
  const watch = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    const kib = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]);
    if (kib > 0) peakMiB = kib / 1024;
  }, 100);
  try {
    const status = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        if (code === null) reject(new Error(`${program} was ended by ${signal}:\n${output}`));
        else resolve(code);
      });
    });
    if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}:\n${output}`);
    return { ms: performance.now() - started, status, peakMiB, output };
  } finally {
    clearInterval(watch);
  }
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
    count: sorted.length,
  };
}

/** Runs the candidates in turns, so that a change of the computer's mood hits all of them alike. */
export async function inTurns<K extends string>(
  rounds: number,
  candidates: Readonly<Record<K, () => Promise<number>>>,
): Promise<Record<K, Spread>> {
  const names = Object.keys(candidates) as K[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) values[name].push(await candidates[name]());
  }
  return Object.fromEntries(names.map((name) => [name, spread(values[name])])) as Record<K, Spread>;
}
