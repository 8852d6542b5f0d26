/** What is handed in to break the grader. Each costs the one who did it, and soon. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { archiveEntries } from '../../../grade/intake/archive/open.ts';
import { collect, emptyCollection } from '../../../grade/intake/collect.ts';
import { defaultLimits, makeBudget } from '../../../grade/intake/limits.ts';
import { storedXz } from '../../provision/packages/xz-file.ts';
import { everyKind, makeTar, makeZip } from './archives.ts';
import { names, testFolder, text } from './folder.ts';

const { readOne } = testFolder();
/** On a busy computer; each takes about a second. */
const soon = 30_000;

describe('paths', () => {
  test.each([
    ['../evil.c', 'leads out of its folder'],
    ['a/../../evil.c', 'leads out of its folder'],
    ['../one-evil/evil.c', 'leads out of its folder'],
    ['a/b/..', 'leads out of its folder'],
    ['..\\evil.c', 'leads out of its folder'],
    ['a/.. /evil.c', 'leads out of its folder'],
    ['/etc/cron.d/evil', 'is absolute'],
    ['\\\\server\\share\\evil.c', 'is absolute'],
    ['C:\\evil.c', 'begins with a drive letter'],
    ['c:evil.c', 'begins with a drive letter'],
  ])('%s refuses the whole archive', async (name, why) => {
    const files = { 'lab3.c': 'int x;\n', [name]: 'evil' };
    for (const [archive, bytes] of await everyKind(files)) {
      const submission = await readOne('lab.bin.zip', bytes);
      expect(submission.refused, archive).toBe(`lab.bin.zip is refused: unsafe path ${name}: it ${why}.`);
      expect(names(submission)).toEqual([]);
      expect(submission.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test('of links, folders and files that nobody keeps too', async () => {
    for (const entry of [{ name: '../x', mode: 0o120777 }, { name: '../x/' }, { name: '../x.bin' }]) {
      expect((await readOne('a.zip', makeZip([{ name: 'lab3.c' }, entry]))).refused).toContain('unsafe path');
    }
  });

  test('dots that mean nothing, and names that only look like it', async () => {
    const zip = makeZip([{ name: './lab3.c' }, { name: 'a//b/./c.h' }, { name: 'x..y/z...c' }]);
    const submission = await readOne('a.zip', zip);
    expect(submission.refused).toBeUndefined();
    expect(names(submission)).toEqual(['a/b/c.h', 'lab3.c', 'x..y/z...c']);
  });

  test('a zero byte', async () => {
    expect((await readOne('a.zip', makeZip([{ name: 'lab3.c\0.png' }]))).refused).toContain(
      'it has a zero byte',
    );
  });

  test('names that cannot be seen are left out, and shown', async () => {
    const submission = await readOne(
      'a.zip',
      makeZip([{ name: 'lab3.c' }, { name: 'x\u202eh.c' }, { name: 'a\x1b[31m.c' }]),
    );
    expect(names(submission)).toEqual(['lab3.c']);
    expect(submission.notes).toEqual([
      'x[U+202E]h.c is left out: its name has characters that cannot be seen.',
      'a␛[31m.c is left out: its name has characters that cannot be seen.',
    ]);
  });

  test('a name that is too long, a folder that is too deep', async () => {
    const long = await readOne('a.zip', makeZip([{ name: `${'x'.repeat(1001)}.c` }]));
    expect(long.refused).toMatch(
      /^a\.zip is refused: the name x{120}… is over the limit of 1000 characters for a name\.$/,
    );
    const deep = await readOne('a.zip', makeZip([{ name: `${'d/'.repeat(40)}x.c` }]));
    expect(deep.refused).toContain('limit of 32 folders in one another');
  });

  test('a file in the place of a folder', async () => {
    const submission = await readOne(
      'a.tar',
      await makeTar([
        { name: 'a.c' },
        { name: 'a.c/b.c' },
        { name: 'c.c', content: '1' },
        { name: 'c.c', content: '2' },
      ]),
    );
    expect(names(submission)).toEqual(['a.c', 'c.c']);
    expect(text(submission, 'c.c')).toBe('2');
    expect(submission.notes).toEqual([
      'a.c/b.c is left out: a file has the name of its folder.',
      'c.c is there twice: the last one is taken.',
    ]);
  });
});

describe('what is no regular file', () => {
  const left = (name: string, link = false) =>
    `${name} is left out: ${link ? 'a link is not a regular file' : 'it is not a regular file'}.`;

  test('in a tar', async () => {
    const tar = await makeTar([
      { name: 'lab3.c', content: 'int x;\n' },
      { name: 'sym.h', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'hard.h', type: 'link', linkname: '../../etc/passwd' },
      { name: 'tty.c', type: 'character-device' },
      { name: 'disk.c', type: 'block-device' },
      { name: 'pipe.c', type: 'fifo' },
    ]);
    const submission = await readOne('a.tar.gz', gzipSync(tar));
    expect(names(submission)).toEqual(['lab3.c']);
    expect(submission.notes).toEqual([
      left('sym.h', true),
      left('hard.h', true),
      left('tty.c'),
      left('disk.c'),
      left('pipe.c'),
    ]);
  });

  test('in a zip', async () => {
    const zip = makeZip([
      { name: 'lab3.c' },
      { name: 'sym.h', mode: 0o120777, content: '/etc/passwd' },
      { name: 'pipe.c', mode: 0o010644 },
      { name: 'tty.c', mode: 0o020644 },
      { name: 'usual.h', mode: 0o100644 },
    ]);
    const submission = await readOne('a.zip', zip);
    expect(names(submission)).toEqual(['lab3.c', 'usual.h']);
    expect(submission.notes).toEqual([left('sym.h', true), left('pipe.c'), left('tty.c')]);
  });

  test('a file through a link, as if it were a folder', async () => {
    const submission = await readOne(
      'a.zip',
      makeZip([
        { name: 'lab3.c' },
        { name: 'out', mode: 0o120777, content: '../..' },
        { name: 'out/evil.c' },
      ]),
    );
    expect(names(submission)).toEqual(['lab3.c']);
    expect(submission.notes).toEqual([left('out', true), 'out/evil.c is left out: its folder is a link.']);
  });

  test('so many that they would fill the page', async () => {
    const links = Array.from({ length: 500 }, (_, at) => ({ name: `l${at}`, mode: 0o120777 }));
    const { notes } = await readOne('a.zip', makeZip([{ name: 'lab3.c' }, ...links]));
    expect(notes).toHaveLength(31);
    expect(notes.at(-1)).toBe('There are 470 more notes like these.');
  });
});

describe('too much', () => {
  const lines = (megabytes: number) => Buffer.alloc(megabytes << 20, '\n');

  test('a file of a great many newlines', { timeout: soon }, async () => {
    for (const [archive, bytes] of [
      ['a.zip', makeZip([{ name: 'lab3.c', content: lines(64) }])],
      ['a.tar.gz', gzipSync(await makeTar([{ name: 'lab3.c', content: lines(64) }]))],
      ['a.tar.xz', storedXz(await makeTar([{ name: 'lab3.c', content: lines(9) }]))],
    ] as const) {
      const submission = await readOne(archive, bytes);
      expect(submission.refused).toContain(': lab3.c is over the limit of 8 MiB for one file.');
    }
  });

  test('a file that is larger than the archive says', { timeout: soon }, async () => {
    const zip = makeZip([{ name: 'lab3.c', content: lines(9) }]);
    for (const at of [22, zip.indexOf(Buffer.from('504b0102', 'hex')) + 24]) zip.writeUInt32LE(4000, at);
    expect((await readOne('a.zip', zip)).refused).toBe(
      'a.zip is refused: lab3.c is over the limit of 8 MiB for one file.',
    );
  });

  test('many files that are small alone', { timeout: soon }, async () => {
    const many = makeZip(Array.from({ length: 20 }, (_, at) => ({ name: `${at}.h`, content: lines(1) })));
    expect((await readOne('a.zip', many)).refused).toContain(
      'limit of 100 unpacked bytes for each packed one',
    );
    const limits = { totalBytes: 10 << 20 };
    expect((await readOne('a.zip', many, { limits })).refused).toContain('limit of 10 MiB unpacked');
  });

  test('what is not kept counts where it must be unpacked to be passed over', { timeout: soon }, async () => {
    const tar = gzipSync(await makeTar([{ name: 'core.bin', content: lines(32) }, { name: 'lab3.c' }]));
    expect((await readOne('a.tar.gz', tar)).refused).toContain(
      'limit of 100 unpacked bytes for each packed one',
    );
    const zip = makeZip([{ name: 'core.bin', content: lines(32) }, { name: 'lab3.c' }]);
    expect(names(await readOne('a.zip', zip))).toEqual(['lab3.c']);
  });

  test('100 000 entries', { timeout: soon }, async () => {
    const entry = Buffer.alloc(512);
    (await makeTar([{ name: 'x.h' }])).copy(entry, 0, 0, 512);
    const tar = gzipSync(
      Buffer.concat([...Array.from({ length: 100_000 }, () => entry), Buffer.alloc(1024)]),
    );
    expect((await readOne('a.tar.gz', tar)).refused).toMatch(
      /limit of (?:10000 files and folders|100 unpacked)/,
    );
    const zip = makeZip(Array.from({ length: 10_001 }, (_, at) => ({ name: `${at}` })));
    expect((await readOne('a.zip', zip)).refused).toBe(
      'a.zip is refused: it is over the limit of 10000 files and folders.',
    );
  });

  test('a zip whose files share their bytes', { timeout: soon }, async () => {
    const bomb = makeZip([
      { name: 'a.h', content: lines(7) },
      ...Array.from({ length: 40 }, () => ({ name: 'b.h', content: '' })),
    ]);
    // Every entry of the directory points to the first file.
    const start = bomb.readUInt32LE(bomb.length - 6);
    const first = Buffer.from(bomb.subarray(start, start + 46));
    const directory = Buffer.concat(
      Array.from({ length: 41 }, (_, at) =>
        Buffer.concat([first, Buffer.from(`${String.fromCharCode(65 + at)}.h`)]),
      ),
    );
    const end = Buffer.from(bomb.subarray(bomb.length - 22));
    end.writeUInt32LE(directory.length, 12);
    const submission = await readOne('a.zip', Buffer.concat([bomb.subarray(0, start), directory, end]));
    expect(submission.refused).toMatch(/over the limit of/);
  });

  test('archives in archives count together', { timeout: soon }, async () => {
    const inner = makeZip(Array.from({ length: 10 }, (_, at) => ({ name: `${at}.h`, content: lines(7) })));
    const outer = makeZip(Array.from({ length: 10 }, (_, at) => ({ name: `${at}.zip`, content: inner })));
    expect((await readOne('a.zip', outer)).refused).toMatch(/over the limit of/);
  });

  test('an archive that is too large as it is', async () => {
    const submission = await readOne('a.zip', Buffer.alloc(3000), { limits: { archiveBytes: 2000 } });
    expect(submission.refused).toBe('a.zip is refused: it is over the limit of 2000 bytes for an archive.');
  });
});

describe('damage', () => {
  test.each<[string, string, () => Promise<Uint8Array> | Uint8Array]>([
    ['nothing', 'a.zip', () => new Uint8Array()],
    ['no archive', 'a.zip', () => Buffer.from('this is a text\n'.repeat(100))],
    ['a zip cut short', 'a.zip', () => makeZip([{ name: 'a.c', content: 'x'.repeat(100) }]).subarray(0, 90)],
    ['a wrong checksum', 'a.zip', () => makeZip([{ name: 'a.c', content: 'x', crc: 1 }])],
    ['a password', 'a.zip', () => makeZip([{ name: 'a.c', content: 'x', encrypted: true }])],
    ['an unknown method', 'a.zip', () => makeZip([{ name: 'a.c', content: 'x', method: 14 }])],
    [
      'a tar cut short',
      'a.tar',
      async () => (await makeTar([{ name: 'a.c', content: 'x'.repeat(2000) }])).subarray(0, 1000),
    ],
    [
      'gzip cut short',
      'a.tar.gz',
      async () => gzipSync(await makeTar([{ name: 'a.c', content: 'x' }])).subarray(0, 60),
    ],
    [
      'xz cut short',
      'a.tar.xz',
      async () => storedXz(await makeTar([{ name: 'a.c', content: 'x' }])).subarray(0, 200),
    ],
  ])('%s is said', async (_, name, make) => {
    const submission = await readOne(name, await make());
    expect(submission.refused).toMatch(
      new RegExp(
        `^${name} is refused: it is (?:empty|damaged: .+|protected by a password)\\.$|packed by method 14`,
      ),
    );
    expect(submission.refused).not.toMatch(/undefined|Error/);
  });

  test('whatever the bytes, an archive is read or refused', { timeout: 120_000 }, async () => {
    const sound = await everyKind({
      'lab3/lab3.c': 'int x;\n'.repeat(20),
      'lab3/Makefile': 'obj-m := lab3.o\n',
    });
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: sound.length - 1 }),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.option(fc.nat()),
        async (kind, changes, cut) => {
          const bytes = Buffer.from(sound[kind]?.[1] ?? '');
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const part = cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
          const into = emptyCollection();
          const collecting = { keep: () => true, budget: makeBudget(defaultLimits) };
          try {
            await collect(into, archiveEntries(part, collecting.budget), collecting);
            for (const path of into.files.keys()) expect(path).not.toMatch(/^\/|(?:^|\/)\.\.(?:\/|$)/);
          } catch (error) {
            expect((error as Error).name, String(error)).toBe('Refusal');
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
