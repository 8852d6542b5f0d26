/** Takes from the entries of a folder or archive what is kept of a submission, and says what is not. */
import { isArchiveName, withoutSuffix } from './archive/kind.ts';
import { archiveEntries, UnopenedKind } from './archive/open.ts';
import { type Digest, digestOf, type Entry } from './entry.ts';
import { type Budget, inBytes, overLimit } from './limits.ts';
import { baseName, hidesCharacters, isDebris, isPrebuilt, plainName } from './paths.ts';
import { Refusal, shown } from './refusal.ts';

export interface Collection {
  /** By plain path. */
  readonly files: Map<string, Uint8Array | Digest>;
  /** In sentences. */
  readonly notes: string[];
  /** What no pattern keeps. */
  readonly passedOver: string[];
  /** What a build made. */
  readonly prebuilt: string[];
  /** Opened when it is known what lies beside them. */
  readonly archives: { readonly path: string; readonly bytes: Uint8Array; readonly level: number }[];
  /** Archives of kinds that are not opened, in sentences. */
  readonly unopened: string[];
}

export interface Collecting {
  readonly keep: (path: string) => boolean;
  readonly budget: Budget;
}

export function emptyCollection(): Collection {
  return { files: new Map(), notes: [], passedOver: [], prebuilt: [], archives: [], unopened: [] };
}

/**
 * @param place folder in the collection that the entries go to, `''` or ending in `/`
 * @param level in how many archives the entries lie
 * @throws Refusal
 */
export async function collect(
  into: Collection,
  entries: AsyncIterable<Entry>,
  { keep, budget }: Collecting,
  place = '',
  level = 0,
): Promise<void> {
  const links = new Set<string>();
  for await (const entry of entries) {
    const plain = plainName(entry.name, budget.limits);
    if (plain === '' || entry.kind === 'folder' || isDebris(plain)) continue;
    const path = place + plain;
    if (entry.kind === 'link') links.add(path);
    const fault = faultOf(entry, path, links);
    if (fault !== undefined) into.notes.push(`${shown(path)} is left out: ${fault}.`);
    else if (isPrebuilt(path)) into.prebuilt.push(path);
    else if (isArchiveName(path)) {
      const max = budget.limits.archiveBytes;
      const bytes = await contentOf(entry, max, () =>
        refusedAs(path, overLimit('it', `${inBytes(max)} for an archive`)),
      );
      into.archives.push({ path, bytes, level });
    } else if (keep(path)) await keepFile(into, entry, path, budget);
    else into.passedOver.push(path);
  }
}

function faultOf({ kind }: Entry, path: string, links: ReadonlySet<string>): string | undefined {
  if (kind !== 'file') return kind === 'link' ? 'a link is not a regular file' : 'it is not a regular file';
  if (foldersAbove(path).some((folder) => links.has(folder))) return 'its folder is a link';
  if (hidesCharacters(path)) return 'its name has characters that cannot be seen';
  // What readdir gives for bytes that are no text; the file cannot be opened by that name.
  return path.includes('\ufffd') ? 'its name is in no encoding that is read here' : undefined;
}

async function keepFile(
  { files, notes }: Collection,
  entry: Entry,
  path: string,
  budget: Budget,
): Promise<void> {
  const { fileBytes, documentBytes } = budget.limits;
  const max = isDocument(path) ? documentBytes : fileBytes;
  const tooLarge = () => overLimit(shown(path), `${inBytes(max)} for one file`);
  const content = entry.digest ?? (await (isDocument(path) ? digestOf : contentOf)(entry, max, tooLarge));
  if (!(content instanceof Uint8Array) && content.bytes > max) throw tooLarge();
  if (isSource(path) && content instanceof Uint8Array) budget.source(content.length);
  if (foldersAbove(path).some((folder) => files.has(folder)))
    notes.push(`${shown(path)} is left out: a file has the name of its folder.`);
  else {
    if (files.has(path)) notes.push(`${shown(path)} is there twice: the last one is taken.`);
    files.set(path, content);
  }
}

function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

/** What a module is made of, and how. Alone of all that is kept it is read again. */
export function isSource(path: string): boolean {
  return /(?:\.[ch]|(?:^|\/)(?:kbuild|gnumakefile|makefile))$/i.test(path);
}

/** No text. */
export function isDocument(path: string): boolean {
  return /\.(?:pdf|docx?|odt|pptx?|xlsx?|png|jpe?g|gif|webp|bmp|heic)$/i.test(path);
}

async function contentOf(entry: Entry, max: number, tooLarge: () => Refusal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of entry.chunks()) {
    bytes += chunk.length;
    if (bytes > max) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Opens the archives of the collection, and those in them down to the limit. Where sources lie beside an archive, they
 * are what was handed in and the archive is a copy: it stays shut.
 * @throws Refusal
 */
export async function openArchives(into: Collection, collecting: Collecting): Promise<void> {
  while (into.archives.length > 0) {
    const archives = into.archives.splice(0);
    const beside = [...into.files.keys()].find((path) => path.endsWith('.c'));
    for (const archive of archives) {
      if (beside !== undefined)
        into.notes.push(
          `${shown(archive.path)} is left out: there are sources beside it, such as ${shown(beside)}.`,
        );
      else if (archive.level >= collecting.budget.limits.nesting)
        into.notes.push(
          `${shown(archive.path)} is left out: it is an archive in archives, too deep to be opened.`,
        );
      else await openOne(into, archive, collecting, archives.length > 1);
    }
  }
}

/** One archive stands for its folder; each of several gets a folder of its own. */
async function openOne(
  into: Collection,
  { path, bytes, level }: Collection['archives'][number],
  collecting: Collecting,
  several: boolean,
): Promise<void> {
  const folder = path.slice(0, path.length - baseName(path).length);
  const place = several ? `${folder}${withoutSuffix(baseName(path))}/` : folder;
  try {
    await collect(into, archiveEntries(bytes, collecting.budget), collecting, place, level + 1);
  } catch (error) {
    if (error instanceof UnopenedKind) into.unopened.push(`${shown(path)} is not taken: ${error.message}.`);
    else if (error instanceof Refusal) throw refusedAs(path, error);
    else throw error;
  }
}

/** `a.zip is refused: …`, of an archive in an archive with both names. */
export function refusedAs(name: string, { message, whole }: Refusal): Refusal {
  return new Refusal(`${shown(name)} is refused: ${whole ? message : `${message}.`}`, true);
}
