/** What is known of one run of a check before anything is concluded from it. */
import type { KernelEvent } from '../console.ts';
import type { CheckedKind } from '../names.ts';
import type { RunSpec } from '../plan.ts';
import type { CheckPlace, CheckRun } from './document.ts';
import type { CheckKind } from './kinds.ts';
import type { Frame } from './stacks.ts';

export type Shape = CheckRun['shape'];

/** A run as it is planned. */
export interface CheckSpec extends RunSpec {
  readonly number: number;
  /** Whether threads are kept apart. */
  readonly locked: boolean;
  /** Whether the module cannot be told which lock to take: nobody knows whether it takes one. */
  readonly asItIs: boolean;
  readonly shape: Shape;
  readonly kernel: CheckedKind;
}

/** A line of the student's own source. `function` is the innermost one there, inlined or not. */
export interface Located {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  /** Where that function was called from, if the compiler folded it into its caller, and so on outwards. */
  readonly callers?: readonly Located[];
}

/** Undefined where a frame is not of the module, or its line is not known. */
export type Locate = (frame: Frame) => Located | undefined;

export interface ModuleCode {
  readonly name: string;
  readonly locate: Locate;
  /** The text of a line of the source, for words about it. */
  readonly lineText: (file: string, line: number) => string | undefined;
  /** Lines outside of the init and exit functions whose code writes memory. */
  readonly writes: readonly Located[];
}

/** A task of the module's as the guest shows it. */
export interface TaskLook {
  readonly pid: number;
  readonly name: string;
  /** As in /proc: `R` runs or wants to, `S` and `D` sleep. */
  readonly state: string;
  /** The CPU it was last on. */
  readonly cpu: number;
}

/** A task that did not come to its end, and where it stands. */
export interface StuckTask extends TaskLook {
  /** Innermost first; empty where the kernel could not tell. */
  readonly frames: readonly Frame[];
  /** The kernel's own words. */
  readonly raw: string;
}

export type Phase = 'loading' | 'running' | 'unloading' | 'unloaded';

export interface RunEvidence {
  readonly spec: CheckSpec;
  /** The console of this run, bare addresses of the module turned into names. */
  readonly text: string;
  readonly events: readonly KernelEvent[];
  /** What the kernel said of itself after it, where that tells anything. */
  readonly taints?: number;
  /** The last phase that was begun; `unloaded` when all went to its end. */
  readonly phase: Phase;
  readonly reached: CheckRun['reached'];
  /** What insmod or rmmod said, or how the machine was lost. */
  readonly said: string;
  /** A machine that was lost answered nothing any more, or came to its end. */
  readonly lost?: 'hung' | 'ended';
  /** Every look at the module's threads while it ran, in order. */
  readonly looks: readonly (readonly TaskLook[])[];
  /** Threads that were still there when the module was gone. */
  readonly outlived: readonly TaskLook[];
  /** The module's tasks, insmod and rmmod when a deadline had passed; empty where none did. */
  readonly stuck: readonly StuckTask[];
  readonly elapsedMs: number;
}

/** One thing that one run shows; several of them are one finding. */
export interface Draft {
  readonly kind: CheckKind;
  /** Absent: an error. */
  readonly severity?: 'error' | 'warning' | 'note';
  readonly places: readonly CheckPlace[];
  readonly what: string;
  /** Absent: the words of its kind. */
  readonly look?: string;
  readonly values?: { readonly before: string; readonly after: string };
  readonly tasks?: readonly { readonly name?: string; readonly pid: number }[];
  readonly cpus?: readonly number[];
  readonly raw: string;
  readonly count?: number;
  /** The address that it is about: two drafts of one run with the same one are the same fault. */
  readonly address?: string;
}
