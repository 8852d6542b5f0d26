/** From what an instructor downloaded to students and what each handed in. Nobody is lost, and nothing is guessed in silence. */
import { realpath } from 'node:fs/promises';
import { labError } from '../../lab/errors.ts';
import { type Emit, step } from '../../lab/events.ts';
import { throwIfInterrupted } from '../../provision/cache.ts';
import { plural } from '../../report/numbers.ts';
import { assemble } from './assemble.ts';
import { nameEntries, whyNoSubmission } from './course/course.ts';
import { readMetadata } from './course/gradescope.ts';
import { type OpenClass, openClass } from './course/open-class.ts';
import { defaultLimits, type IntakeLimits, inBytes } from './limits.ts';
import { defaultKeep, keeper } from './patterns.ts';
import { makeKeys } from './people/keys.ts';
import { type Group, type Person, peopleOf } from './people/people.ts';
import { type RosterOptions, readRoster } from './people/roster.ts';
import { shown } from './refusal.ts';
import type { Candidate, Intake, Submission } from './submission.ts';

export interface ClassOptions {
  /** Patterns of files that are kept; `defaultKeep` where there are none. */
  readonly keep?: readonly string[];
  readonly roster?: RosterOptions;
  readonly limits?: Partial<IntakeLimits>;
  /** Files and folders that are no submissions though they lie there: rubric, results. */
  readonly ignore?: readonly string[];
  /** The place is one submission (true) or a class (false); told by its looks where it is not said. */
  readonly single?: boolean;
  readonly emit?: Emit;
  readonly signal?: AbortSignal;
}

/**
 * @param place a folder, or one archive or file
 * @throws GradeFolderMissing, GradeFolderEmpty, NotASubmission, ClassArchiveRefused, ClassTooLarge,
 *   GradeFileUnreadable, GradescopeListUnreadable, RosterUnreadable, RosterColumnMissing, Interrupted
 */
export async function readClass(place: string, options: ClassOptions = {}): Promise<Intake> {
  const limits = { ...defaultLimits, ...options.limits };
  const keep = keeper(options.keep ?? defaultKeep);
  const roster = options.roster === undefined ? undefined : await readRoster(options.roster);
  const ignored = await realPaths([
    ...(options.ignore ?? []),
    ...(options.roster ? [options.roster.file] : []),
  ]);
  const opened = await openClass(place, {
    limits,
    ignored,
    single: options.single,
    roster: roster !== undefined,
    keep,
  });
  const { groups, unmatched } = await groupsOf(opened);
  if (groups.length === 0) {
    const passedOver = unmatched.map(({ source }) => shown(source)).slice(0, 8);
    throw labError('GradeFolderEmpty', { folder: place, passedOver });
  }
  const people = peopleOf(groups, roster?.rows);
  const submissions = await readAll(place, people, { keep, limits, options });
  const keys = makeKeys(people);
  const candidates = people
    .map((person, at) => candidateOf(person, keys[at] ?? '', submissions.get(person.taken)))
    .map((candidate) => (opened.guessed ? withDoubtfulKind(candidate) : candidate))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  return { candidates, unmatched: [...unmatched, ...(roster?.repeated ?? [])] };
}

/** Several modules of one student, or one of each of several: the archive of both looks the same. */
function withDoubtfulKind(candidate: Candidate): Candidate {
  const { submission, remarks = [] } = candidate;
  const units = [...(submission?.files.keys() ?? [])].filter((name) => !/\.h$/i.test(name));
  const areAlike = units.length > 1 && units.every((name) => /^[^/]+\.c$/i.test(name));
  if (submission === undefined || !areAlike) return candidate;
  const remark = `${shown(submission.source)} has ${units.length} .c files and no Makefile, and is taken for one submission. If each is a student’s, unpack it and grade the folder.`;
  return { ...candidate, remarks: [...remarks, remark] };
}

