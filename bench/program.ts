/** Runs a program to its end and tells how long it took, what it said and how much memory it needed. */
import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';

export interface Sample {
  readonly ms: number;
  /** Peak resident memory of the process itself in MiB; only where /proc tells. */
  readonly peakMiB: number | undefined;
  /** Both streams; the last 20 000 characters. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly deadlineMs: number;
  /** Its end ends the program too. */
  readonly signal?: AbortSignal;
  /** Both streams go into files that begin with this path instead of pipes, which some programs cannot open anew. */
  readonly outputFile?: string;
}

const kept = 20_000;

/** Throws when the program takes longer than `deadlineMs` or ends with another status than 0. */
export async function time(argv: readonly string[], options: RunOptions): Promise<Sample> {
  const [program = '', ...args] = argv;
  const files = await openFiles(options.outputFile);
  try {
    const started = performance.now();
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', files?.[0].fd ?? 'pipe', files?.[1].fd ?? 'pipe'],
      timeout: options.deadlineMs,
      killSignal: 'SIGKILL',
      ...(options.signal ? { signal: options.signal } : {}),
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-kept);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const memory = watchMemory(child.pid);
    let ended: { code: number | null; signal: string | null };
    try {
      ended = await new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code, signal) => resolve({ code, signal }));
      });
    } finally {
      memory.stop();
    }
    const ms = performance.now() - started;
    if (options.outputFile !== undefined) output = await readFiles(options.outputFile);
    if (ended.code !== 0) {
      const how = ended.code === null ? `was ended by ${ended.signal}` : `ended with ${ended.code}`;
      throw new Error(`${argv.join(' ')} ${how}:\n${output}`);
    }
    return { ms, peakMiB: memory.peakMiB(), output };
  } finally {
    for (const file of files ?? []) await file.close();
  }
}

const fileNames = (path: string) => [`${path}.out`, `${path}.err`] as const;

async function openFiles(path: string | undefined) {
  if (path === undefined) return undefined;
  const [out, err] = fileNames(path);
  return [await open(out, 'w'), await open(err, 'w')] as const;
}

async function readFiles(path: string): Promise<string> {
  const texts = await Promise.all(fileNames(path).map((name) => readFile(name, 'utf8')));
  return texts.map((text) => text.slice(-kept / 2)).join('');
}

function watchMemory(pid: number | undefined) {
  let peakMiB: number | undefined;
  const watch = setInterval(async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const kib = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]);
    if (kib > 0) peakMiB = kib / 1024;
  }, 100);
  return { peakMiB: () => peakMiB, stop: () => clearInterval(watch) };
}
