import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';

/** A word of a command line; with size and time where it is the absolute path of a file. */
export async function fileIdentity(word: string): Promise<(string | number)[]> {
  const info = isAbsolute(word) ? await stat(word).catch(() => undefined) : undefined;
  return info?.isFile() ? [word, info.size, info.mtimeMs] : [word];
}
