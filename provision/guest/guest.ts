import type { GuestInfo } from '../../lab/result.ts';
import type { Kernel } from '../kernel/kernel.ts';

export interface GuestSpec {
  readonly kernel: Kernel;
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** Words added to the kernel's command line. */
  readonly cmdline?: readonly string[];
}

/** Shaped alike whether the command did well or not, so that callers read the same fields. */
export interface CommandOutcome {
  readonly status: number;
  /** Standard output and standard error as one stream of bytes, at most `limitBytes` of it. */
  readonly output: string;
  /** Bytes that did not fit. */
  readonly dropped: number;
  readonly timedOut: boolean;
}

/** The kernel's log so far. Guest output: evidence, never proof. */
export interface ConsoleLog {
  readonly text: string;
  readonly droppedBytes: number;
}

/** A running machine. Every call has a deadline and throws an error of the guest catalogue when it passes. */
export interface Guest {
  readonly info: GuestInfo;
  /** Runs a POSIX shell script in the guest. */
  run(script: string, options: { deadlineMs: number; limitBytes?: number }): Promise<CommandOutcome>;
  send(path: string, content: Uint8Array, options?: { mode?: number }): Promise<void>;
  receive(path: string, options?: { limitBytes?: number }): Promise<Uint8Array>;
  console(): ConsoleLog;
  /** Resolves when the console holds a line that `matches`; rejects at the deadline or when the guest dies. */
  waitForConsole(matches: (line: string) => boolean, deadlineMs: number): Promise<string>;
  /** PNG of the machine's text screen. */
  screenshot(): Promise<Uint8Array>;
  /** Drains the console, powers off, demands the end marker. Safe to call twice. */
  stop(): Promise<ConsoleLog>;
  /** Ends the machine at once, whatever it does. Never throws. */
  kill(): Promise<void>;
}
