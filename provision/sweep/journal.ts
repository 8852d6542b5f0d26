/**
 * What a sweep has done so far: a file to which a line is added as each run ends, so that one that was stopped, or
 * whose computer lost power, goes on where it was. The first line says what the runs belong to.
 */
import { type FileHandle, mkdir, open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { labError } from '../../lab/errors.ts';
import { type SweepRun, sweepRunSchema } from '../../lab/sweep/document.ts';
import { fileSystemError } from '../cache.ts';

const schemaName = 'lab3.sweep-journal/1';
const what = 'The journal of the sweep';
/** Ten thousand runs take 5 MB; a larger file is none of ours. */
const mostBytes = 64 * 2 ** 20;

const headerSchema = z.object({ schema: z.literal(schemaName), parts: z.record(z.string(), z.string()) });

export interface Journal {
  /** All that it holds, in the order in which they ended: those of an earlier sweep of the same kind come first. */
  readonly runs: readonly SweepRun[];
  /** Why an earlier journal was not gone on with, by the names of the parts that differ; absent where there was none. */
  readonly changed?: readonly string[];
  append(run: SweepRun): Promise<void>;
  /** Takes the file away: its runs have been written elsewhere. */
  remove(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the journal at `path`, or begins one. `parts` says in texts what the runs depend on (`module`, `kernel`, `grid`,
 * …); if any of them differs from what the file says, or with `fresh`, the file begins anew. A last line that was not
 * written to its end is taken off. Throws `DiskFull` and `NotWritable`.
 */
export async function openJournal(
  path: string,
  parts: Readonly<Record<string, string>>,
  options: { fresh?: boolean } = {},
): Promise<Journal> {
  let file: FileHandle | undefined;
  try {
    await mkdir(dirname(path), { recursive: true });
    const old = readJournal(await contentOf(path));
    const changed = old === undefined ? undefined : differences(old.parts, parts);
    const goesOn = changed?.length === 0 && !options.fresh;
    // By its path: Windows does not shorten a file that is open for adding alone.
    if (goesOn) await truncate(path, old?.bytes);
    else await rm(path, { force: true });
    file = await open(path, 'a');
    if (!goesOn) await file.appendFile(line({ schema: schemaName, parts }));
    return journalOf(
      path,
      file,
      goesOn ? (old?.runs ?? []) : [],
      goesOn || options.fresh ? undefined : changed,
    );
  } catch (error) {
    await file?.close().catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR' || code === 'ERR_FS_EISDIR')
      throw labError('NotWritable', { path, what }, { cause: error });
    throw fileSystemError(error, path, what);
  }
}

/** Empty where there is no file, or one that cannot be ours. */
async function contentOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() && found.size <= mostBytes ? readFile(path, 'utf8') : '';
}

function journalOf(
  path: string,
  file: FileHandle,
  earlier: readonly SweepRun[],
  changed: readonly string[] | undefined,
): Journal {
  const runs = [...earlier];
  // Runs end in several machines at once; their lines follow each other.
  let writing: Promise<void> = Promise.resolve();
  return {
    runs,
    ...(changed === undefined ? {} : { changed }),
    append(run) {
      writing = writing
        .then(() => file.appendFile(line(run)))
        .then(() => {
          runs.push(run);
        });
      return writing.catch((error: unknown) => {
        throw fileSystemError(error, path, what);
      });
    },
    async remove() {
      await file.close().catch(() => undefined);
      await rm(path, { force: true });
    },
    async close() {
      await writing.catch(() => undefined);
      await file.close().catch(() => undefined);
    },
  };
}

const line = (value: object) => `${JSON.stringify(value)}\n`;

/** Undefined for a file that is no journal, also for an empty one. */
function readJournal(
  text: string,
): { parts: Record<string, string>; runs: SweepRun[]; bytes: number } | undefined {
  const end = text.indexOf('\n');
  const header = headerSchema.safeParse(end < 0 ? undefined : parseJson(text.slice(0, end)));
  if (!header.success) return undefined;
  const runs: SweepRun[] = [];
  let good = end + 1;
  for (
    let from = good, to = text.indexOf('\n', from);
    to >= 0;
    from = to + 1, to = text.indexOf('\n', from)
  ) {
    const run = sweepRunSchema.safeParse(parseJson(text.slice(from, to)));
    // What follows a damaged line was written by somebody else, or lies in blocks that were never written.
    if (!run.success) break;
    runs.push(run.data);
    good = to + 1;
  }
  return { parts: header.data.parts, runs, bytes: Buffer.byteLength(text.slice(0, good)) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function differences(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (name) => before[name] !== now[name],
  );
}
