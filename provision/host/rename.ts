import { access, constants, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { labError } from '../../lab/errors.ts';
import { busyCodes, patiently } from '../../lab/patience.ts';

const deadlineMs = 3_000;

/** What a rename needs of the file system; a test has one that is busy. */
export interface Renaming {
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly deadlineMs: number;
}

/**
 * Gives a finished file or folder its name. Windows refuses while another program has the old or the new one open, which a
 * virus scanner does with every new file: tried again for 3 s, then `FileInUse`. What waiting cannot mend is thrown as
 * the system says it.
 */
export async function renameWhenFree(
  from: string,
  to: string,
  renaming: Renaming = { rename, deadlineMs },
): Promise<void> {
  let busy = false;
  const passes = async (error: unknown) => {
    busy = busyCodes.includes(codeOf(error)) && (await mayPass(to));
    return busy;
  };
  try {
    await patiently(() => renaming.rename(from, to), { passes, deadlineMs: renaming.deadlineMs });
  } catch (error) {
    if (!busy) throw error;
    throw labError('FileInUse', { path: to, code: codeOf(error) }, { cause: error });
  }
}

/** Neither a folder that we may not write in nor one that stands where we want to goes away by itself. */
async function mayPass(to: string): Promise<boolean> {
  const writable = await access(dirname(to), constants.W_OK).then(
    () => true,
    () => false,
  );
  return writable && !(await stat(to).catch(() => undefined))?.isDirectory();
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException | undefined)?.code ?? '');
