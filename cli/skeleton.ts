import { constants, copyFile, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { entryKind } from '../lab/entry-kind.ts';
import { labError } from '../lab/errors.ts';
import { exists } from '../provision/cache.ts';
import { packageFile } from './package-files.ts';

/** Copies the exercise's skeleton; throws `FileInTheWay` before anything is written. Answers the files' names. */
export async function copySkeleton(folder: string): Promise<string[]> {
  const from = packageFile('module/skeleton');
  const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch((error) => {
    throw labError('InstallationDamaged', { problem: `there is no ${from}` }, { cause: error });
  });
  // A file of that name is as much in the way as a file in it.
  if (
    await stat(folder).then(
      (found) => !found.isDirectory(),
      () => false,
    )
  )
    throw labError('FileInTheWay', { path: folder, more: 0 });
  const names: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if ((await entryKind(entry, () => lstat(path))) === 'file') names.push(path.slice(from.length + 1));
  }
  names.sort();
  if (names.length === 0) throw labError('InstallationDamaged', { problem: `there is nothing in ${from}` });
  const there: string[] = [];
  for (const name of names) if (await exists(join(folder, name))) there.push(name);
  const [first] = there;
  if (first !== undefined)
    throw labError('FileInTheWay', { path: join(folder, first), more: there.length - 1 });
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    // EXCL: a file that came up meanwhile is not ours to overwrite either.
    await copyFile(join(from, name), join(folder, name), constants.COPYFILE_EXCL);
  }
  return names;
}
