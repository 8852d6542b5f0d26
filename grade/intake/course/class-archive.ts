/** A whole class in one archive, as course systems give it: read once, held in memory until it is taken apart. */
import { labError } from '../../../lab/errors.ts';
import { isArchiveName } from '../archive/kind.ts';
import { archiveEntries } from '../archive/open.ts';
import { isDocument } from '../collect.ts';
import { type Digest, digestOf, type Entry } from '../entry.ts';
import { type Budget, inBytes, makeBudget, overLimit } from '../limits.ts';
import { baseName, isDebris, isPrebuilt } from '../paths.ts';
import { Refusal, shown } from '../refusal.ts';
import type { ClassEntry } from './class-entry.ts';
import { classPath, knownPath } from './class-path.ts';
import { isCourseName, ownNames } from './course.ts';
import { metadataName } from './gradescope.ts';
import type { OpenClass, Opening } from './open-class.ts';

/** undefined: the archive is one submission by its looks, or is refused, which is then said of that submission. */
export async function classOfArchive(
  file: string,
  bytes: Uint8Array,
  opening: Opening,
): Promise<OpenClass | undefined> {
  const names: string[] = [];
  try {
    for await (const entry of archiveEntries(bytes, classBudget(bytes, opening))) {
      const name = knownPath(entry.name, opening.limits);
      // A folder alone is nothing that was handed in, unless its path is refused.
      const counts = entry.kind !== 'folder' || name.endsWith('/');
      if (counts && name !== '' && !isDebris(name)) names.push(name);
    }
  } catch (error) {
    // Taken for one submission, everybody else of a class would have handed in nothing.
    const isClass = opening.single === false || opening.roster;
    if (error instanceof Refusal && !isClass) return undefined;
    throw refused(file, error);
  }
  const below = placeOfClass(names);
  if (below === undefined && opening.single !== false) return undefined;
  try {
    return await readClassArchive(file, bytes, below ?? '', opening);
  } catch (error) {
    throw refused(file, error);
  }
}

function refused(file: string, error: unknown): unknown {
  return error instanceof Refusal
    ? labError('ClassArchiveRefused', { file, why: error.message }, { cause: error })
    : error;
}

function classBudget(bytes: Uint8Array, { limits }: Opening): Budget {
  const budget = makeBudget({ ...limits, totalBytes: 4 * limits.classBytes, entries: limits.classEntries });
  budget.packed(bytes.length);
  return budget;
}

/** The folder in an archive whose entries are students', `''` or ending in `/`; undefined where there is none. */
export function placeOfClass(names: readonly string[]): string | undefined {
  for (let below = ''; ; ) {
    const inside = names.filter((name) => name.startsWith(below)).map((name) => name.slice(below.length));
    const folders = [
      ...new Set(inside.filter((name) => name.includes('/')).map((name) => name.slice(0, name.indexOf('/')))),
    ];
    const files = inside.filter((name) => !name.includes('/'));
    if (files.includes(metadataName) || [...folders, ...files].some(isCourseName)) return below;
    const sources = files.some((name) => /\.c$|^(?:kbuild|gnumakefile|makefile)$/i.test(name));
    if (sources || folders.some((name) => name.toLowerCase() === 'src')) return undefined;
    if (files.filter(isArchiveName).length > 1 || folders.length > 1) return below;
    const [only] = folders;
    if (only === undefined) return undefined;
    below += `${only}/`;
  }
}

/** More are no help to anybody, and an archive can hold any number. */
const mostStrangers = 30;

