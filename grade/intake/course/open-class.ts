/** The place that is graded, on disk or in one archive, as entries for each student; or as one submission. */
import { lstat, realpath } from 'node:fs/promises';
import path from 'node:path';
import { LabError, labError } from '../../../lab/errors.ts';
import { isArchiveName } from '../archive/kind.ts';
import { type Listed, listFolder, readWhole } from '../disk.ts';
import { type IntakeLimits, inBytes } from '../limits.ts';
import { isDebris } from '../paths.ts';
import { Refusal } from '../refusal.ts';
import { classOfArchive } from './class-archive.ts';
import type { ClassEntry } from './class-entry.ts';
import { isCourseName } from './course.ts';
import { diskEntry } from './disk-entry.ts';
import { metadataName } from './gradescope.ts';

export interface OpenClass {
  readonly entries: readonly ClassEntry[];
  /** Name of the folder that holds them. */
  readonly folder: string;
  /** What stands before the entries' names, `''` or ending in `/`. */
  readonly below: string;
  /** Text of Gradescope's list. */
  readonly metadata?: { readonly file: string; readonly text: string };
  /** An archive that was taken for one submission by its looks; nobody said so. */
  readonly guessed?: true;
  /** What can be no submission, and why. */
  readonly unmatched: readonly { readonly source: string; readonly why: string }[];
}

export interface Opening {
  readonly limits: IntakeLimits;
  /** Real paths of files that are no submissions: the roster, the rubric, the folder for results. */
  readonly ignored: ReadonlySet<string>;
  /** Whether the place is one submission or a class; by its looks where it is not said. */
  readonly single: boolean | undefined;
  /** Whether there is a roster: a class's, most likely. */
  readonly roster: boolean;
  readonly keep: (path: string) => boolean;
}

/** @throws GradeFolderMissing, NotASubmission, ClassArchiveRefused, GradeFileUnreadable */
export async function openClass(place: string, opening: Opening): Promise<OpenClass> {
  const root = await realpath(place).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file or folder' : `access fails (${error.code})`;
    throw labError('GradeFolderMissing', { folder: place, why }, { cause: error });
  });
  const stat = await lstat(root);
  const name = path.basename(root);
  if (stat.isDirectory()) return openFolder(root, opening);
  if (!stat.isFile()) {
    const why = 'it is neither a file nor a folder';
    throw labError('GradeFolderMissing', { folder: place, why });
  }
  if (isArchiveName(name)) {
    const bytes = await readWhole(root, opening.limits.classBytes).catch((error: unknown) => {
      if (error instanceof LabError || !(error instanceof Refusal)) throw error;
      const why = `it is over the limit of ${inBytes(opening.limits.classBytes)}`;
      throw labError('ClassArchiveRefused', { file: place, why }, { cause: error });
    });
    const found = opening.single === true ? undefined : await classOfArchive(name, bytes, opening);
    if (found !== undefined) return found;
    const one = alone(diskEntry(path.dirname(root), name, 'file', false));
    return opening.single === true ? one : { ...one, guessed: true };
  }
  if (!/\.c$/i.test(name)) throw labError('NotASubmission', { file: place });
  return alone(diskEntry(path.dirname(root), name, 'file', false));
}

const alone = (entry: ClassEntry): OpenClass => ({ entries: [entry], folder: '', below: '', unmatched: [] });

async function openFolder(root: string, opening: Opening): Promise<OpenClass> {
  if (opening.single === true) return alone(await folderEntry(path.dirname(root), path.basename(root)));
  const [folder, below, listed] = await descend(root, '', opening);
  const names = listed.map((entry) => entry.name);
  const unmatched: { source: string; why: string }[] = [];
  if (opening.single === undefined && (await isOnePersons(root, names)))
    return alone(await folderEntry(path.dirname(root), path.basename(root)));
  const entries: ClassEntry[] = [];
  for (const entry of listed) {
    const { kind } = entry;
    const source = below + entry.name;
    if (entry.name === metadataName) continue;
    if (entry.name.includes('\ufffd'))
      unmatched.push({ source, why: 'Its name is in no encoding that is read here.' });
    else if (kind === 'folder') entries.push(await folderEntry(folder, entry.name));
    else if (kind === 'file') entries.push(diskEntry(folder, entry.name, 'file', false));
    else
      unmatched.push({
        source,
        why: kind === 'link' ? 'A link is not followed.' : 'It is not a regular file.',
      });
  }
  const file = path.join(folder, metadataName);
  const text = names.includes(metadataName)
    ? Buffer.from(await readWhole(file, opening.limits.archiveBytes)).toString('utf8')
    : undefined;
  return {
    entries,
    folder: path.basename(folder),
    below,
    unmatched,
    ...(text === undefined ? {} : { metadata: { file, text } }),
  };
}

/** Into a folder that holds nothing but the one folder of a download. */
async function descend(
  folder: string,
  below: string,
  opening: Opening,
): Promise<[folder: string, below: string, entries: Listed[]]> {
  const entries = (await listFolder(folder)).filter(
    ({ name }) => !isDebris(name) && !opening.ignored.has(path.join(folder, name)),
  );
  const [only, ...others] = entries;
  if (only === undefined || others.length > 0 || only.kind !== 'folder' || isCourseName(only.name))
    return [folder, below, entries];
  const inside = path.join(folder, only.name);
  const [deeper, , listed] = await descend(inside, `${below}${only.name}/`, opening);
  const ofCourse = listed.some(({ name }) => isCourseName(name) || name === metadataName);
  // One archive alone is what one student handed in.
  if (ofCourse || listed.filter(({ name }) => isArchiveName(name)).length > 1)
    return [deeper, `${below}${path.relative(folder, deeper).split(path.sep).join('/')}/`, listed];
  for (const entry of listed) {
    if (entry.kind === 'folder' && (await isClone(path.join(deeper, entry.name))))
      return [deeper, `${below}${path.relative(folder, deeper).split(path.sep).join('/')}/`, listed];
  }
  return [folder, below, entries];
}

async function folderEntry(folder: string, name: string): Promise<ClassEntry> {
  return diskEntry(folder, name, 'folder', await isClone(path.join(folder, name)));
}

/** `.git` is a file in a worktree or submodule. */
async function isClone(folder: string): Promise<boolean> {
  return lstat(path.join(folder, '.git')).then(
    () => true,
    () => false,
  );
}

/** A student's own folder by its name; sources with a Makefile, in `src/` or in a clone. Else each `.c` is somebody's. */
async function isOnePersons(folder: string, names: readonly string[]): Promise<boolean> {
  if (isCourseName(path.basename(folder))) return true;
  if (names.some((name) => /^(?:kbuild|gnumakefile|makefile|src)$/i.test(name))) return true;
  return names.some((name) => name.endsWith('.c')) && (await isClone(folder));
}
