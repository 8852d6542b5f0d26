/** Replaces many files of a folder as one: all of them, or on failure none. */
import { copyFileSync, renameSync } from 'node:fs';
import { copyFile, lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LabError, labError } from '../lab/errors.ts';
import { busyCodes, patiently } from '../lab/patience.ts';

/** What is replaced, for the names of temporary files and for what a person is told. */
export interface Replaced {
  /** Of the temporary folder: `.lab3-report-`. */
  readonly prefix: string;
  /** The subject of a sentence: `The report`. */
  readonly what: string;
  readonly busy: (path: string, code: string, cause: unknown) => LabError;
}

const report: Replaced = {
  prefix: '.lab3-report-',
  what: 'The report',
  busy: (path, code, cause) => labError('ReportFileBusy', { path, code }, { cause }),
};

/**
 * `files` and `removed` are paths below `folder`, with `/`; a content that is a function is made when its turn comes, so that
 * many need not be in memory at once. New files are written beside the old ones first, so a
 * full disk is found before anything is touched; then renames follow each other without a pause, and the first that
 * fails (Windows refuses to replace an open file) undoes those before it; while that passes it is tried again.
 * Never through a link below `folder`. Throws `ReportFileBusy` (or what `replaced` says), `DiskFull` or `NotWritable`.
 */
export async function replaceFiles(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | (() => Uint8Array)>,
  removed: readonly string[] = [],
  replaced: Replaced = report,
  rename: Rename = renameSync,
): Promise<void> {
  let temporary: string | undefined;
  let spent = true;
  try {
    await mkdir(folder, { recursive: true });
    temporary = await mkdtemp(join(folder, replaced.prefix));
    const moves: Move[] = [];
    for (const [path, bytes] of files) {
      const to = join(folder, ...path.split('/'));
      const from = join(temporary, `new-${moves.length}`);
      const backup = join(temporary, `old-${moves.length}`);
      await refuseLinks(folder, path);
      await mkdir(dirname(to), { recursive: true });
      await writeFile(from, typeof bytes === 'function' ? bytes() : bytes);
      moves.push({ path, from, to, backup: (await copied(to, backup)) ? backup : undefined });
    }
    await moveWhenFree(moves, replaced, rename);
    for (const path of removed) await rm(join(folder, ...path.split('/')), { force: true });
  } catch (error) {
    // Where not even that could be undone, the old files are there and nowhere else.
    spent = !(error instanceof NotUndone);
    throw explained(error instanceof NotUndone ? error.cause : error, folder, replaced.what);
  } finally {
    // What was to be replaced is by now, or is as it was: a scanner in the temporary files is no failure.
    if (temporary !== undefined && spent)
      await rm(temporary, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined);
  }
}

type Rename = (from: string, to: string) => void;

class NotUndone extends Error {}

/** A folder that came from somebody else may have links for folders, to wherever they like. */
async function refuseLinks(folder: string, path: string): Promise<void> {
  let below = folder;
  for (const part of path.split('/').slice(0, -1)) {
    below = join(below, part);
    const found = await lstat(below).catch(() => undefined);
    if (found === undefined) return;
    if (found.isSymbolicLink())
      throw Object.assign(new Error(`${below} is a link`), { code: 'ENOTDIR', path: below });
  }
}

interface Move {
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly backup: string | undefined;
}

/** A scanner has a new file open for a moment only; who waits for an editor waits in vain. */
const patienceMs = 3_000;

async function moveWhenFree(moves: readonly Move[], replaced: Replaced, rename: Rename): Promise<void> {
  const passes = (error: unknown) =>
    error instanceof LabError && busyCodes.includes(codeOf(error.cause) ?? '');
  await patiently(() => moveAll(moves, replaced, rename), { passes, deadlineMs: patienceMs });
}

function moveAll(moves: readonly Move[], { busy }: Replaced, rename: Rename): void {
  const done: Move[] = [];
  try {
    for (const move of moves) {
      rename(move.from, move.to);
      done.push(move);
    }
  } catch (cause) {
    const path = moves[done.length]?.path ?? '';
    const error = busy(path, codeOf(cause) ?? 'unknown', cause);
    try {
      for (const move of done.reverse()) undo(move, rename);
    } catch {
      throw new NotUndone('the old files could not be put back', { cause: error });
    }
    throw error;
  }
}

/** As it was before, new file and copy of the old one included: it may be tried again. */
function undo({ from, to, backup }: Move, rename: Rename): void {
  rename(to, from);
  if (backup === undefined) return;
  const again = `${backup}-again`;
  copyFileSync(backup, again);
  rename(again, to);
}

async function copied(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function explained(error: unknown, folder: string, what: string): unknown {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return labError('DiskFull', { path: folder }, { cause: error });
  if (
    code !== undefined &&
    ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EISDIR', 'EBUSY'].includes(code)
  ) {
    const path = error instanceof Error && 'path' in error ? String(error.path) : folder;
    return labError('NotWritable', { path, what }, { cause: error }) satisfies LabError;
  }
  return error;
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