/** What may be of use of each entry; the rest is known by name alone. */
async function readClassArchive(
  file: string,
  bytes: Uint8Array,
  below: string,
  opening: Opening,
): Promise<OpenClass> {
  const held = new Map<string, Held[]>();
  const budget = classBudget(bytes, opening);
  const sum = { bytes: 0 };
  const strangers: { source: string; why: string }[] = [];
  let metadata: OpenClass['metadata'];
  for await (const entry of archiveEntries(bytes, budget)) {
    const { top, rest, refusal } = classPath(entry.name, below, opening.limits);
    if (top === undefined) {
      if (refusal !== undefined)
        strangers.push({ source: shown(entry.name), why: `It is left out: ${refusal.message}.` });
      continue;
    }
    const list = held.get(top) ?? [];
    if (refusal !== undefined) {
      // By its name alone: whoever takes the part in refuses it, with that name.
      held.set(top, list);
      list.push({ path: rest, kind: entry.kind, content: undefined });
      continue;
    }
    const path = rest === '' ? top : `${top}/${rest}`;
    if (entry.kind === 'folder' || isDebris(path)) continue;
    if (path === metadataName) {
      const text = Buffer.from(await hold(entry, opening.limits.archiveBytes, sum, opening)).toString('utf8');
      metadata = { file: `${file}/${below}${path}`, text };
      continue;
    }
    // As it will be asked for: by its name in the student's part, or by the one that the student gave it.
    const isKept = rest === '' ? ownNames(top).some(opening.keep) : opening.keep(rest);
    const wanted = entry.kind === 'file' && !isPrebuilt(path) && (isKept || isArchiveName(path));
    const content = wanted ? await heldOf(entry, path, sum, opening) : undefined;
    list.push({ path: rest, kind: entry.kind, content });
    held.set(top, list);
  }
  const rest = strangers.splice(mostStrangers).length;
  if (rest > 0) strangers.push({ source: file, why: `${rest} more paths like these are left out.` });
  const entries = [...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, list]) => heldEntry(name, list));
  return {
    entries,
    folder: below === '' ? '' : baseName(below.slice(0, -1)),
    below,
    unmatched: strangers,
    ...(metadata ? { metadata } : {}),
  };
}

interface Held {
  /** Below the entry at the top; `''` for that itself. */
  readonly path: string;
  readonly kind: Entry['kind'];
  readonly content: Uint8Array | Digest | undefined;
}

/** Pictures are not held: those of a class are more than memory holds, and no mark needs more than that they are there. */
async function heldOf(
  entry: Entry,
  path: string,
  sum: { bytes: number },
  opening: Opening,
): Promise<Uint8Array | Digest> {
  if (!isDocument(path)) return hold(entry, maxBytes(path, opening), sum, opening);
  // Whoever takes the part in knows how large one may be.
  return digestOf(entry, Number.POSITIVE_INFINITY, () => new Error('no limit'));
}

/** One byte more than a submission may have: what is over the limit is said of that submission, not of the class. */
function maxBytes(path: string, { limits }: Opening): number {
  if (isArchiveName(path)) return limits.archiveBytes + 1;
  return limits.fileBytes + 1;
}

async function hold(
  entry: Entry,
  max: number,
  sum: { bytes: number },
  { limits }: Opening,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of entry.chunks()) {
    if (bytes >= max) continue;
    const part = chunk.subarray(0, max - bytes);
    bytes += part.length;
    sum.bytes += part.length;
    if (sum.bytes > limits.classBytes)
      throw overLimit(`with ${shown(entry.name)} it`, inBytes(limits.classBytes));
    chunks.push(part);
  }
  return Buffer.concat(chunks);
}

function heldEntry(name: string, list: readonly Held[]): ClassEntry {
  const kind = list.some(({ path }) => path !== '') ? 'folder' : 'file';
  return {
    name,
    kind,
    clone: false,
    async *entries(budget, as = name): AsyncGenerator<Entry> {
      for (const { path, kind: entryKind, content = new Uint8Array() } of list) {
        budget.entry();
        const entry = { name: path === '' ? as : path, kind: entryKind };
        if (content instanceof Uint8Array) {
          yield { ...entry, chunks: () => once(content, budget) };
          continue;
        }
        budget.packed(content.bytes);
        budget.unpacked(content.bytes);
        yield { ...entry, digest: content, chunks: () => once(new Uint8Array(), budget) };
      }
    },
  };
}

async function* once(content: Uint8Array, budget: Budget): AsyncGenerator<Uint8Array> {
  budget.packed(content.length);
  budget.unpacked(content.length);
  yield content;
}
