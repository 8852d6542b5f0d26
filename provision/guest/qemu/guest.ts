import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LabError, labError } from '../../../lab/errors.ts';
import type { GuestInfo } from '../../../lab/result.ts';
import type { Context } from '../../context.ts';
import { Commands, demandSuccess, detailOf, race } from '../commands.ts';
import type { CommandOutcome, ConsoleLog, Guest, RunOptions } from '../guest.ts';
import { Agent, type Ready } from './agent.ts';
import { openStub } from './gdb-stub.ts';
import type { QemuProcess } from './process.ts';
import { Qmp } from './qmp.ts';
import { ShellStream } from './shell.ts';
import { resumeMachine, type StreamPlace, saveMachine } from './snapshot/stream.ts';

const endMarker = 'lab3-guest: end of log';
const failureMarker = 'lab3-guest: failed: ';
const lastWordsMs = 500;
const qmpDeadlineMs = 5_000;
const shellDeadlineMs = 15_000;
const endDeadlineMs = 10_000;

/** A guest in QEMU, from the moment its agent serves. */
export class QemuGuest implements Guest {
  readonly info: GuestInfo;
  private readonly context: Context;
  private readonly qemu: QemuProcess;
  private readonly agent: Agent;
  private readonly qmp: Qmp;
  private readonly commands: Commands;
  private stopped: Promise<ConsoleLog> | undefined;

  private constructor(context: Context, qemu: QemuProcess, agent: Agent, qmp: Qmp, info: GuestInfo) {
    this.context = context;
    this.qemu = qemu;
    this.agent = agent;
    this.qmp = qmp;
    this.info = info;
    this.commands = new Commands(qemu, agent, (awaited, deadlineMs) => this.diagnose(awaited, deadlineMs));
  }

  /**
   * Waits for the guest's agent; throws `GuestDidNotStart` and leaves no process when it does not come. `restored` is
   * for a machine that goes on from a saved state: what its console had said before, and where the state is if QEMU has not
   * been told.
   */
  static async boot(
    context: Context,
    qemu: QemuProcess,
    info: Omit<GuestInfo, 'kernel'>,
    deadlineMs: number,
    restored?: { readonly console: string; readonly untold: StreamPlace | undefined },
  ): Promise<QemuGuest> {
    const agent = new Agent(qemu.channels.control);
    const qmp = new Qmp(qemu.channels.qmp);
    const seconds = deadlineMs / 1000;
    let serving = agent.ready;
    if (restored) {
      qemu.console.write(Buffer.from(restored.console));
      agent.hello();
    }
    if (restored || qemu.held)
      serving = resumeMachine(qmp, deadlineMs, restored?.untold).then(() => agent.ready);
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

  run(script: string, options: RunOptions): Promise<CommandOutcome> {
    return this.commands.run(script, options);
  }

  send(path: string, content: Uint8Array, options: { mode?: number } = {}): Promise<void> {
    return this.commands.send(path, content, options);
  }

  receive(path: string, options: { limitBytes?: number } = {}): Promise<Uint8Array> {
    return this.commands.receive(path, options);
  }

  console(from?: number): ConsoleLog {
    return this.qemu.console.snapshot(from);
  }

  waitForConsole(matches: (line: string) => boolean, deadlineMs: number): Promise<string> {
    return this.commands.waitForConsole(matches, deadlineMs);
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
    const end = await this.commands.execute('opening a shell', 'exec sh /lib/lab3/shell.sh', {
      input: Buffer.from(`${size.rows | 0} ${size.columns | 0} ${lastWord}\n`),
      deadlineMs: shellDeadlineMs,
      limitBytes: 4096,
    });
    demandSuccess('Opening a shell', end);
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
}
