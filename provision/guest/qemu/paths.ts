import path from 'node:path';
import type { Context } from '../../context.ts';

/**
 * A file of the cache in the words that QEMU is given. On Windows QEMU reads paths in the code page of the system, where a
 * person's name may have no letters, and no more than 260 characters of them: it is started in the cache folder, and
 * what lies there is named from there.
 */
export function qemuPath(
  { platform, cacheDir }: Pick<Context, 'platform' | 'cacheDir'>,
  file: string,
): string {
  if (platform !== 'win32') return file;
  const below = path.relative(cacheDir, file);
  const outside = below === '' || below.split(path.sep)[0] === '..' || path.isAbsolute(below);
  return outside ? file : below;
}
