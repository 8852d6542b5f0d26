import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Context } from '../context.ts';
import { pathRules, variable } from './environment.ts';

/** What Windows starts without a shell; a `.cmd` or `.bat` of the PATHEXT would need one, and Node refuses it. */
const startable = ['.exe', '.com'];

/** Where a program is on the PATH, or undefined. Does not run it. */
export async function findProgram(
  { platform, env }: Pick<Context, 'platform' | 'env'>,
  name: string,
  otherFolders: readonly string[] = [],
  isProgram: (file: string) => Promise<boolean> = executable,
): Promise<string | undefined> {
  const rules = pathRules(platform);
  const folders = [...(variable(platform, env, 'PATH') ?? '').split(rules.delimiter), ...otherFolders];
  const names = platform === 'win32' ? startable.map((ending) => `${name}${ending}`) : [name];
  for (const one of folders) {
    // Windows lets entries stand in quotes.
    const folder = platform === 'win32' ? one.replaceAll('"', '') : one;
    // A relative entry of the PATH would run what lies in the current folder.
    if (!rules.isAbsolute(folder)) continue;
    for (const candidate of names) {
      const file = rules.join(folder, candidate);
      if (await isProgram(file)) return file;
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
