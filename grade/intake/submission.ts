/** What a folder of downloads comes to: students, and for each what was handed in, in memory and within limits. */
import type { Doubt } from '../names.ts';

/** Where the name, ids and time of a submission come from. */
export interface Identity {
  /** For people. Student's text. */
  readonly name: string;
  /** Columns of the roster, and what the course system's file names say: `canvas_id`, `moodle_id`, `login`, `email`, … */
  readonly identities: Readonly<Record<string, string>>;
}

export interface Submission {
  /** Path below the folder that is graded, `/` between the parts, as the instructor sees it. */
  readonly source: string;
  /** ISO 8601 in UTC where the course system says it. */
  readonly submittedAt?: string;
  /** Sources and Makefiles that were kept, by path: UTF-8, LF. An extra folder level is gone. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Paths of the other files that were kept: no mark needs more of them than that they are there. */
  readonly documents: readonly string[];
  /** Over names and contents of all of these, or over the archive where it was refused. */
  readonly sha256: string;
  /** What was left out or read differently, in sentences for student and instructor. */
  readonly notes: readonly string[];
  /** Why nothing of it was taken: a hostile or damaged archive. In a sentence. */
  readonly refused?: string;
  /** What only a person can tell of it, in a sentence. */
  readonly unclear?: { readonly doubt: Doubt; readonly why: string };
}

export interface Candidate extends Identity {
  /** As `keyPattern` of the results wants it, unique, and the same in every run. */
  readonly key: string;
  /** True where there is no roster. */
  readonly onRoster: boolean;
  /** Absent: on the roster, nothing handed in. */
  readonly submission?: Submission;
  /** Sources of the same student that were not taken, the newest excepted. */
  readonly others: readonly string[];
  /** What a person must know of whose this is, in sentences: matched by part of a name, not on the roster, twice. */
  readonly remarks?: readonly string[];
  /** Remarks that leave the mark open, unless the rubric or a person lets it pass. */
  readonly doubts?: readonly Doubt[];
}

export interface Intake {
  /** By key. */
  readonly candidates: readonly Candidate[];
  readonly unmatched: readonly { readonly source: string; readonly why: string }[];
}
