/** Whose each entry of a download is, by the naming of the course system that it came from. */
import { isArchiveName, withoutSuffix } from '../archive/kind.ts';
import { canvasNaming } from './canvas.ts';
import { plainOf, withoutNumbers } from './canvas-numbers.ts';
import type { ClassEntry, Naming } from './class-entry.ts';
import { assignmentPrefix } from './github.ts';
import { moodleNaming } from './moodle.ts';

export interface Download {
  readonly entries: readonly ClassEntry[];
  /** Name of the folder itself. */
  readonly folder: string;
  /** What Gradescope's own list says, by folder. */
  readonly metadata?: ReadonlyMap<string, Naming>;
}

/** In the order of the entries. */
export function nameEntries({ entries, folder, metadata }: Download): Naming[] {
  const canvas = entries.map(({ name, kind }) => (kind === 'file' ? canvasNaming(name) : undefined));
  // `ivanov_3_12_lab.c` may be a student's own idea; a whole folder of such names is not.
  const isCanvas = canvas.filter((naming) => naming !== undefined).length > entries.length / 2;
  const clones = entries.filter(({ clone }) => clone).map(({ name }) => name);
  const prefix = assignmentPrefix(clones, folder);
  const namings = entries.map((entry, at): Naming => {
    const { name } = entry;
    const told = metadata?.get(name) ?? moodleNaming(name) ?? (isCanvas ? canvas[at] : undefined);
    if (told !== undefined) return told;
    if (!entry.clone) return plainNaming(entry);
    const login = name.slice(prefix.length);
    return {
      group: `login:${login.toLowerCase()}`,
      people: [{ name: login, identities: { login, repository: name } }],
    };
  });
  return withoutNumbers(namings);
}

/** Whether a name is one that only a course system gives. */
export function isCourseName(name: string): boolean {
  return (
    moodleNaming(name) !== undefined || canvasNaming(name) !== undefined || /^submission_\d+$/.test(name)
  );
}

/** What the student may have called a file that stands at the top of a download under this name. */
export function ownNames(name: string): string[] {
  const files = [name, moodleNaming(name)?.file, canvasNaming(name)?.file].filter(
    (file) => file !== undefined,
  );
  return files.flatMap((file) => [file, plainOf(file) ?? file]);
}

/** The entry's own name is the student: `ivanov.zip`, `ivanov/` and `ivanov.c` alike. */
function plainNaming({ name, kind }: ClassEntry): Naming {
  const person = kind === 'folder' ? name : withoutSuffix(name).replace(/\.c$/i, '');
  return { group: `name:${name}`, people: [{ name: person, identities: {} }] };
}

/** Why a file at the top of a download is no submission, or undefined where it can be one. */
export function whyNoSubmission({ name, kind }: ClassEntry, naming: Naming): string | undefined {
  if (kind === 'folder' || naming.file !== undefined || isArchiveName(name) || /\.c$/i.test(name))
    return undefined;
  return 'it is neither a folder, an archive nor a .c file';
}
