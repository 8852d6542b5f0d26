import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unxz } from '../../provision/packages/xz.ts';
import { readSubmissions } from './submissions/expected.ts';
import { escaped } from './submissions/made.ts';
import { type MadeClass, makeClass } from './submissions/make.ts';

const submissions = await readSubmissions();

let folder: string;
let theClass: MadeClass;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab3-class-'));
  theClass = await makeClass(join(folder, 'class'));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('the folder of the class holds an entry for each that was handed in, and its roster', async () => {
  const entries = await readdir(join(folder, 'class'));
  expect(entries.sort()).toEqual(
    [...theClass.sources.values(), ...theClass.others.values(), 'roster.csv'].sort(),
  );
  expect(new Set(entries).size).toBe(theClass.sources.size + 2);
  expect([...theClass.others.keys()]).toEqual(['24_twice']);
  expect(submissions.filter(({ name }) => !theClass.sources.has(name)).map(({ name }) => name)).toEqual([
    '24_absent',
  ]);
});

test('the roster has everybody but one', async () => {
  const roster = await readFile(theClass.roster, 'utf8');
  const lines = roster.trimEnd().split('\r\n');
  expect(lines[0]).toBe('name,email,login,id');
  expect(lines).toHaveLength(submissions.length);
  expect(roster).toContain('@Absent Ash,');
  expect(roster).not.toContain('Stranger');
});

test('all of it is small, and what it unpacks to is not', async () => {
  let bytes = 0;
  for (const entry of await readdir(join(folder, 'class'), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  expect(bytes).toBeLessThan(8 << 20);
  const tooMuch = { maxOutputLength: 64 << 20 };
  const newlines = await entryOf('06_newlines');
  expect(() => gunzipSync(newlines, tooMuch)).toThrow(/larger than/);
  expect(newlines.readUInt32LE(newlines.length - 4)).toBeGreaterThan(1 << 30);
  expect(gunzipSync(newlines.subarray(0, 20_000), { finishFlush: 2 }).subarray(512, 1024)).toEqual(
    Buffer.alloc(512, '\n'),
  );
});

test('a second class is the same, byte by byte', async () => {
  const again = await makeClass(join(folder, 'again'));
  for (const source of [...again.sources.values(), 'roster.csv']) {
    if (!(await lstat(join(folder, 'class', source))).isFile()) continue;
    const [one, other] = await Promise.all(
      ['class', 'again'].map((name) => readFile(join(folder, name, source))),
    );
    expect(one?.equals(other ?? Buffer.alloc(0)), source).toBe(true);
  }
});

async function entryOf(name: string): Promise<Buffer> {
  return readFile(join(folder, 'class', theClass.sources.get(name) ?? ''));
}

/** Names and modes as the directory of a zip has them, and the size it claims. */
function zipEntries(zip: Buffer): { name: string; mode: number; claims: number }[] {
  const found = [];
  for (let at = zip.indexOf('PK\x01\x02'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 46)) {
    const name = zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28));
    found.push({ name, mode: zip.readUInt32LE(at + 38) >>> 16, claims: zip.readUInt32LE(at + 24) });
  }
  return found;
}

async function tarEntries(tar: Buffer): Promise<{ name: string; type: string; link: string }[]> {
  const found: { name: string; type: string; link: string }[] = [];
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    const { name, type, linkname } = entry.header;
    found.push({ name, type: type ?? '', link: linkname ?? '' });
    entry.resume();
  }
  return found;
}

test('archives that lead out of their folder do so, beside what is right', async () => {
  const names = {
    '04_dotdot': zipEntries(await entryOf('04_dotdot')).map(({ name }) => name),
    '04_backslash': zipEntries(await entryOf('04_backslash')).map(({ name }) => name),
    '04_absolute': (await tarEntries(await entryOf('04_absolute'))).map(({ name }) => name),
    '04_sibling': (await tarEntries(gunzipSync(await entryOf('04_sibling')))).map(({ name }) => name),
  };
  const right = ['Makefile', 'README.rst', 'lab3.c'];
  expect(names).toEqual({
    '04_dotdot': [...right, `../../${escaped}.c`],
    '04_backslash': [...right, `src\\..\\..\\${escaped}.c`],
    '04_absolute': [...right, `/tmp/${escaped}.c`],
    '04_sibling': [...right, `../04-sibling-2/${escaped}.c`],
  });
});

