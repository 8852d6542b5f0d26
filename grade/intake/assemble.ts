/** From what was handed in, in one or several parts, to a submission: whole, or refused in a sentence. */
import { createHash } from 'node:crypto';
import { usualReportFolder } from '../../lab/names.ts';
import { hashFiles } from '../../provision/builder/source.ts';
import {
  type Collecting,
  type Collection,
  collect,
  emptyCollection,
  isDocument,
  isSource,
  openArchives,
  refusedAs,
} from './collect.ts';
import { type Numbered, settleNumbers } from './course/canvas-numbers.ts';
import type { Digest, Entry } from './entry.ts';
import { type IntakeLimits, makeBudget } from './limits.ts';
import { Refusal, shown } from './refusal.ts';
import type { Submission } from './submission.ts';
import { textOf } from './text.ts';

/** One folder or file of a submission; most have one. */
export interface Part {
  /** Path below the folder that is graded, `/` between the parts. */
  readonly source: string;
  /** Entries of a folder, or the one file itself under its own name. */
  readonly entries: (budget: Collecting['budget']) => AsyncIterable<Entry>;
  readonly numbered?: Numbered;
}

export interface Told {
  readonly submittedAt?: string;
  /** In sentences: what the course system says of it. */
  readonly notes: readonly string[];
}

/** @throws GradeFileUnreadable; never for what a student did */
export async function assemble(
  parts: readonly Part[],
  told: Told,
  options: { readonly keep: (path: string) => boolean; readonly limits: IntakeLimits },
): Promise<Submission> {
  const source = parts.map((part) => part.source).join(', ');
  const about = { source, ...(told.submittedAt === undefined ? {} : { submittedAt: told.submittedAt }) };
  const collecting = { keep: options.keep, budget: makeBudget(options.limits) };
  const handedIn = createHash('sha256');
  const collection = emptyCollection();
  try {
    for (const part of parts) {
      const { numbered } = part;
      // Whether it is kept does not hang on a number that is Canvas's.
      const keep = (name: string) => options.keep(name === numbered?.name ? numbered.plain : name);
      await collect(collection, part.entries(collecting.budget), { ...collecting, keep });
    }
    for (const { path, bytes } of collection.archives)
      handedIn.update(`${path}\0${bytes.length}\0`).update(bytes);
    await openArchives(collection, collecting);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const refused = error.whole ? error.message : refusedAs(source, error).message;
    for (const [path, content] of collection.files) {
      const [length, bytes] =
        content instanceof Uint8Array ? [content.length, content] : [content.bytes, content.sha256];
      handedIn.update(`${path}\0${length}\0`).update(bytes);
    }
    const sha256 = handedIn.update(refused).digest('hex');
    return { ...about, files: new Map(), documents: [], sha256, notes: [...told.notes], refused };
  }
  const numbered = parts.flatMap((part) => part.numbered ?? []);
  const unclear = settleNumbers(collection.files, numbered, collection.notes);
  const kept = withoutReportCopies(withoutExtraFolders(collection.files), collection.notes);
  const { files, documents } = plainFiles(kept, collection.notes);
  const paths = [...files.keys(), ...documents.keys()];
  const [unopened] = collection.unopened;
  const refused = paths.length === 0 && unopened !== undefined ? unopened : undefined;
  return {
    ...about,
    files,
    documents: [...documents.keys()],
    sha256: refused === undefined ? hashFiles(new Map([...files, ...documents])) : handedIn.digest('hex'),
    notes: [...told.notes, ...notesOf(collection, paths)],
    ...(refused === undefined ? {} : { refused }),
    ...(unclear === undefined ? {} : { unclear }),
  };
}

/** Folders that hold everything are how archivers pack; `src` is the student's own. */
export function withoutExtraFolders<T>(files: ReadonlyMap<string, T>): Map<string, T> {
  const [shared = [], ...others] = [...files.keys()].map((path) => path.split('/').slice(0, -1));
  const until = shared.findIndex(
    (part, at) => part.toLowerCase() === 'src' || others.some((folders) => folders[at] !== part),
  );
  const extra = shared.slice(0, until < 0 ? shared.length : until).join('/');
  return new Map(
    [...files].map(([path, content]) => [extra === '' ? path : path.slice(extra.length + 1), content]),
  );
}

