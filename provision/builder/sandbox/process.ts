/** Runs one program under limits: time, output, the user's Ctrl-C. */
import { spawn } from 'node:child_process';
import { labError } from '../../../lab/errors.ts';
import { type Compilation, OutputKeeper } from '../recipe.ts';

export interface ProcessEnd {
  /** Exit status; 128 and more for a signal, as a shell says it. */
  readonly status: number;
  readonly output: string;
  readonly end: Compilation['end'];
}

/**
 * Standard output and error as one stream. At a limit the program is killed; what it started must die with it by
 * itself. Throws Interrupted when the signal fires, after the program is gone; errors of `spawn` pass through.
 */
export function runLimited(
  [program = '', ...args]: readonly string[],
  options: {
    readonly deadlineMs: number;
    readonly signal: AbortSignal;
    readonly env: Readonly<Record<string, string>>;
    /** Takes the output as it comes, without a limit, instead of its being kept. */
    readonly take?: (chunk: Uint8Array) => void;
  },
): Promise<ProcessEnd> {
  const { deadlineMs, signal, env, take } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(labError('Interrupted', undefined));
      return;
    }
    const output = new OutputKeeper();
    let end: ProcessEnd['end'] = 'exited';
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = (why: ProcessEnd['end']) => {
      end = why;
      child.kill('SIGKILL');
    };
    const interrupt = () => child.kill('SIGKILL');
    const timer = setTimeout(() => stop('too-slow'), deadlineMs);
    signal.addEventListener('abort', interrupt, { once: true });
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', interrupt);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        if (take !== undefined) {
          take(chunk);
          return;
        }
        output.add(chunk);
        if (output.floods && end === 'exited') stop('floods');
      });
    }
    child.on('error', (error) => {
      settle();
      reject(error);
    });
    child.on('close', (code, killedBy) => {
      settle();
      if (signal.aborted) reject(labError('Interrupted', undefined));
      else resolve({ status: code ?? (killedBy === null ? 1 : 137), output: output.text, end });
    });
  });
}