test('links, devices and pipes are there as such', async () => {
  const tar = await tarEntries(gunzipSync(await entryOf('05_tar_links')));
  expect(tar.filter(({ type }) => type !== 'file')).toEqual([
    { name: 'passwd.h', type: 'symlink', link: '/etc/passwd' },
    { name: 'out', type: 'symlink', link: '..' },
    { name: 'hard.h', type: 'link', link: '/etc/passwd' },
    { name: 'disk.c', type: 'block-device', link: '' },
    { name: 'zero.c', type: 'character-device', link: '' },
    { name: 'pipe.c', type: 'fifo', link: '' },
  ]);
  const zip = zipEntries(await entryOf('05_zip_link'));
  expect(zip.filter(({ mode }) => mode === 0o120777).map(({ name }) => name)).toEqual(['passwd.h', 'out']);
  expect(zip.filter(({ mode }) => mode === 0o100644)).toHaveLength(4);
});

test.skipIf(process.platform === 'win32')('a folder has links and a pipe', async () => {
  const place = join(folder, 'class', theClass.sources.get('05_links') ?? '');
  const stat = async (name: string) => lstat(join(place, name));
  expect((await stat('passwd.h')).isSymbolicLink()).toBe(true);
  expect((await stat('everybody')).isSymbolicLink()).toBe(true);
  expect((await stat('pipe.c')).isFIFO()).toBe(true);
  expect((await stat('lab3.c')).isFile()).toBe(true);
});

test('a bomb says that it is small, and there are too many entries', async () => {
  expect(zipEntries(await entryOf('06_liar'))).toEqual([{ name: 'lab3.c', mode: 0o100644, claims: 4000 }]);
  const honest = join(folder, 'class', theClass.sources.get('06_bomb') ?? '', 'lab3.zip');
  expect(zipEntries(await readFile(honest)).map(({ claims }) => claims)).toEqual([1 << 30]);
  const bomb = await entryOf('06_liar');
  const local = 30 + bomb.readUInt16LE(26);
  expect(() => inflateRawSync(bomb.subarray(local), { maxOutputLength: 64 << 20 })).toThrow(/larger than/);
  const entries = await tarEntries(gunzipSync(await entryOf('06_entries')));
  expect(entries).toHaveLength(100_003);
  expect(entries.at(99_999)?.name).toBe('many/099999.h');
  expect(entries.at(-1)?.name).toBe('lab3.c');
});

test('names hold what must not reach a page or a terminal', async () => {
  const names = zipEntries(await entryOf('19_names')).map(({ name }) => name);
  for (const poison of submissions.find(({ name }) => name === '19_names')?.never ?? [''])
    expect(
      names.some((name) => name.includes(poison)),
      poison,
    ).toBe(true);
  expect(names).toContain('=1+1.h');
});

test('an archive of a Mac has its debris, a clone its hook', async () => {
  expect(zipEntries(await entryOf('23_nested')).map(({ name }) => name)).toEqual([
    'lab 3/lab3-master/counter.c',
    '__MACOSX/lab 3/lab3-master/._counter.c',
    'lab 3/.DS_Store',
  ]);
  const clone = join(folder, 'class', theClass.sources.get('good_src_bool') ?? '');
  expect(await readdir(join(clone, '.git', 'hooks'))).toEqual(['post-checkout']);
  expect((await readdir(clone)).sort()).toEqual(['.git', 'README.md', 'src']);
});

test('files are saved in the encoding of their author', async () => {
  const wide = await entryOf('23_utf16');
  expect([...wide.subarray(0, 4)]).toEqual([0xff, 0xfe, '#'.charCodeAt(0), 0]);
  expect(new TextDecoder('utf-16le').decode(wide)).toMatch(/^#include <linux\/module\.h>\r\n/);
  const moodle = theClass.sources.get('good_crlf_cyrillic') ?? '';
  expect(moodle).toMatch(/^Данило Дуб_\d+_assignsubmission_file_$/);
  const zip = await readFile(join(folder, 'class', moodle, 'lab3.zip'));
  const from = 30 + zip.readUInt16LE(26);
  const source = inflateRawSync(zip.subarray(from, from + zip.readUInt32LE(18)));
  const text = new TextDecoder('windows-1251').decode(source);
  expect(text).toContain('Лабораторна робота №3. Потоки ядра.\r\n');
  expect(text).toContain('немає пам');
  expect(source.includes(Buffer.from('Потоки'))).toBe(false);
});

test('a tar.xz unpacks to its tar', async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of unxz(Readable.from([await entryOf('good_one_by_one')]))) chunks.push(chunk);
  expect((await tarEntries(Buffer.concat(chunks))).map(({ name }) => name)).toEqual(['seq.c']);
});

test('a prebuilt object looks like one', async () => {
  const place = join(folder, 'class', theClass.sources.get('10_prebuilt') ?? '');
  expect((await readFile(join(place, 'prebuilt.ko'))).subarray(0, 4).toString('latin1')).toBe('\x7fELF');
  expect(await readdir(place)).toContain('prebuilt.c');
  expect(await readdir(join(folder, 'class', theClass.sources.get('23_empty') ?? ''))).toEqual([]);
});