async function realPaths(paths: readonly string[]): Promise<Set<string>> {
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => undefined)));
  return new Set(real.filter((path) => path !== undefined));
}

/** Entries that are parts of one submission, together. */
async function groupsOf(opened: OpenClass): Promise<{ groups: Group[]; unmatched: Intake['unmatched'] }> {
  const { entries, folder, below } = opened;
  const metadata = opened.metadata === undefined ? undefined : await metadataOf(opened.metadata);
  const namings = nameEntries({ entries, folder, ...(metadata === undefined ? {} : { metadata }) });
  const unmatched = [...opened.unmatched];
  const groups = new Map<string, Group>();
  for (const [at, naming] of namings.entries()) {
    const entry = entries[at];
    if (entry === undefined) continue;
    const source = below + entry.name;
    const why = whyNoSubmission(entry, naming);
    if (why !== undefined) {
      unmatched.push({ source, why: `No submission: ${why}.` });
      continue;
    }
    const group = groups.get(naming.group) ?? { naming, parts: [] };
    groups.set(naming.group, group);
    const { file, numbered } = naming;
    group.parts.push({
      source,
      entries: (budget) => entry.entries(budget, file),
      ...(numbered === undefined ? {} : { numbered }),
    });
  }
  return { groups: [...groups.values()], unmatched };
}

async function metadataOf({ file, text }: NonNullable<OpenClass['metadata']>) {
  try {
    return await readMetadata(text);
  } catch (error) {
    const why = (error as Error).message.split('\n')[0] ?? '';
    throw labError(
      'GradescopeListUnreadable',
      { file, why: shown(why).replace(/[.:]$/, '') },
      { cause: error },
    );
  }
}

/** Each submission once, though several students may share it. */
async function readAll(
  place: string,
  people: readonly Person[],
  { keep, limits, options }: { keep: (path: string) => boolean; limits: IntakeLimits; options: ClassOptions },
): Promise<Map<Group | undefined, Submission>> {
  const groups = [...new Set(people.flatMap(({ taken }) => taken ?? []))];
  return step(options.emit ?? (() => {}), 'Reading submissions', async (progress) => {
    const read = new Map<Group | undefined, Submission>();
    let bytes = 0;
    for (const [at, group] of groups.entries()) {
      if (options.signal !== undefined) throwIfInterrupted(options.signal);
      progress.progress(at, 'files', groups.length);
      const { submittedAt, notes = [] } = group.naming;
      const told = { ...(submittedAt === undefined ? {} : { submittedAt }), notes };
      const submission = await assemble(group.parts, told, { keep, limits });
      for (const content of submission.files.values()) bytes += content.length;
      if (bytes > limits.classBytes)
        throw labError('ClassTooLarge', { folder: place, limit: inBytes(limits.classBytes) });
      read.set(group, submission);
    }
    const refused = [...read.values()].filter((submission) => submission.refused !== undefined).length;
    progress.summary(
      `${plural(groups.length, 'submission')}${refused > 0 ? `, ${refused} of them refused` : ''}`,
    );
    return read;
  });
}

function candidateOf(person: Person, key: string, submission: Submission | undefined): Candidate {
  const { name, identities, onRoster, others, submittedAt } = person;
  const remarks = [...person.remarks, ...(submission?.unclear ? [submission.unclear.why] : [])];
  const doubts = [...person.doubts, ...(submission?.unclear ? [submission.unclear.doubt] : [])];
  // What the course system wrote beside the submission itself goes before the roster.
  const timed =
    submission === undefined || submission.submittedAt !== undefined || submittedAt === undefined
      ? submission
      : { ...submission, submittedAt };
  return {
    key,
    name,
    identities,
    onRoster,
    ...(timed === undefined ? {} : { submission: timed }),
    others: others.map(({ parts }) => parts.map(({ source }) => source).join(', ')),
    ...(remarks.length === 0 ? {} : { remarks }),
    ...(doubts.length === 0 ? {} : { doubts }),
  };
}
