/** Replaces many files of a folder as one: all of them, or on failure none. */
import { renameSync, rmSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
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
 * `files` and `removed` are paths below `folder`, with `/`. New files are written beside the old ones first, so a
 * full disk is found before anything is touched; then renames follow each other without a pause, and the first that
 * fails (Windows refuses to replace an open file) undoes those before it.
 * Throws `ReportFileBusy` (or what `replaced` says), `DiskFull` or `NotWritable`.
 */
export async function replaceFiles(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
  removed: readonly string[] = [],
  replaced: Replaced = report,
): Promise<void> {
  let temporary: string | undefined;
  try {
    await mkdir(folder, { recursive: true });
    temporary = await mkdtemp(join(folder, replaced.prefix));
    const moves: Move[] = [];
    for (const [path, bytes] of files) {
      const to = join(folder, ...path.split('/'));
      const from = join(temporary, `new-${moves.length}`);
      const backup = join(temporary, `old-${moves.length}`);
      await mkdir(dirname(to), { recursive: true });
      await writeFile(from, bytes);
      moves.push({ path, from, to, backup: (await copied(to, backup)) ? backup : undefined });
    }
    await moveWhenFree(moves, replaced);
    for (const path of removed) await rm(join(folder, ...path.split('/')), { force: true });
  } catch (error) {
    throw explained(error, folder, replaced.what);
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
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

async function moveWhenFree(moves: readonly Move[], replaced: Replaced): Promise<void> {
  const passes = (error: unknown) =>
    error instanceof LabError && busyCodes.includes(codeOf(error.cause) ?? '');
  await patiently(() => moveAll(moves, replaced), { passes, deadlineMs: patienceMs });
}

function moveAll(moves: readonly Move[], { busy }: Replaced): void {
  const done: Move[] = [];
  try {
    for (const move of moves) {
      renameSync(move.from, move.to);
      done.push(move);
    }
  } catch (cause) {
    for (const { to, backup } of done.reverse())
      if (backup === undefined) rmSync(to, { force: true });
      else renameSync(backup, to);
    const path = moves[done.length]?.path ?? '';
    throw busy(path, codeOf(cause) ?? 'unknown', cause);
  }
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
