import type { Duplex } from 'node:stream';
import type { GuestInfo } from '../../lab/result.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Precedence } from './precedence.ts';

export interface GuestSpec {
  readonly kernel: Kernel;
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** Words added to the kernel's command line. */
  readonly cmdline?: readonly string[];
  /** Kernel modules to load at boot, by name; what they depend on comes along. */
  readonly modules?: readonly string[];
  /** Paths of cpio archives to unpack over the initramfs; their content is held in the guest's memory. */
  readonly archives?: readonly string[];
  /** Raw disk images on this computer, in the guest `/dev/vda`, `/dev/vdb`, … */
  readonly drives?: readonly { readonly path: string; readonly readOnly: boolean }[];
  /** `false`: boots even where the state of such a machine was saved before, and saves none. */
  readonly snapshot?: boolean;
  /** Shared by machines that run beside each other; where QEMU is no process of this computer it has no effect. */
  readonly precedence?: Precedence;
}

/** Shaped alike whether the command did well or not, so that callers read the same fields. */
export interface CommandOutcome {
  /** Exit status; 128 and more for a signal, as in the shell. 124 when the deadline passed. */
  readonly status: number;
  /** Standard output and standard error as one stream of bytes, at most `limitBytes` of it. */
  readonly output: string;
  /** Bytes that did not fit. */
  readonly dropped: number;
  readonly timedOut: boolean;
}

/** The kernel's log, or its part from some position on. Guest output: evidence, never proof. */
export interface ConsoleLog {
  readonly text: string;
  /** Bytes of this part that were not kept. */
  readonly droppedBytes: number;
  /** Where this part ends, for whoever wants what comes next. It only grows, whatever is dropped. */
  readonly end: number;
}

export interface RunOptions {
  readonly deadlineMs: number;
  /** How long the script may print nothing: a guest that hangs early need not be waited for to the end. */
  readonly silenceMs?: number;
  /** How much of the output is kept; 1 MiB where nothing is said. */
  readonly limitBytes?: number;
  /** Standard input of the script, which finds it in /run/lab3/input too. A call of its own would cost as much as the run. */
  readonly input?: Uint8Array;
  /** The output as it comes, without a limit. */
  readonly onOutput?: (chunk: Uint8Array) => void;
}

/** A running machine. Every call has a deadline and throws an error of the guest catalogue when it passes. */
export interface Guest {
  readonly info: GuestInfo;
  /**
   * Runs a POSIX shell script in the guest, after the ones before it. A script that outlives its deadline is
   * killed with its children and answers `timedOut`; `GuestHung` means that the guest answers nothing any more.
   */
  run(script: string, options: RunOptions): Promise<CommandOutcome>;
  send(path: string, content: Uint8Array, options?: { mode?: number }): Promise<void>;
  receive(path: string, options?: { limitBytes?: number }): Promise<Uint8Array>;
  /** @param from the `end` of an earlier part; absent: from the beginning */
  console(from?: number): ConsoleLog;
  /** Resolves when the console holds a line that `matches`; rejects at the deadline or when the guest dies. */
  waitForConsole(matches: (line: string) => boolean, deadlineMs: number): Promise<string>;
  /** PNG of the machine's text screen. */
  screenshot(): Promise<Uint8Array>;
  /** A shell of its own on a terminal of the guest; one at a time. Ends when the shell or the machine does. */
  openShell(size?: { columns: number; rows: number }): Promise<Duplex>;
  /**
   * Stops the machine and opens a stub for gdb on a free port of 127.0.0.1, which is the answer; gdb makes it go on.
   * Throws `DebuggerUnavailable`.
   */
  openGdbStub(): Promise<number>;
  /** Drains the console, demands the end marker, ends the machine. Safe to call twice. */
  stop(): Promise<ConsoleLog>;
  /** Ends the machine at once, whatever it does. Never throws. */
  kill(): Promise<void>;
}
