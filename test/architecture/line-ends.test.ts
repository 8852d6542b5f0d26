import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const top = fileURLToPath(new URL('../../', import.meta.url));

/** Read by a shell, by make, by a compiler or by Docker, all of which take a carriage return for a part of a word. */
const folders = [
  'module',
  'module/skeleton',
  'provision/guest/init',
  'provision/kernel',
  'provision/kernel/config',
  '.',
];
const read = /\.(?:sh|c|h|config)$|^(?:Kbuild|Makefile|Dockerfile\.builder)$/;

it('Git hands every file out as it is', async () => {
  const lines = (await readFile(`${top}.gitattributes`, 'utf8'))
    .split('\n')
    .filter((line) => !/^(?:#|$)/.test(line));
  expect(lines).toEqual(['* -text']);
});

it.each(folders)('files of %s that Linux reads have no carriage return', async (folder) => {
  const names = (await readdir(`${top}${folder}`)).filter((name) => read.test(name));
  expect(names.length).toBeGreaterThan(0);
  for (const name of names)
    expect([name, (await readFile(`${top}${folder}/${name}`)).includes('\r')]).toEqual([name, false]);
});
