import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DebFile } from '../../../provision/packages/provide.ts';
import { type TreeOptions, unpackTree } from '../../../provision/packages/tree.ts';
import { makeContext, type TestContext } from '../context.ts';
import { makeDeb, type TarEntry } from './deb-file.ts';
import { sha256 } from './local-archive.ts';

let context: TestContext;
beforeEach(async () => {
  context = await makeContext();
});

async function debOf(...entries: TarEntry[]): Promise<DebFile> {
  const bytes = await makeDeb(entries);
  const sum = sha256(bytes);
  const path = join(context.cacheDir, `${sum}.deb`);
  await writeFile(path, bytes);
  return { name: 'test', version: '1', sha256: sum, size: bytes.length, path };
}

const unpack = (debs: DebFile[], options: Partial<TreeOptions> = {}) =>
  unpackTree(context, debs, { label: 'test', ...options });
const read = (...path: string[]) => readFile(join(...path), 'utf8');

describe.skipIf(process.platform === 'win32')('a root folder made of packages', () => {
  test('holds their files, with the merge of /usr', async () => {
    const root = await unpack([
      await debOf(
        { name: './bin/sh', mode: 0o4755, content: 'shell' },
        { name: './usr/bin/dash', type: 'link', linkname: './bin/sh' },
        { name: './usr/share/empty/', type: 'directory' },
      ),
      await debOf(
        { name: './lib64/ld.so', content: 'loader' },
        { name: './big', content: Buffer.alloc(2_500_000, 7) },
      ),
    ]);
    expect(await read(root, 'usr/bin/sh')).toBe('shell');
    expect(await read(root, 'bin/dash')).toBe('shell');
    expect(await read(root, 'lib64/ld.so')).toBe('loader');
    expect((await stat(join(root, 'usr/bin/sh'))).mode & 0o7777).toBe(0o755);
    expect((await stat(join(root, 'usr/share/empty'))).isDirectory()).toBe(true);
    expect(sha256(await readFile(join(root, 'big')))).toBe(sha256(Buffer.alloc(2_500_000, 7)));
    expect(
      await Promise.all(['bin', 'sbin', 'lib', 'lib64'].map((name) => readlink(join(root, name)))),
    ).toEqual(['usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64']);
    expect(context.events.at(-1)).toMatchObject({ type: 'step.end', summary: '4 files' });
  });

  test('takes only what is kept, and gets the links that scripts would make', async () => {
    const deb = await debOf(
      { name: './usr/bin/mawk', content: 'awk' },
      { name: './usr/share/doc/mawk/copyright', content: 'long' },
    );
    const options = { keep: (path: string) => !path.startsWith('usr/share'), links: { 'bin/awk': 'mawk' } };
    const root = await unpack([deb], options);
    expect(await read(root, 'usr/bin/awk')).toBe('awk');
    expect(await readdir(join(root, 'usr'))).not.toContain('share');
  });

  test('is made once, and again only for another revision', async () => {
    const debs = [await debOf({ name: './a', content: '1' })];
    const root = await unpack(debs);
    const events = context.events.length;
    expect(await unpack(debs)).toBe(root);
    expect(context.events).toHaveLength(events);
    expect(await unpack(debs, { revision: '2' })).not.toBe(root);
    const both = await Promise.all([unpack(debs, { revision: '3' }), unpack(debs, { revision: '3' })]);
    expect(both[0]).toBe(both[1]);
  });

  test('has links that hold from outside too and never lead out', async () => {
    const root = await unpack([
      await debOf(
        { name: './usr/lib/libz.so.1.3', content: 'z' },
        { name: './usr/lib/libz.so', type: 'symlink', linkname: '/lib/libz.so.1.3' },
        { name: './etc/up', type: 'symlink', linkname: '../../../../../etc/passwd' },
        { name: './usr/lib/here', type: 'symlink', linkname: '.' },
      ),
    ]);
    expect(await readlink(join(root, 'usr/lib/libz.so'))).toBe('libz.so.1.3');
    expect(await read(root, 'lib/libz.so')).toBe('z');
    expect(await readlink(join(root, 'etc/up'))).toBe('passwd');
    expect(await readlink(join(root, 'usr/lib/here'))).toBe('.');
  });

  test('lets no package write through a link that one of them planted', async () => {
    const outside = join(context.cacheDir, 'outside');
    await mkdir(outside);
    const root = await unpack([
      await debOf(
        { name: './var/spool', type: 'symlink', linkname: outside },
        { name: './var/spool/evil', content: 'x' },
        { name: './var/file', type: 'symlink', linkname: join(outside, 'made') },
        { name: './var/file', content: 'x' },
      ),
    ]);
    expect(await readdir(outside)).toEqual([]);
    expect(await read(root, 'var/spool/evil')).toBe('x');
    expect(await read(root, 'var/file')).toBe('x');
  });

  test.each<[string, TarEntry[]]>([
    [
      'PackageUnsafe',
      [
        { name: './a', content: '1' },
        { name: './../evil', content: 'x' },
      ],
    ],
    ['PackageUnsafe', [{ name: './a', type: 'link', linkname: './../../evil' }]],
    ['PackageDamaged', [{ name: './a', type: 'link', linkname: './doc' }]],
  ])('is not made at all when a package is not sound: %s', async (name, entries) => {
    const deb = await debOf(...entries);
    await expect(unpack([deb], { keep: (path) => path !== 'doc' })).rejects.toMatchObject({ name });
    expect(await readdir(join(context.cacheDir, 'trees'))).toEqual([]);
  });

  test('is not made at all when it is interrupted', async () => {
    const interrupt = new AbortController();
    const deb = await debOf({ name: './a', content: '1' }, { name: './b', content: '1' });
    context = { ...context, signal: interrupt.signal };
    const keep = () => {
      interrupt.abort();
      return true;
    };
    await expect(unpack([deb], { keep })).rejects.toMatchObject({ name: 'Interrupted' });
    expect(await readdir(join(context.cacheDir, 'trees'))).toEqual([]);
  });

  test('clears away what a killed process left', async () => {
    const debs = [await debOf({ name: './a', content: '1' })];
    const root = await unpack(debs);
    const other = join(context.cacheDir, 'trees', `${'0'.repeat(32)}.1-00.tmp`);
    await mkdir(other);
    const again = await makeContext({ cacheDir: join(context.cacheDir, 'second') });
    const expected = root.slice(root.lastIndexOf('/') + 1);
    await mkdir(join(again.cacheDir, 'trees', `${expected}.4711-00.tmp`, 'usr'), { recursive: true });
    await unpackTree(again, debs, { label: 'test' });
    expect(await readdir(join(again.cacheDir, 'trees'))).toEqual([expected]);
  });

  test('refuses names that Windows would read otherwise', async () => {
    context = { ...context, platform: 'win32' };
    const deb = await debOf({ name: './a\\..\\..\\b', content: 'x' });
    await expect(unpack([deb])).rejects.toMatchObject({ name: 'PackageUnsafe' });
  });
});
