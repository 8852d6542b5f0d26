import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LabError, labError } from '../../../lab/errors.ts';
import type { GuestInfo } from '../../../lab/result.ts';
import type { Context } from '../../context.ts';
import type { CommandOutcome, ConsoleLog, Guest, RunOptions } from '../guest.ts';
import { Agent, type Ready, type ScriptEnd } from './agent.ts';
import { openStub } from './gdb-stub.ts';
import type { QemuProcess } from './process.ts';
import { Qmp } from './qmp.ts';
import { ShellStream } from './shell.ts';
import { resumeMachine, type StreamPlace, saveMachine } from './snapshot/stream.ts';

const endMarker = 'lab3-guest: end of log';
const failureMarker = 'lab3-guest: failed: ';
/** How long the guest may take to confirm, on top of a script's own deadline. */
const graceMs = 5_000;
const lastWordsMs = 500;
const qmpDeadlineMs = 5_000;
const fileDeadlineMs = 30_000;
const shellDeadlineMs = 15_000;
const endDeadlineMs = 10_000;
const defaultLimitBytes = 1024 * 1024;
const defaultFileLimitBytes = 64 * 1024 * 1024;
const timedOutStatus = 124;
/** In characters: from here on the guest takes a script as a file. */
const longScript = 4096;
const runInput = 'exec sh /run/lab3/input </dev/null';
const shownLines = 30;

/** A guest in QEMU, from the moment its agent serves. */
export class QemuGuest implements Guest {
  readonly info: GuestInfo;
  private readonly context: Context;
  private readonly qemu: QemuProcess;
  private readonly agent: Agent;
  private readonly qmp: Qmp;
  private stopped: Promise<ConsoleLog> | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(context: Context, qemu: QemuProcess, agent: Agent, qmp: Qmp, info: GuestInfo) {
    this.context = context;
    this.qemu = qemu;
    this.agent = agent;
    this.qmp = qmp;
    this.info = info;
  }