const formats = ['report.html', 'report.md', 'README.rst'];

/**
 * A report of lab3's holds copies of the sources that it is about, perhaps older ones: where a submission has the originals too,
 * those are what was handed in.
 */
export function withoutReportCopies<T>(files: ReadonlyMap<string, T>, notes: string[]): Map<string, T> {
  // By the name that it has when nothing else is said, or by what only lab3 writes side by side.
  const isReport = (folders: readonly string[]) =>
    folders.at(-1) === usualReportFolder || formats.every((name) => files.has([...folders, name].join('/')));
  /** Of sources, by the folder that a report has them in. */
  const copies = new Map<string, string[]>();
  const originals = new Set<string>();
  for (const path of files.keys()) {
    if (isDocument(path)) continue;
    const parts = path.split('/');
    const at = parts.slice(0, -1).findIndex((part, at) => part === 'module' && isReport(parts.slice(0, at)));
    if (at < 0) originals.add(parts.at(-1) ?? '');
    else {
      const folder = `${parts.slice(0, at + 1).join('/')}/`;
      const list = copies.get(folder);
      if (list === undefined) copies.set(folder, [path]);
      else list.push(path);
    }
  }
  const kept = new Map(files);
  for (const [folder, paths] of copies) {
    const names = paths.filter((path) => path.endsWith('.c')).map((path) => path.split('/').at(-1) ?? '');
    if (names.length === 0 || !names.every((name) => originals.has(name))) continue;
    for (const path of paths) kept.delete(path);
    notes.push(`Left out, as lab3 copied it for a report: ${shown(folder)}.`);
  }
  return kept;
}

interface PlainFiles {
  /** Sources. */
  readonly files: Map<string, Uint8Array>;
  /** SHA-256 of what else is kept. */
  readonly documents: Map<string, Uint8Array>;
}

/** In the order of their names, so that nothing depends on how they were packed. */
function plainFiles(kept: ReadonlyMap<string, Uint8Array | Digest>, notes: string[]): PlainFiles {
  const files = new Map<string, Uint8Array>();
  const documents = new Map<string, Uint8Array>();
  const crlf: string[] = [];
  for (const [path, content] of [...kept].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!(content instanceof Uint8Array)) {
      documents.set(path, Buffer.from(content.sha256, 'hex'));
      continue;
    }
    const text = textOf(content);
    if (isSource(path)) files.set(path, text.bytes);
    else documents.set(path, createHash('sha256').update(text.bytes).digest());
    if (text.encoding !== undefined) notes.push(`${shown(path)} is read as ${text.encoding}.`);
    if (text.crlf) crlf.push(path);
  }
  if (crlf.length > 0) notes.push(`Lines end in CR LF, read as LF: ${some(crlf)}.`);
  return { files, documents };
}

/** More are no help to anybody, and a hostile archive can make any number. */
const limits = { notes: 30, names: 8 };

function notesOf(collection: Collection, paths: readonly string[]): string[] {
  const { passedOver, prebuilt, unopened } = collection;
  const notes = [...unopened, ...collection.notes];
  const rest = notes.splice(limits.notes).length;
  if (rest > 0) notes.push(`There are ${rest} more notes like these.`);
  if (prebuilt.length > 0) notes.push(`Left out, as everything is built from source: ${some(prebuilt)}.`);
  if (passedOver.length > 0) notes.push(`Not kept, as the rubric asks for other files: ${some(passedOver)}.`);
  if (paths.length === 0 && unopened.length === 0) notes.push('There is nothing in it that is kept.');
  else if (!paths.some((path) => path.endsWith('.c'))) notes.push('There is no .c file in it.');
  return notes;
}

/** The first few, and how many more. */
function some(paths: readonly string[]): string {
  const rest = paths.length - limits.names;
  return (
    [...paths].sort().slice(0, limits.names).map(shown).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
  );
}
