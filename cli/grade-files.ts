/** Files that an instructor names; those that cannot be read are said by name. */
import { readFile } from 'node:fs/promises';
import type { Csv } from '../grade/csv.ts';
import type { Intake } from '../grade/intake/submission.ts';
import type { Given, WriteGradesOptions } from '../grade/out/write.ts';
import type { Rubric } from '../grade/rubric/rubric.ts';
import type { Decisions } from '../grade/score/decisions.ts';
import { labError } from '../lab/errors.ts';

export const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: unknown) => unreadable(path, error));

export async function textOrNothing(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? undefined : unreadable(path, error),
  );
}

export function unreadable(file: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'EISDIR') {
    const why = code === 'ENOENT' ? 'there is no such file' : 'it is a folder, and a file is wanted';
    throw labError('GradeInputMissing', { file, why }, { cause: error });
  }
  throw labError('GradeFileUnreadable', { file, why: `the system says ${code}` }, { cause: error });
}

/** What a person decided of this class; nothing without a file. Throws `DecisionsUnreadable` and `DecisionsInvalid`. */
export async function readMarks(
  path: string | undefined,
  rubric: Rubric,
  { candidates }: Intake,
): Promise<Decisions> {
  if (path === undefined) return new Map();
  const { readCsv } = await import('../grade/csv.ts');
  const { readDecisions } = await import('../grade/score/decisions.ts');
  const text = await textOf(path);
  let csv: Csv;
  try {
    csv = readCsv(text);
  } catch (error) {
    const why = (error as Error).message;
    throw labError('DecisionsUnreadable', { file: path, why }, { cause: error });
  }
  return readDecisions(csv, path, rubric, new Set(candidates.map(({ key }) => key)));
}

/** What cannot be filled in is said before an hour of work, not after it. Throws what opening each throws. */
export async function readGradebooks(
  canvasFile: string | undefined,
  moodleFile: string | undefined,
  title: string,
): Promise<Pick<WriteGradesOptions, 'canvas' | 'moodle'>> {
  const [canvas, moodle] = await Promise.all([given(canvasFile), given(moodleFile)]);
  if (canvas !== undefined) {
    const { openCanvas } = await import('../grade/out/export/canvas.ts');
    openCanvas(canvas.bytes, canvas.file, title);
  }
  if (moodle !== undefined) {
    const { openMoodle } = await import('../grade/out/export/moodle.ts');
    openMoodle(moodle.bytes, moodle.file);
  }
  return { ...(canvas && { canvas }), ...(moodle && { moodle }) };
}

async function given(file: string | undefined): Promise<Given | undefined> {
  if (file === undefined) return undefined;
  return { file, bytes: await readFile(file).catch((error: unknown) => unreadable(file, error)) };
}