  /**
   * Waits for the guest's agent; throws `GuestDidNotStart` and leaves no process when it does not come. `restored` is
   * for a machine that goes on from a saved state: what its console had said before.
   */
  static async boot(
    context: Context,
    qemu: QemuProcess,
    info: Omit<GuestInfo, 'kernel'>,
    deadlineMs: number,
    restored?: { console: string },
  ): Promise<QemuGuest> {
    const agent = new Agent(qemu.channels.control);
    const qmp = new Qmp(qemu.channels.qmp);
    const seconds = deadlineMs / 1000;
    let serving = agent.ready;
    if (restored) {
      qemu.console.write(Buffer.from(restored.console));
      agent.hello();
    }
    if (restored || qemu.held) serving = resumeMachine(qmp, deadlineMs).then(() => agent.ready);
    const outcome = await race<Ready>(serving, qemu.ended, deadlineMs);
    if (outcome.kind === 'value' && outcome.value.vcpus === info.vcpus) {
      return new QemuGuest(context, qemu, agent, qmp, { ...info, kernel: outcome.value.release });
    }
    // What QEMU said as it ended says more than that it no longer answered.
    if (outcome.kind === 'failed') await Promise.race([qemu.ended, sleep(lastWordsMs)]);
    const ended = outcome.kind === 'ended' ? outcome.how : qemu.end();
    await qemu.kill();
    if (context.signal.aborted) throw labError('Interrupted', undefined);
    const log = qemu.console.snapshot();
    const failure = log.text.split('\n').find((line) => line.includes(failureMarker));
    const reason =
      failure?.slice(failure.indexOf(failureMarker) + failureMarker.length) ??
      (qemu.console.panic === undefined ? undefined : `kernel panic: ${qemu.console.panic}`) ??
      // On one processor an unlocked run may be right by luck.
      (outcome.kind === 'value' ? `${outcome.value.vcpus} of ${info.vcpus} processors came up` : undefined) ??
      (ended === undefined ? undefined : `QEMU ended, ${ended}`) ??
      (outcome.kind === 'failed' ? outcome.reason : `no sign of life within ${seconds} s`);
    throw labError(
      'GuestDidNotStart',
      { accelerator: info.accelerator, reason, console: log },
      detailOf(log),
    );
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

  async send(path: string, content: Uint8Array, options: { mode?: number } = {}): Promise<void> {
    const { mode = 0o644 } = options;
    // The input is a file already: moving it costs nothing within the guest's memory. 644 is what it has.
    const move = content.length === 0 ? `: >${quote(path)}` : `mv /run/lab3/input ${quote(path)}`;
    const script = mode === 0o644 ? move : `${move} && chmod ${mode.toString(8)} ${quote(path)}`;
    const end = await this.execute(`sending ${path}`, script, {
      input: content,
      deadlineMs: fileDeadlineMs,
      limitBytes: 4096,
    });
    this.demandSuccess(`Sending ${path}`, end);
  }

  async receive(path: string, options: { limitBytes?: number } = {}): Promise<Uint8Array> {
    const limitBytes = options.limitBytes ?? defaultFileLimitBytes;
    const end = await this.execute(`receiving ${path}`, `exec cat ${quote(path)}`, {
      deadlineMs: fileDeadlineMs,
      limitBytes,
    });
    this.demandSuccess(`Receiving ${path}`, end);
    if (end.dropped > 0) {
      const output = `it is ${limitBytes + end.dropped} bytes long, more than ${limitBytes}`;
      throw labError('GuestCommandFailed', { what: `Receiving ${path}`, status: 0, output });
    }
    return end.output;
  }

  console(from?: number): ConsoleLog {
    return this.qemu.console.snapshot(from);
  }

  async waitForConsole(matches: (line: string) => boolean, deadlineMs: number): Promise<string> {
    const watch = this.qemu.console.watch(matches);
    try {
      const outcome = await race(watch.found, this.qemu.ended, deadlineMs);
      if (outcome.kind === 'value') return outcome.value;
      throw await this.diagnose('waiting for a line on its console', deadlineMs);
    } finally {
      watch.stop();
    }
  }

  async screenshot(): Promise<Uint8Array> {
    try {
      return await this.qemu.written((filename) =>
        this.qmp.execute('screendump', { filename, format: 'png' }, qmpDeadlineMs),
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const alive = this.qemu.end() === undefined && (await this.qmpAnswers());
      if (alive) throw labError('ScreenshotFailed', { reason }, { cause: error });
      throw await this.diagnose('taking a picture of its screen', qmpDeadlineMs);
    }
  }

  async openShell(size = { columns: 80, rows: 24 }): Promise<Duplex> {
    const lastWord = `lab3-shell-${randomBytes(16).toString('hex')}`;
    const end = await this.execute('opening a shell', 'exec sh /lib/lab3/shell.sh', {
      input: Buffer.from(`${size.rows | 0} ${size.columns | 0} ${lastWord}\n`),
      deadlineMs: shellDeadlineMs,
      limitBytes: 4096,
    });
    this.demandSuccess('Opening a shell', end);
    return new ShellStream(this.qemu.channels.shell, lastWord);
  }

  async openGdbStub(): Promise<number> {
    // A container has no network, and a debugger beside it would have to be let in by a published port.
    if (!this.qemu.onThisComputer)
      throw labError('GuestCannot', { vm: this.info.provider, what: 'be opened for gdb' });
    try {
      await this.qmp.execute('stop', {}, qmpDeadlineMs);
      return await openStub(this.qmp, qmpDeadlineMs);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw labError('DebuggerUnavailable', { reason }, { cause: error });
    }
  }

  stop(): Promise<ConsoleLog> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  async kill(): Promise<void> {
    await this.qemu.kill();
  }

  /** Saves the machine as it is; it stands still meanwhile. Rejects with QEMU's words, and the machine goes on. */
  async save(place: StreamPlace): Promise<void> {
    await saveMachine(this.qmp, place, this.context.signal);
  }

  private async end(): Promise<ConsoleLog> {
    const marker = this.qemu.console.watch((line) => line.includes(endMarker));
    this.agent.endLog();
    // The guest holds still until we have its last line: what a serial port has not sent yet is lost at power-off.
    const outcome = await race(marker.found, this.qemu.ended, endDeadlineMs);
    marker.stop();
    if (outcome.kind !== 'value') {
      const error = await this.diagnose('writing the end of its log', endDeadlineMs);
      await this.qemu.kill();
      if (error.name !== 'GuestDied') throw error;
      throw labError('GuestLogIncomplete', { how: this.qemu.end() ?? '', console: this.console() });
    }
    // Nothing of the machine is kept but its log: its own way to power off would be a tenth of a second for nothing.
    await this.qemu.kill();
    return this.console();
  }

  /** One script after the other; each keeps its deadline, so none waits for ever for the one before. */
  private execute(
    awaited: string,
    script: string,
    options: RunOptions & { input?: Uint8Array },
  ): Promise<ScriptEnd> {
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
    if (this.qemu.end() === undefined) {
      const run = this.agent.execute(script, {
        ...options,
        limitBytes: options.limitBytes ?? defaultLimitBytes,
      });
      const outcome = await race(run.ended, this.qemu.ended, options.deadlineMs);
      if (outcome.kind === 'value') return outcome.value;
      if (outcome.kind === 'late') {
        run.cancel();
        const cancelled = await race(run.ended, this.qemu.ended, graceMs);
        if (cancelled.kind === 'value') return cancelled.value;
      }
    }
    throw await this.diagnose(awaited, options.deadlineMs + graceMs);
  }

  /** Why nothing came: the machine is dead, its kernel is, QEMU is, or it merely took too long. */
  private async diagnose(awaited: string, deadlineMs: number): Promise<LabError> {
    const seconds = Math.round(deadlineMs / 100) / 10;
    if (this.context.signal.aborted) {
      await this.qemu.ended;
      return labError('Interrupted', undefined);
    }
    const answers = this.qemu.end() === undefined && (await this.qmpAnswers());
    const log = this.console();
    const extra = { awaited, console: log };
    const how = this.qemu.end();
    const panic = this.qemu.console.panic;
    if (panic !== undefined) return labError('GuestPanicked', { ...extra, panic }, detailOf(log));
    if (how !== undefined) return labError('GuestDied', { ...extra, how }, detailOf(log));
    if (!answers) return labError('QemuHung', { ...extra, seconds }, detailOf(log));
    return labError('GuestHung', { ...extra, seconds }, detailOf(log));
  }

  private async qmpAnswers(): Promise<boolean> {
    return this.qmp.execute('query-status', {}, qmpDeadlineMs).then(
      () => true,
      () => false,
    );
  }

  private demandSuccess(what: string, end: ScriptEnd): void {
    if (end.status === 0) return;
    const status = end.status === 'cancelled' ? timedOutStatus : end.status;
    const output = end.output.subarray(0, 500).toString('utf8').trim();
    throw labError('GuestCommandFailed', { what, status, output });
  }
}

type Outcome<T> =
  | { kind: 'value'; value: T }
  | { kind: 'failed'; reason: string }
  | { kind: 'ended'; how: string }
  | { kind: 'late' };

/** The first of: the value or the failure to get one, the end of the machine, the deadline. */
async function race<T>(value: Promise<T>, ended: Promise<string>, deadlineMs: number): Promise<Outcome<T>> {
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
function detailOf(log: ConsoleLog): { detail?: string } {
  const lines = log.text.trimEnd().split('\n');
  const panic = lines.findIndex((line) => line.includes('Kernel panic - not syncing: '));
  const first = panic < 0 ? lines.length - shownLines : Math.min(panic - 5, lines.length - shownLines);
  const shown = lines.slice(Math.max(first, 0)).slice(0, shownLines);
  return shown.join('') === '' ? {} : { detail: shown.join('\n') };
}

/** One shell word, whatever is in it. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
