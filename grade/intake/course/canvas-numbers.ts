/**
 * A file that is handed in again gets a number from Canvas, and the download has it: `main-1.c`, `Makefile-2`. Sources call each
 * other by the names without. A student may have chosen such a name too, and then the number stays.
 */
import type { Doubt } from '../../names.ts';
import { isArchiveName } from '../archive/kind.ts';
import { shown } from '../refusal.ts';
import { textOf } from '../text.ts';
import type { Naming } from './class-entry.ts';

export interface Numbered {
  /** As the download has it. */
  readonly name: string;
  /** Without the number. */
  readonly plain: string;
  /** No other file of the student would be called so. */
  readonly isFree: boolean;
}

/** Of a whole download. An archive is left alone: nobody calls it by its name. */
export function withoutNumbers(namings: readonly Naming[]): Naming[] {
  const count = new Map<string, number>();
  const keyOf = ({ group }: Naming, file: string) => JSON.stringify([group, file]);
  for (const naming of namings) {
    const { file } = naming;
    if (file === undefined) continue;
    const key = keyOf(naming, plainOf(file) ?? file);
    count.set(key, (count.get(key) ?? 0) + 1);
  }
  return namings.map((naming) => {
    const { file = '' } = naming;
    const plain = naming.group.startsWith('canvas:') && !isArchiveName(file) ? plainOf(file) : undefined;
    if (plain === undefined) return naming;
    const isFree = count.get(keyOf(naming, plain)) === 1;
    return { ...naming, file: isFree ? plain : file, numbered: { name: file, plain, isFree } };
  });
}

/** Canvas counts attempts, and keeps whatever looks like an extension: `lab3-1.mod.c`. */
export function plainOf(file: string): string | undefined {
  const [, stem, extension] = /^(.+)-[1-9]\d?((?:\.[A-Za-z][A-Za-z0-9]{0,19}){0,3})$/s.exec(file) ?? [];
  // The one name that no module can have: provision/builder/source.ts.
  if (stem === undefined || extension === undefined || /^module\.c$/i.test(stem + extension))
    return undefined;
  return stem + extension;
}

/** In so many it is looked whether others speak of them: nobody hands in more files again. */
const mostLooked = 50;

/**
 * Gives a file its number back where what is built speaks of it. Of the rest those are told that only a person can tell
 * apart: which of two is the newer one Canvas does not say.
 * @param files by path, changed in place
 */
export function settleNumbers<T>(
  files: Map<string, T>,
  numbered: readonly Numbered[],
  notes: string[],
): { readonly doubt: Doubt; readonly why: string } | undefined {
  const built = numbered.length === 0 ? [] : [...files].filter(([path]) => isBuilt(path));
  const texts = built.flatMap(([path, content]) =>
    content instanceof Uint8Array ? [{ path, text: Buffer.from(textOf(content).bytes).toString() }] : [],
  );
  const open: string[] = [];
  for (const [at, { name, plain, isFree }] of numbered.entries()) {
    const path = isFree ? plain : name;
    const content = files.get(path);
    if (content === undefined) continue;
    const others = at < mostLooked ? texts.filter((other) => other.path !== path) : [];
    const isMeant = others.some((other) => speaksOf(other, name));
    if (isFree && isMeant) {
      files.delete(path);
      files.set(name, content);
    } else if (isFree) {
      const why = 'Canvas adds such a number where a file is handed in again';
      notes.push(`${shown(name)} is taken as ${shown(plain)}: ${why}.`);
    } else if (!isMeant && isBuilt(plain)) open.push(shown(name));
  }
  if (open.length === 0) return undefined;
  const which = open.slice(0, 8).join(', ') + (open.length > 8 ? ` and ${open.length - 8} more` : '');
  const why = `Canvas may have added the number to ${which}, but without it there would be two files of one name: look which of them is meant.`;
  return { doubt: 'names-unclear', why };
}

const makeName = /(?:^|\/)(?:kbuild|(?:gnu)?makefile)$/i;
/** A README may say what it likes: nothing breaks by it. */
const isBuilt = (path: string) => /\.[ch]$/i.test(path) || makeName.test(path);

/** A Makefile calls `lab3-1.c` by `lab3-1.o` and `lab3-1-objs`; in C `i-1` is a difference, so the whole name must stand there. */
function speaksOf({ path, text }: { readonly path: string; readonly text: string }, name: string): boolean {
  const word = makeName.test(path) ? name.replace(/\..*$/s, '') : name;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const [before, after] = [text[at - 1] ?? ' ', text[at + word.length] ?? ' '];
    if (!/[\w-]/.test(before) && !/\w/.test(after)) return true;
  }
  return false;
}
