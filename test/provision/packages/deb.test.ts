import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LabError } from '../../../lab/errors.ts';
import { extractFiles, readDeb } from '../../../provision/packages/deb.ts';
import { type DebCompression, makeAr, makeDeb, type TarEntry } from './deb-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab3-deb-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function fileOf(bytes: Uint8Array): Promise<string> {
  count += 1;
  const path = join(folder, `${count}.deb`);
  await writeFile(path, bytes);
  return path;
}

async function listed(path: string) {
  const entries = [];
  for await (const { content, chunks: _, ...entry } of readDeb(path)) {
    entries.push({ ...entry, text: Buffer.from(await content()).toString() });
  }
  return entries;
}

describe('the files of a package', () => {
  const entries: TarEntry[] = [
    { name: './', type: 'directory', mode: 0o755 },
    { name: './usr/bin/', type: 'directory', mode: 0o755 },
    { name: './usr/bin/su', mode: 0o4755, content: 'su' },
    { name: './usr/bin/hard', type: 'link', linkname: './usr/bin/su' },
    { name: './usr/bin/soft', type: 'symlink', linkname: '/etc/alternatives/su' },
    { name: `./usr/${'long/'.repeat(60)}name`, content: '' },
    { name: './dev/null', type: 'character-device' },
  ];
  test.each<DebCompression>(['', '.gz', '.xz'])('are read from data.tar%s', async (compression) => {
    expect(await listed(await fileOf(await makeDeb(entries, compression)))).toEqual([
      { path: '.', type: 'directory', mode: 0o755, size: 0, text: '' },
      { path: 'usr/bin', type: 'directory', mode: 0o755, size: 0, text: '' },
      { path: 'usr/bin/su', type: 'file', mode: 0o755, size: 2, text: 'su' },
      { path: 'usr/bin/hard', type: 'hardlink', mode: 0o644, size: 0, target: 'usr/bin/su', text: '' },
      {
        path: 'usr/bin/soft',
        type: 'symlink',
        mode: 0o644,
        size: 0,
        target: '/etc/alternatives/su',
        text: '',
      },
      { path: `usr/${'long/'.repeat(60)}name`, type: 'file', mode: 0o644, size: 0, text: '' },
    ]);
  });

  test('come back as they were packed, whatever they are', async () => {
    const name = fc
      .stringMatching(/^[a-z0-9+._\\: -]{1,20}$/)
      .filter((s) => !/^\.+$/.test(s) && s.trim() === s);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(name, fc.uint8Array({ maxLength: 70_000 })), {
          selector: ([n]) => n,
          maxLength: 5,
        }),
        fc.constantFrom<DebCompression>('', '.gz', '.xz'),
        async (files, compression) => {
          const deb = await makeDeb(
            files.map(([n, content]) => ({ name: `./d/${n}`, content })),
            compression,
          );
          const found = await extractFiles(await fileOf(deb), () => true);
          expect([...found].map(([path, { content }]) => [path, Buffer.from(content)])).toEqual(
            files.map(([n, content]) => [`d/${n}`, Buffer.from(content)]),
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  test('are picked by path, hard links with the bytes they share', async () => {
    const path = await fileOf(await makeDeb(entries));
    const found = await extractFiles(path, (name) => name === 'usr/bin/hard');
    expect([...found.keys()]).toEqual(['usr/bin/hard']);
    expect(Buffer.from(found.get('usr/bin/hard')?.content ?? []).toString()).toBe('su');
  });

  test('need not be read to the end, and several packages may be read at once', async () => {
    const path = await fileOf(
      await makeDeb([{ name: './big', content: Buffer.alloc(3_000_000) }, { name: './b' }]),
    );
    for (let round = 0; round < 3; round += 1) {
      for await (const entry of readDeb(path)) {
        expect(entry.path).toBe('big');
        break;
      }
    }
    const all = await Promise.all([1, 2, 3].map(() => listed(path)));
    expect(all.map((one) => one.length)).toEqual([2, 2, 2]);
  });
});

describe('a package that is not sound', () => {
  const failureOf = async (bytes: Uint8Array): Promise<LabError | undefined> => {
    try {
      await listed(await fileOf(bytes));
      return undefined;
    } catch (error) {
      expect(error).toBeInstanceOf(LabError);
      return error as LabError;
    }
  };

  test.each(['../etc/passwd', './a/../../b', '/etc/passwd', 'a\0b', '..'])(
    'with the path %j is refused',
    async (name) => {
      // tar-stream's writer keeps names as they are.
      const error = await failureOf(await makeDeb([{ name, content: 'x' }], ''));
      if (name.includes('\0')) return; // cut at the NUL by the tar format itself
      expect(error?.name).toBe('PackageUnsafe');
      expect(error?.message).toContain(JSON.stringify(name));
    },
  );

  test('with a hard link out of its folder is refused', async () => {
    const deb = await makeDeb([{ name: './a', type: 'link', linkname: '../../etc/shadow' }]);
    expect((await failureOf(deb))?.name).toBe('PackageUnsafe');
  });

  test.each<[string, Uint8Array, string]>([
    ['nothing', Buffer.alloc(0), 'not an ar archive'],
    ['another kind of file', Buffer.from('<html>please log in</html>'), 'not an ar archive'],
    ['no data', makeAr([['debian-binary', Buffer.from('2.0\n')]]), 'no data.tar'],
    ['unknown compression', makeAr([['data.tar.lzma', Buffer.from('x')]]), 'unknown way'],
    ['no xz', makeAr([['data.tar.xz', Buffer.from('this is not xz, it is only text')]]), 'damaged'],
    ['no gzip', makeAr([['data.tar.gz', Buffer.from('this is not gzip')]]), 'incorrect header'],
  ])('holding %s is called damaged', async (_, bytes, reason) => {
    const error = await failureOf(bytes);
    expect(error?.name).toBe('PackageDamaged');
    expect(error?.message).toContain(reason);
  });

  test.each<DebCompression>(['', '.gz', '.xz'])(
    'cut anywhere in data.tar%s is called damaged',
    async (compression) => {
      const content = Buffer.alloc(5000, 'lab');
      const whole = await makeDeb([{ name: './a', content }], compression);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 2 }), async (length) => {
          expect((await failureOf(whole.subarray(0, length)))?.name).toBe('PackageDamaged');
        }),
        { numRuns: 30 },
      );
    },
  );
});
