import type { Duplex } from 'node:stream';
import { type LabError, labError } from '../../../lab/errors.ts';
import type { GuestInfo } from '../../../lab/result.ts';
import type { Context } from '../../context.ts';
import { Commands, detailOf, race } from '../commands.ts';
import type { ConsoleRecorder } from '../console-log.ts';
import type { CommandOutcome, ConsoleLog, Guest, RunOptions } from '../guest.ts';
import { drawScreen, provideFont, readScreen, screenScript } from './drawn.ts';
import { hypervisor, isRunning, type MachineState, machineFolder, machineState } from './machine.ts';
import type { LastWords } from './serial.ts';
import { type Line, openTerminal } from './ssh.ts';

const endMarker = 'lab3-guest: end of log';
const endDeadlineMs = 20_000;
const screenDeadlineMs = 20_000;
const program = 'The machine of Vagrant';

/** A machine of Vagrant, from the moment its agent serves. Ending the guest leaves the machine on. */
export class VagrantGuest implements Guest {
  readonly info: GuestInfo;
  private readonly context: Context;
  private readonly state: MachineState;
  private readonly line: Line;
  private readonly recorder: ConsoleRecorder;
  private readonly mirror: string | undefined;
  private readonly lastWords: LastWords;
  private readonly release: () => void;
  private readonly commands: Commands;
  private stopped: Promise<ConsoleLog> | undefined;

  /** @param release called when the machine may be another's */
  constructor(
    context: Context,
    state: MachineState,
    line: Line,
    recorder: ConsoleRecorder,
    info: GuestInfo,
    mirror: string | undefined,
    lastWords: LastWords,
    release: () => void,
  ) {
    this.context = context;
    this.state = state;
    this.line = line;
    this.recorder = recorder;
    this.info = info;
    this.mirror = mirror;
    this.lastWords = lastWords;
    this.release = release;
    const machine = { console: recorder, ended: line.ended, end: line.end };
    this.commands = new Commands(machine, line.agent, (awaited, deadlineMs) =>
      this.diagnose(awaited, deadlineMs),
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
    return this.recorder.snapshot(from);
  }

  waitForConsole(matches: (line: string) => boolean, deadlineMs: number): Promise<string> {
    return this.commands.waitForConsole(matches, deadlineMs);
  }

  async screenshot(): Promise<Uint8Array> {
    try {
      const below = await hypervisor(this.context, this.state);
      return await (below?.screenshot() ?? this.draw());
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw labError('ScreenshotFailed', { reason, program }, { cause: error });
    }
  }

  private async draw(): Promise<Uint8Array> {
    const options = { deadlineMs: screenDeadlineMs, limitBytes: 1024 * 1024 };
    const said = await this.commands.execute('reading its screen', screenScript, options);
    const screen = readScreen(said.output);
    if (screen === undefined)
      throw new Error(`${this.state.provider} gives none, and the box has no text screen`);
    return drawScreen(screen, await provideFont(this.context, this.mirror));
  }

  openShell(size = { columns: 80, rows: 24 }): Promise<Duplex> {
    return openTerminal(this.context, machineFolder(this.context), size);
  }

  async openGdbStub(): Promise<number> {
    throw labError('DebuggerUnavailable', {
      reason: 'a machine of Vagrant has no stub for it; take vm qemu',
    });
  }

  stop(): Promise<ConsoleLog> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  async kill(): Promise<void> {
    this.lastWords.close();
    await this.line.close();
    this.release();
  }

  private async end(): Promise<ConsoleLog> {
    const marker = this.recorder.watch((line) => line.includes(endMarker));
    this.line.agent.endLog();
    const outcome = await race(marker.found, this.line.ended, endDeadlineMs);
    marker.stop();
    if (outcome.kind !== 'value') {
      const error = await this.diagnose('writing the end of its log', endDeadlineMs);
      await this.kill();
      if (error.name !== 'GuestDied') throw error;
      throw labError('GuestLogIncomplete', { how: this.line.end() ?? '', console: this.console() });
    }
    await this.kill();
    return this.console();
  }

  /** Why nothing came: the machine is off, its kernel has died or hangs, or the line broke. */
  private async diagnose(awaited: string, deadlineMs: number): Promise<LabError> {
    if (this.context.signal.aborted) {
      await this.line.close();
      return labError('Interrupted', undefined);
    }
    const how = this.line.end();
    const state =
      this.stopped === undefined || how === undefined ? await machineState(this.context, this.state) : '';
    // What the kernel said when nothing went over ssh any more belongs to its log.
    if (this.stopped === undefined)
      this.recorder.write(Buffer.from(this.lastWords.after(this.console().text)));
    const log = this.console();
    const extra = { awaited, console: log, program };
    const { panic } = this.recorder;
    if (panic !== undefined) return labError('GuestPanicked', { ...extra, panic }, detailOf(log));
    if (state !== '' && !isRunning(state))
      return labError('GuestDied', { ...extra, how: `it is ${state}` }, detailOf(log));
    if (how !== undefined) return labError('GuestDied', { ...extra, how }, detailOf(log));
    const seconds = Math.round(deadlineMs / 100) / 10;
    return labError('GuestHung', { ...extra, seconds }, detailOf(log));
  }
}
