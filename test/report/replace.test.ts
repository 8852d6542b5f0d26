import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
