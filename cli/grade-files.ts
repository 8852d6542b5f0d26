/** Files that an instructor names; those that cannot be read are said by name. */
import { readFile } from 'node:fs/promises';
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
