import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renameWhenFree } from '../../../provision/host/rename.ts';
import { temporaryFolder } from '../context.ts';

/** A file system in which somebody has the file open for the first so many tries. */
const busy = (code: string, times: number, deadlineMs = 60_000) => {
  const seen = { tries: 0 };
  const renaming = {
    deadlineMs,
    rename: async (from: string, to: string) => {
      seen.tries += 1;
      if (seen.tries <= times) throw Object.assign(new Error(`${code}: resource busy`), { code });
      await rename(from, to);
    },
  };
  return { seen, renaming };
};

async function files() {
  const folder = await temporaryFolder();
  const [from, to] = [join(folder, 'new.tmp'), join(folder, 'file')];
  await writeFile(from, 'new');
  await writeFile(to, 'old');
  return { folder, from, to };
}

describe('a file that is in use', () => {
  it.each(['EBUSY', 'EPERM', 'EACCES'])('for a moment is waited for (%s)', async (code) => {
    const { from, to } = await files();
    const { seen, renaming } = busy(code, 3);
    await renameWhenFree(from, to, renaming);
    expect(await readFile(to, 'utf8')).toBe('new');
    expect(seen.tries).toBe(4);
  });

  it('for good is said, with what to do, and the old one stays', async () => {
    const { from, to } = await files();
    await expect(renameWhenFree(from, to, busy('EBUSY', 1e9, 50).renaming)).rejects.toMatchObject({
      name: 'FileInUse',
      fault: 'computer',
      exitCode: 69,
      message: expect.stringContaining(`${to} cannot be replaced or removed (EBUSY)`),
      hint: expect.stringContaining('Close the program'),
    });
    expect(await readFile(to, 'utf8')).toBe('old');
  });

  it('and nothing else is waited for: no room, no folder, a folder in the way', async () => {
    const { folder, from, to } = await files();
    for (const code of ['ENOSPC', 'ENOENT']) {
      const { seen, renaming } = busy(code, 1e9);
      await expect(renameWhenFree(from, to, renaming)).rejects.toMatchObject({ code });
      expect(seen.tries).toBe(1);
    }
    await mkdir(join(folder, 'there'));
    const { seen, renaming } = busy('EPERM', 1e9);
    await expect(renameWhenFree(from, join(folder, 'there'), renaming)).rejects.toMatchObject({
      code: 'EPERM',
    });
    await expect(renameWhenFree(from, join(folder, 'no', 'x'), renaming)).rejects.toMatchObject({
      code: 'EPERM',
    });
    expect(seen.tries).toBe(2);
  });
});
