import { renameSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { replaceFiles } from '../../report/replace.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab3-replace-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const files = (...entries: [path: string, text: string][]) =>
  new Map(entries.map(([path, text]) => [path, Buffer.from(text)]));

it('replaces, adds and removes, and leaves nothing behind', async () => {
  await replaceFiles(folder, files(['a', '1'], ['old', '1']));
  await replaceFiles(folder, files(['a', '2'], ['deep/b', '2']), ['old', 'never there']);
  expect((await readdir(folder)).sort()).toEqual(['a', 'deep']);
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('2');
});

it('undoes what it replaced when a later file cannot be', async () => {
  await writeFile(join(folder, 'old'), 'old');
  // `x` is to be a file, but is a folder by the time of its rename.
  const impossible = files(['old', 'new'], ['added', 'new'], ['x', 'file'], ['x/y', 'file']);
  await expect(replaceFiles(folder, impossible)).rejects.toMatchObject({
    name: 'ReportFileBusy',
    params: { path: 'x' },
  });
  expect(await readFile(join(folder, 'old'), 'utf8')).toBe('old');
  expect((await readdir(folder)).sort()).toEqual(['old', 'x']);
});

/** Windows: somebody has the file open, so often as is said. */
function busyTimes(times: number, isBusy: (to: string) => boolean) {
  let left = times;
  return (from: string, to: string) => {
    if (isBusy(to) && left-- > 0) throw Object.assign(new Error('busy'), { code: 'EPERM', path: to });
    renameSync(from, to);
  };
}

it('waits for who has a file open in passing, whichever file it is', async () => {
  await writeFile(join(folder, 'old'), 'old');
  const changed = files(['old', 'new'], ['added', 'new'], ['z', 'new']);
  const rename = busyTimes(3, (to) => to.endsWith('z'));
  await replaceFiles(folder, changed, [], undefined, rename);
  expect((await readdir(folder)).sort()).toEqual(['added', 'old', 'z']);
  expect(await readFile(join(folder, 'old'), 'utf8')).toBe('new');
});

it('names the file that stays open, and leaves all as it was', async () => {
  await writeFile(join(folder, 'old'), 'old');
  const rename = busyTimes(Number.POSITIVE_INFINITY, (to) => to.endsWith('z'));
  const changed = files(['old', 'new'], ['added', 'new'], ['z', 'new']);
  await expect(replaceFiles(folder, changed, [], undefined, rename)).rejects.toMatchObject({
    name: 'ReportFileBusy',
    params: { path: 'z', code: 'EPERM' },
  });
  expect(await readdir(folder)).toEqual(['old']);
  expect(await readFile(join(folder, 'old'), 'utf8')).toBe('old');
});

it('keeps the copies of the old files where they cannot be put back', async () => {
  await writeFile(join(folder, 'old'), 'old');
  let replaced = false;
  const rename = (from: string, to: string) => {
    if (replaced) throw Object.assign(new Error('busy'), { code: 'EPERM', path: to });
    replaced = true;
    renameSync(from, to);
  };
  const changed = files(['old', 'new'], ['z', 'new']);
  await expect(replaceFiles(folder, changed, [], undefined, rename)).rejects.toMatchObject({
    name: 'ReportFileBusy',
  });
  const [kept = ''] = (await readdir(folder)).filter((name) => name.startsWith('.lab3-report-'));
  expect(await readFile(join(folder, kept, 'old-0'), 'utf8')).toBe('old');
});

it('never writes through a link that somebody left in the folder', async () => {
  const outside = join(folder, 'outside');
  await mkdir(outside);
  await mkdir(join(folder, 'report'));
  await symlink(outside, join(folder, 'report', 'module'), 'junction');
  const through = files(['a', '1'], ['module/lab3.c', 'theirs']);
  await expect(replaceFiles(join(folder, 'report'), through)).rejects.toMatchObject({
    name: 'NotWritable',
    params: { path: join(folder, 'report', 'module') },
  });
  expect(await readdir(outside)).toEqual([]);
  expect(await readdir(join(folder, 'report'))).toEqual(['module']);
});
