/**
 * What is known of one submission before any mark is given: plain JSON, so that a journal can keep it. Expected values
 * are the host's; nothing here was asked of the guest that the guest could profit from knowing.
 */
import type { CheckDocument } from '../../lab/check/document.ts';
import type { Diagnostic, Finding } from '../../lab/result.ts';
import type { Role } from '../names.ts';

/** A call that newer kernels dropped. */
export interface DroppedInterface {
  readonly call: string;
  /** Kernel version in which it went: `5.17`. */
  readonly since: string;
  readonly instead: string;
  readonly file?: string;
  readonly line?: number;
}

export interface ModuleEvidence {
  readonly name: string;
  readonly files: readonly string[];
  /** Both for a module whose parameter chooses; none where it could not be told. */
  readonly roles: readonly Role[];
  /** Why the roles are what they are, or could not be told, in a sentence. */
  readonly why: string;
  /** What of its Makefile and files was left out or read differently, in sentences. */
  readonly notes?: readonly string[];
  readonly build: {
    readonly status: 'built' | 'compile-error' | 'refused' | 'too-slow' | 'too-large';
    /** In a sentence, for what is not built. */
    readonly what: string;
    readonly diagnostics: readonly Diagnostic[];
    readonly dropped: readonly DroppedInterface[];
    /** Built with the compatibility header, which costs what the rubric says. */
    readonly compatibility: boolean;
    /** The compiler's own lines, cut to size. */
    readonly log: string;
  };
  /** Meaning (`n_threads`, `increment`, `n_times`, `lock`) → the student's name. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Meanings that several parameters may have alike. */
  readonly ambiguous: readonly { readonly role: string; readonly candidates: readonly string[] }[];
  /** Parameters that nobody can tell the meaning of. Absent: not known whether there are any. */
  readonly unrecognised?: readonly string[];
  readonly licence: string;
  /** Symbols of the kernel that the object file asks for. */
  readonly symbols: readonly string[];
  /** Places where the source asks a checker to look away: `__no_kcsan`, `data_race(`, `kmemleak_ignore`. */
  readonly optOuts: readonly { readonly file: string; readonly line: number; readonly what: string }[];
  /** Places where the source names a symbol that the rubric forbids to an own lock. */
  readonly forbidden?: readonly { readonly file: string; readonly line: number; readonly what: string }[];
}

/** `whole`: load, wait, unload. `early`: unload while threads are at work. `reload`: many loads and unloads. */
export type RunShape = 'whole' | 'early' | 'reload';

export interface GradeRun {
  /** Of the rubric. */
  readonly case: string;
  readonly hidden: boolean;
  readonly role: Role;
  readonly shape: RunShape;
  readonly module: string;
  readonly nThreads: number;
  readonly increment: number;
  readonly nTimes: number;
  readonly vcpus: number;
  /** Decimal text. Never enters a guest. */
  readonly expected: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly reached: 'unloaded' | 'load-failed' | 'stuck' | 'machine-lost';
  /** What insmod or rmmod said, or how the machine was lost. */
  readonly said: string;
  /** Loads and unloads that went well, of a `reload`. */
  readonly cycles?: number;
  readonly final?: string;
  readonly list: readonly string[];
  /** Kernel threads that were made while the module was loaded, by the guest kernel's tracing, as the host asked it. */
  readonly threadsMade?: number;
  /** The most of them that lived at once. */
  readonly threadsAtOnce?: number;
  /** How many were there when rmmod was called: an `early` run in which it was 0 showed nothing. */
  readonly threadsAtUnload?: number;
  /** Names of threads that were there when the module had gone. */
  readonly outlived: readonly string[];
  /** From the console: kernel reports, imitations of them, what a total could not be told by. */
  readonly findings: readonly Finding[];
  /** Student's and kernel's words, cut to size. */
  readonly console: string;
  readonly droppedBytes: number;
}

export interface StyleEvidence {
  readonly errors: number;
  readonly warnings: number;
  readonly checks: number;
  readonly lines: number;
  readonly worst: readonly {
    readonly file: string;
    readonly line: number;
    readonly severity: string;
    readonly what: string;
  }[];
}

/** A failure of this computer: what it concerns cannot be judged, and is tried again. */
export interface ComputerError {
  readonly name: string;
  readonly message: string;
  /** What could not be done. */
  readonly concerns: 'build' | 'runs' | 'check' | 'style';
}

/** What was left out although it was asked for, and why. */
export interface Untried {
  readonly case: string;
  readonly role: Role;
  readonly shape: RunShape;
  /** In a sentence. */
  readonly why: string;
}

export interface Evidence {
  readonly modules: readonly ModuleEvidence[];
  /** What was not looked at, as there is too much of it, in sentences. */
  readonly unread?: readonly string[];
  readonly runs: readonly GradeRun[];
  readonly untried?: readonly Untried[];
  /** One for each module that was checked, by module name. */
  readonly checks: Readonly<Record<string, CheckDocument>>;
  /** What the checked kernel's build said of modules that only the stock kernel compiles, by module name. */
  readonly unchecked?: Readonly<Record<string, ModuleEvidence['build']>>;
  readonly style?: StyleEvidence;
  /** Files of the submission that are a report or a picture. */
  readonly report: readonly string[];
  /** Why nothing is known of it, in a sentence for the student: nobody has looked yet, or a bug of ours. */
  readonly unknown?: string;
  /** Why nothing was tried: refused archive, no source. */
  readonly refused?: string;
  readonly errors: readonly ComputerError[];
}
