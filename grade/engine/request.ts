/** What the engine is asked: one submission, the settings of a rubric as plain data, and the machines to do it with. */
import type { BuilderName } from '../../lab/names.ts';
import type { ParameterRole } from '../../lab/parameters.ts';
import type { TemplateKind } from '../../lab/template.ts';
import { limits as builderLimits } from '../../provision/builder/recipe.ts';
import type { Workshop } from '../../provision/builder/workshop.ts';
import type { Context } from '../../provision/context.ts';
import type { Guest } from '../../provision/guest/guest.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import type { Role } from '../names.ts';

/** Already drawn, so that nothing here depends on a seed. */
export interface GradeCase {
  readonly id: string;
  readonly hidden: boolean;
  readonly nThreads: number;
  readonly increment: number;
  readonly nTimes: number;
  readonly vcpus: number;
}

export interface GradeLimits {
  /** Wall clock of one compilation. */
  readonly buildSeconds: number;
  /** What one compilation may take. */
  readonly buildMemoryBytes: number;
  /** Of loading and the threads together, by the guest's clock; the steps of a run come on top. */
  readonly runSeconds: number;
  readonly secondsPerMillionSteps: number;
  readonly unloadSeconds: number;
  /** Kept of one run's console. */
  readonly consoleBytes: number;
  /** An unlocked run that took longer is not tried with more steps. */
  readonly scaleSeconds: number;
}

export interface GradeSettings {
  /** Patterns of names of modules and files, as a rubric gives them; `unlocked` is tried first. */
  readonly rolePatterns: Readonly<Record<Role, readonly string[]>>;
  /**
   * Where no pattern fits: words in a name that say which kind it is. A `no`, `non`, `not`, `without` before one turns it
   * round.
   */
  readonly roleWords: Readonly<Record<Role, readonly string[]>>;
  /** Meaning → names that are taken for it before any guess. */
  readonly parameterNames: Partial<Readonly<Record<ParameterRole, readonly string[]>>>;
  /** Words that a lock parameter may be given; the first that its description names is taken. */
  readonly lockValues: Readonly<Record<Role, readonly string[]>>;
  /** printk formats to read results by; where none of a kind fits, lines are told by their looks. */
  readonly patterns: Partial<Readonly<Record<TemplateKind, readonly string[]>>>;
  readonly cases: readonly GradeCase[];
  /** Roles whose module is unloaded while its threads are at work. */
  readonly early: readonly Role[];
  /** Loads and unloads in a row; 0 for none. */
  readonly reloadCycles: number;
  /** Whether modules go to the checked kernel. */
  readonly check: boolean;
  /** Runs there of each role, 0 for none. One of a locked module misses subtle races; each costs some seconds of a core. */
  readonly checkRuns: Readonly<Record<Role, number>>;
  readonly style: boolean;
  /** Builds what only uses interfaces that newer kernels dropped with a header that brings them back. */
  readonly compatibility: boolean;
  /** Patterns of kernel symbols that an own lock must not be made of; the source is searched for those that it uses. */
  readonly forbiddenSymbols: readonly string[];
  /** Patterns of the paths of a report and its pictures. */
  readonly reportFiles: readonly string[];
  readonly limits: GradeLimits;
}

export const defaultLimits: GradeLimits = {
  buildSeconds: 60,
  buildMemoryBytes: builderLimits.memoryBytes,
  runSeconds: 25,
  secondsPerMillionSteps: 8,
  unloadSeconds: 15,
  consoleBytes: 64 * 1024,
  scaleSeconds: 10,
};

export const defaultSettings: GradeSettings = {
  rolePatterns: { unlocked: [], locked: [] },
  roleWords: {
    unlocked: ['unlocked', 'race', 'racy', 'unsafe', 'unsync', 'plain', 'lockless', 'bad', 'broken'],
    locked: ['locked', 'lock', 'spinlock', 'spin', 'atomic', 'mutex', 'sync', 'safe'],
  },
  parameterNames: {},
  lockValues: {
    unlocked: ['none', 'no', 'off', 'nolock', 'no_lock', 'unlocked', 'without', 'race'],
    locked: ['own', 'custom', 'my', 'spin', 'spinlock', 'lock', 'locked', 'atomic', 'on', 'yes'],
  },
  patterns: {},
  cases: [],
  early: ['locked'],
  reloadCycles: 5,
  check: true,
  checkRuns: { unlocked: 1, locked: 2 },
  style: true,
  compatibility: false,
  forbiddenSymbols: [],
  reportFiles: ['*.rst', '*.md', '*.pdf', '*.docx', '*.odt', '*.png', '*.jpg', '*.jpeg', '*.gif', '*.webp'],
  limits: defaultLimits,
};

/** Step → what it came to, as JSON: what an earlier process finished is not done again. */
export type DoneSteps = ReadonlyMap<string, unknown>;

export interface GradeRequest {
  /** Sources and Makefiles by path, `/` between the parts: UTF-8, LF. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Paths of what else was handed in. */
  readonly documents: readonly string[];
  /** Why nothing of the submission was taken: nothing is tried then. */
  readonly refused?: string;
  readonly settings: GradeSettings;
  readonly stock: Kernel;
  /** Absent: nothing is checked, and that is an error of this computer. */
  readonly checked?: Kernel;
  readonly builder: BuilderName | 'auto';
  readonly mirror?: string | undefined;
  /** A fresh machine that ends with the context's signal. */
  readonly startGuest: (context: Context, kernel: Kernel, vcpus: number) => Promise<Guest>;
  /** Where perl runs; absent where there is no such place. */
  readonly workshop?: Workshop;
  readonly done?: DoneSteps;
  /** Awaited: what it has taken will not be done again. `json` is plain JSON. */
  readonly onStep?: (name: string, json: unknown) => Promise<void> | void;
  /** Name and version of this tool, as documents say it. */
  readonly tool: string;
}
