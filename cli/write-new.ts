/** A file of the person's working folder. */
import { access, writeFile } from 'node:fs/promises';
import { labError } from '../lab/errors.ts';
import { fileSystemError } from '../provision/cache.ts';

/** Throws `FileInTheWay` where there is one that may not be replaced. */
export async function writeNew(path: string, text: string, replace: boolean): Promise<void> {
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (there && !replace) throw labError('FileInTheWay', { path, more: 0 });
  await writeFile(path, text).catch((error: unknown) => {
    throw fileSystemError(error, path, 'This folder');
  });
}
