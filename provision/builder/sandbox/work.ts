/** What a run in the sandbox may use, and the one folder in which it can write. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { cachePath, fileSystemError } from '../../cache.ts';
import type { Context } from '../../context.ts';

/** For `sh -c … sh COMMAND`. dash counts memory in KiB and file sizes in blocks of 512 bytes. */
export function limitScript(limits: {
  readonly memoryBytes: number;
  readonly fileBytes: number;
  readonly processes: number;
}): string {
  return [
    `ulimit -v ${limits.memoryBytes / 1024}`,
    `ulimit -f ${limits.fileBytes / 512}`,
    `ulimit -p ${limits.processes} 2>/dev/null || :`,
    'ulimit -c 0',
    'exec "$@"',
  ].join('; ');
}

/** Named by its process, so that the leftovers of a killed one are known and removed. */
export async function makeWorkFolder(context: Context, below = 'sandboxes'): Promise<string> {
  const parent = cachePath(context, below);
  const work = path.join(parent, `${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(work, { recursive: true });
    for (const name of await readdir(parent)) {
      const pid = Number(/^(\d+)-/.exec(name)?.[1]);
      if (!isAlive(pid)) await rm(path.join(parent, name), { recursive: true, force: true });
    }
    return work;
  } catch (error) {
    throw fileSystemError(error, work);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
