/**
 * What a long piece of work has done so far: a file to which a line is added as each part of it ends, so that one that
 * was stopped, or whose computer lost power, goes on where it was. The first line says what the others belong to.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { labError } from '../lab/errors.ts';
import { fileSystemError } from './cache.ts';

export interface JournalKind<Entry> {
  /** Name and version of the format. */
  readonly schema: string;
  /** For messages: `The journal of the sweep`. */
  readonly what: string;
  readonly entry: z.ZodType<Entry>;
  /** Whether a line must be on the disk before its part counts as done; else it may be lost with the computer's power. */
  readonly sync: boolean;
}

/** What the entries depend on, by name: module, kernel, rubric, seed, … */
export type Parts = Readonly<Record<string, string>>;

export interface Journal<Entry> {
  /** All that it holds, in the order in which they were added: those of an earlier process come first. */
  readonly entries: readonly Entry[];
  /** Why an earlier journal was not gone on with, by the names of the parts that differ; absent where there was none. */
  readonly changed?: readonly string[];
  append(entry: Entry): Promise<void>;
  /** Takes the file away: what it holds has been written elsewhere. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

/** Ten thousand runs take 5 MB, the evidence of a submission less; a larger file is none of ours. */
const mostBytes = 256 * 2 ** 20;
const sumLength = 16;

/**
 * Opens the journal at `path`, or begins one: anew with `fresh`, and where any of the parts is not what the file says. A
 * last line that was not written to its end, or is not as it was written, is taken off with all that follows. Throws
 * `DiskFull` and `NotWritable`.
 */
export async function openJournal<Entry>(
  path: string,
  kind: JournalKind<Entry>,
  parts: Parts,
  options: { fresh?: boolean } = {},
): Promise<Journal<Entry>> {
  const { schema, what } = kind;
  let file: FileHandle | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    const old = options.fresh ? undefined : readJournal(await contentOf(path), kind);
    const changed = old === undefined ? undefined : differences(old.parts, parts);
    const known = changed?.length === 0 ? old : undefined;
    // By its path: Windows does not shorten a file that is open for adding alone.
    if (known !== undefined) await truncate(path, known.bytes);
    else await rm(path, { force: true });
    file = await open(path, 'a');
    if (known === undefined) await write(file, kind, { schema, parts });
    return journalOf(path, file, kind, known?.entries ?? [], known === undefined ? changed : undefined);
  } catch (error) {
    await file?.close().catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR' || code === 'ERR_FS_EISDIR')
      throw labError('NotWritable', { path, what }, { cause: error });
    throw fileSystemError(error, path, what);
  }
}

function journalOf<Entry>(
  path: string,
  file: FileHandle,
  kind: JournalKind<Entry>,
  earlier: readonly Entry[],
  changed: readonly string[] | undefined,
): Journal<Entry> {
  const entries = [...earlier];
  // Several parts may end at once; their lines follow each other.
  let writing: Promise<void> = Promise.resolve();
  const close = async () => {
    await writing.catch(() => undefined);
    await file.close().catch(() => undefined);
  };
  return {
    entries,
    ...(changed === undefined ? {} : { changed }),
    append(entry) {
      writing = writing
        .then(() => write(file, kind, entry))
        .then(() => {
          entries.push(entry);
        });
      return writing.catch((error: unknown) => {
        throw fileSystemError(error, path, kind.what);
      });
    },
    async remove() {
      await close();
      await rm(path, { force: true });
    },
    close,
  };
}

async function write(file: FileHandle, { sync }: { sync: boolean }, value: unknown): Promise<void> {
  const text = JSON.stringify(value);
  await file.appendFile(`${sumOf(text)} ${text}\n`);
  if (sync) await file.datasync();
}

/** A line that a crash left in blocks which were never written, or that a person changed, has another one. */
const sumOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, sumLength);

/** Empty where there is no file, or one that cannot be ours. */
async function contentOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() && found.size <= mostBytes ? readFile(path, 'utf8') : '';
}

/** Undefined for a file that is no journal of this kind, also for an empty one. */
function readJournal<Entry>(
  text: string,
  { schema, entry }: JournalKind<Entry>,
): { parts: Parts; entries: Entry[]; bytes: number } | undefined {
  const headSchema = z.object({ schema: z.literal(schema), parts: z.record(z.string(), z.string()) });
  const entries: Entry[] = [];
  let parts: Parts | undefined;
  let good = 0;
  for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', good)) {
    const json = text.slice(good + sumLength + 1, to);
    if (text.slice(good, good + sumLength) !== sumOf(json)) break;
    const value: unknown = JSON.parse(json);
    if (parts === undefined) {
      const head = headSchema.safeParse(value);
      if (!head.success) return undefined;
      parts = head.data.parts;
    } else {
      const read = entry.safeParse(value);
      if (!read.success) break;
      entries.push(read.data);
    }
    good = to + 1;
  }
  return parts && { parts, entries, bytes: Buffer.byteLength(text.slice(0, good)) };
}

function differences(before: Parts, now: Parts): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (name) => before[name] !== now[name],
  );
}
