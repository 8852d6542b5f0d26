/** One file or folder at the top of what an instructor downloaded, and what its name says. */
import type { Entry } from '../entry.ts';
import type { Budget } from '../limits.ts';
import type { Identity } from '../submission.ts';
import type { Numbered } from './canvas-numbers.ts';

export interface ClassEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
  /** A clone of a git repository. */
  readonly clone: boolean;
  /** Of a folder what it holds; a file as one entry, called `as` where the course system added to its name. */
  entries(budget: Budget, as?: string): AsyncIterable<Entry>;
}

/** What a name says. */
export interface Naming {
  /** Entries of one group are parts of one submission: `moodle:17`. */
  readonly group: string;
  /** Who handed it in: several for a group's work. Nobody: it is no submission. */
  readonly people: readonly Identity[];
  /** The file's name as the student gave it. */
  readonly file?: string;
  /** Where Canvas may have added a number to that name. */
  readonly numbered?: Numbered;
  /** ISO 8601 in UTC. */
  readonly submittedAt?: string;
  /** The course system says that it was late, and not by how much. */
  readonly isLate?: true;
  /** In sentences. */
  readonly notes?: readonly string[];
}
