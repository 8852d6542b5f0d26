/** Scripts and files through a guest's agent, whichever way leads to it, each with its deadline. */
import { type LabError, labError } from '../../lab/errors.ts';
import { shellWord } from '../shell-word.ts';
import type { ConsoleRecorder } from './console-log.ts';
import type { CommandOutcome, ConsoleLog, RunOptions } from './guest.ts';
import type { Agent, ScriptEnd } from './qemu/agent.ts';

/** How long the guest may take to confirm, on top of a script's own deadline. */
const graceMs = 5_000;
const fileDeadlineMs = 30_000;
const defaultLimitBytes = 1024 * 1024;
const defaultFileLimitBytes = 64 * 1024 * 1024;
const timedOutStatus = 124;
/** In characters: from here on the guest takes a script as a file. */
const longScript = 4096;
const runInput = 'exec </dev/null\n. /run/lab3/input';
const shownLines = 30;

/** What is known of a machine without asking its agent. */
export interface Machine {
  readonly console: ConsoleRecorder;
  /** How it ended, in words, once it has. */
  readonly ended: Promise<string>;
  /** Set once `ended` has resolved. */
  readonly end: () => string | undefined;
}

export class Commands {
  private readonly machine: Machine;
  private readonly agent: Agent;
  private readonly diagnose: (awaited: string, deadlineMs: number) => Promise<LabError>;
  private queue: Promise<unknown> = Promise.resolve();

  /** @param diagnose why nothing came: the machine is dead, its kernel is, or it merely took too long */
  constructor(
    machine: Machine,
    agent: Agent,
    diagnose: (awaited: string, deadlineMs: number) => Promise<LabError>,
  ) {
    this.machine = machine;
    this.agent = agent;
    this.diagnose = diagnose;
  }

  async run(script: string, options: RunOptions): Promise<CommandOutcome> {
    // A long script is input itself.
    const short = options.input !== undefined || script.length < longScript;
    const end = await this.execute('running a script', short ? script : runInput, {
      ...options,
      ...(short ? {} : { input: Buffer.from(script) }),
    });
    const timedOut = end.status === 'cancelled';
    return {
      status: end.status === 'cancelled' ? timedOutStatus : end.status,
      output: end.output.toString('utf8'),
      dropped: end.dropped,
      timedOut,
    };
  }

  async send(path: string, content: Uint8Array, { mode = 0o644 }: { mode?: number }): Promise<void> {
    // The input is a file already: moving it costs nothing within the guest's memory. 644 is what it has.
    const move = content.length === 0 ? `: >${shellWord(path)}` : `mv /run/lab3/input ${shellWord(path)}`;
    const script = mode === 0o644 ? move : `${move} && chmod ${mode.toString(8)} ${shellWord(path)}`;
    const end = await this.execute(`sending ${path}`, script, {
      input: content,
      deadlineMs: fileDeadlineMs,
      limitBytes: 4096,
    });
    demandSuccess(`Sending ${path}`, end);
  }

  async receive(
    path: string,
    { limitBytes = defaultFileLimitBytes }: { limitBytes?: number },
  ): Promise<Uint8Array> {
    const end = await this.execute(`receiving ${path}`, `exec cat ${shellWord(path)}`, {
      deadlineMs: fileDeadlineMs,
      limitBytes,
    });
    demandSuccess(`Receiving ${path}`, end);
    if (end.dropped > 0) {
      const output = `it is ${limitBytes + end.dropped} bytes long, more than ${limitBytes}`;
      throw labError('GuestCommandFailed', { what: `Receiving ${path}`, status: 0, output });
    }
    return end.output;
  }

  async waitForConsole(matches: (line: string) => boolean, deadlineMs: number): Promise<string> {
    const watch = this.machine.console.watch(matches);
    try {
      const outcome = await race(watch.found, this.machine.ended, deadlineMs);
      if (outcome.kind === 'value') return outcome.value;
      throw await this.diagnose('waiting for a line on its console', deadlineMs);
    } finally {
      watch.stop();
    }
  }

  /** One script after the other; each keeps its deadline, so none waits for ever for the one before. */
  execute(awaited: string, script: string, options: RunOptions & { input?: Uint8Array }): Promise<ScriptEnd> {
    const end = this.queue.then(() => this.executeNow(awaited, script, options));
    this.queue = end.catch(() => undefined);
    return end;
  }

  /** The deadline is ours: a guest whose clock stands still could not keep it. */
  private async executeNow(
    awaited: string,
    script: string,
    options: RunOptions & { input?: Uint8Array },
  ): Promise<ScriptEnd> {
    const { ended, end } = this.machine;
    if (end() === undefined) {
      const limitBytes = options.limitBytes ?? defaultLimitBytes;
      const { deadlineMs, silenceMs = deadlineMs } = options;
      const began = performance.now();
      let heard = began;
      const onOutput = (chunk: Uint8Array) => {
        heard = performance.now();
        options.onOutput?.(chunk);
      };
      const run = this.agent.execute(script, { ...options, onOutput, limitBytes });
      const leftMs = () => Math.min(began + deadlineMs, heard + silenceMs) - performance.now();
      for (;;) {
        const outcome = await race(run.ended, ended, leftMs());
        if (outcome.kind === 'value') return outcome.value;
        if (outcome.kind !== 'late') break;
        if (leftMs() > 0) continue;
        run.cancel();
        const cancelled = await race(run.ended, ended, graceMs);
        if (cancelled.kind === 'value') return cancelled.value;
        break;
      }
      throw await this.diagnose(awaited, Math.min(performance.now() - began, deadlineMs + graceMs));
    }
    throw await this.diagnose(awaited, options.deadlineMs + graceMs);
  }
}

export function demandSuccess(what: string, end: ScriptEnd): void {
  if (end.status === 0) return;
  const status = end.status === 'cancelled' ? timedOutStatus : end.status;
  // What a program says last is why it failed.
  const output = end.output
    .subarray(-500)
    .toString('utf8')
    .replace(/^\uFFFD+/, '')
    .trim();
  throw labError('GuestCommandFailed', { what, status, output });
}

type Outcome<T> =
  | { kind: 'value'; value: T }
  | { kind: 'failed'; reason: string }
  | { kind: 'ended'; how: string }
  | { kind: 'late' };

/** The first of: the value or the failure to get one, the end of the machine, the deadline. */
export async function race<T>(
  value: Promise<T>,
  ended: Promise<string>,
  deadlineMs: number,
): Promise<Outcome<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome<T>>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'late' }), deadlineMs);
  });
  const outcome = await Promise.race<Outcome<T>>([
    value.then(
      (found) => ({ kind: 'value', value: found }),
      (error: unknown) => ({
        kind: 'failed',
        reason: error instanceof Error ? error.message : String(error),
      }),
    ),
    ended.then((how) => ({ kind: 'ended', how })),
    late,
  ]);
  clearTimeout(timer);
  return outcome;
}

/** The lines of the log to show below a message: the panic with what led to it and its trace, else the end. */
export function detailOf(log: ConsoleLog): { detail?: string } {
  const lines = log.text.trimEnd().split('\n');
  const panic = lines.findIndex((line) => line.includes('Kernel panic - not syncing: '));
  const first = panic < 0 ? lines.length - shownLines : Math.min(panic - 5, lines.length - shownLines);
  const shown = lines.slice(Math.max(first, 0)).slice(0, shownLines);
  return shown.join('') === '' ? {} : { detail: shown.join('\n') };
}
