import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Context } from '../context.ts';

/** Where a program is on the PATH, or undefined. Does not run it. */
export async function findProgram(
  context: Pick<Context, 'platform' | 'env'>,
  name: string,
  otherFolders: readonly string[] = [],
): Promise<string | undefined> {
  const rules = context.platform === 'win32' ? path.win32 : path.posix;
  // Windows writes the variable's name as it likes.
  const key = Object.keys(context.env).find((one) => one.toUpperCase() === 'PATH') ?? 'PATH';
  const folders = [...(context.env[key] ?? '').split(rules.delimiter), ...otherFolders];
  const names = context.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of folders) {
    // A relative entry of the PATH would run what lies in the current folder.
    if (!rules.isAbsolute(folder)) continue;
    for (const candidate of names) {
      const file = rules.join(folder, candidate);
      if (await executable(file)) return file;
    }
  }
  return undefined;
}

function executable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
