/** What an instructor asks for: the rubric as it is used, every default filled in. */
import type { ParameterRole } from '../../lab/parameters.ts';
import type { TemplateKind } from '../../lab/template.ts';
import { type CheckName, doubts, type Role, type Visibility } from '../names.ts';

export interface Rubric {
  readonly assignment: Assignment;
  readonly submission: SubmissionRules;
  readonly module: ModuleRules;
  readonly limits: Limits;
  readonly machine: {
    /** Of cases that name none. */
    readonly vcpus: number;
  };
  readonly cases: readonly CaseRule[];
  readonly seed: SeedSource;
  readonly criteria: readonly Criterion[];
  readonly late: LateRules;
  /** Remarks that leave a criterion open until a person has looked. */
  readonly review: readonly Remark[];
}

export interface Assignment {
  readonly title: string;
  /** What the criteria come to. */
  readonly points: number;
  /** ISO 8601 with a time: local in `timeZone`, unless it names its own offset. */
  readonly due?: string;
  /** IANA: `Europe/Moscow`. */
  readonly timeZone: string;
}

/** Columns of a roster, by what they mean. */
export const rosterColumns = [
  'name',
  'first_name',
  'last_name',
  'email',
  'login',
  'id',
  'group',
  'submitted',
] as const;
export type RosterColumn = (typeof rosterColumns)[number];

export interface SubmissionRules {
  /** Patterns of the paths that are kept, as intake/patterns.ts reads them. */
  readonly keep: readonly string[];
  /** Names of columns beside those that are known: of each list the first that the roster has, of `id` all. */
  readonly roster: Readonly<Record<RosterColumn, readonly string[]>>;
  /** Patterns of names of modules and files; `unlocked` is tried first. */
  readonly roles: Readonly<Record<Role, readonly string[]>>;
}

export interface ModuleRules {
  /** Names of the parameter of each meaning, the likeliest first; what none fits is told by its look. */
  readonly params: Readonly<Record<ParameterRole, readonly string[]>>;
  /** Words that the parameter of the lock may take for each role, the likeliest first. */
  readonly lockValues: Readonly<Record<Role, readonly string[]>>;
  /** printk formats, as lab/template.ts reads them; without, results are told by their look. */
  readonly patterns: Readonly<Record<TemplateKind, readonly string[]>>;
}

export interface Limits {
  readonly buildSeconds: number;
  readonly buildMemoryMib: number;
  readonly runSeconds: number;
  readonly consoleKib: number;
  /** Of the machine that a module runs in. */
  readonly memoryMib: number;
}

/** What a number is drawn from: one of a list, or a range in steps. */
export type Draw =
  | { readonly oneOf: readonly number[] }
  | { readonly from: number; readonly to: number; readonly step: number };

export interface CaseRule {
  readonly name: string;
  /** Absent: one case with these very numbers. Else as many are drawn for each student. */
  readonly count?: number;
  readonly nThreads: Draw;
  readonly increment: Draw;
  readonly nTimes: Draw;
  /** Absent: the machine's. */
  readonly vcpus?: Draw;
  /** Absent: fixed cases are visible, drawn ones hidden. */
  readonly visibility?: Visibility;
}

/** Where the secret comes from that cases are drawn by. None: the rubric itself, which students may know. */
export interface SeedSource {
  /** Name of an environment variable. */
  readonly env?: string;
  /** A file, relative to the rubric. */
  readonly file?: string;
}

export interface Thresholds {
  /** Up to so many cost nothing. */
  readonly full: number;
  /** From so many on nothing is earned; between the two it falls evenly. */
  readonly none: number;
}

export interface Criterion {
  readonly id: string;
  readonly title: string;
  readonly points: number;
  readonly check: CheckName;
  /** Ids of criteria without which this one is not tried. */
  readonly needs: readonly string[];
  /** `all`: every case has to pass. `each`: the share of the cases that do is earned. */
  readonly credit: 'all' | 'each';
  /** Share that is earned where nothing could be shown either way. */
  readonly inconclusive: number;
  /** In place of what lab3 would advise. */
  readonly hint?: string;
  readonly visibility: Visibility;
  /** Of `own-lock`: patterns of kernel symbols. */
  readonly forbid?: readonly string[];
  /** Of `reload`. */
  readonly cycles?: number;
  /** Of `builds`: whether what newer kernels dropped is given back by a header, and the share it costs. */
  readonly compatibility?: { readonly allow: boolean; readonly penalty: number };
  /** Of `warnings` and `style`. */
  readonly thresholds?: Thresholds;
  /** Of `report`: patterns of paths. */
  readonly files?: readonly string[];
}

export interface LateRules {
  readonly per: 'day' | 'hour';
  /** Of the mark, for each day or hour begun. */
  readonly share: number;
  readonly graceMinutes: number;
  /** The most that lateness costs before the cut-off. */
  readonly most: number;
  /** Later than so many days nothing counts any more. */
  readonly cutOffDays?: number;
}

/** What evidence may give rise to that only a person can settle. The names are permanent. */
export const remarks = [
  'opt-out',
  'lock-not-shared',
  'never-overlapped',
  'loop-folded',
  'role-unclear',
  'parameter-unclear',
  'total-unclear',
  'flood',
  'imitation',
  'tampering',
  ...doubts,
] as const;
export type Remark = (typeof remarks)[number];
