import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { keyPattern } from '../../../grade/document.ts';
import { makeTar, makeZip } from './archives.ts';
import { byKey, keys, names, testFolder, text } from './folder.ts';

const { at, put, read, readOne } = testFolder();

describe('what is in a submission', () => {
  test('extra folders, debris of systems, prebuilt files and files that nobody asked for', async () => {
    const submission = await readOne(
      'ivanov.zip',
      makeZip(
        [
          ...[
            'lab/lab-main/lab3.c',
            'lab/lab-main/list.h',
            'lab/lab-main/report.pdf',
            'lab/lab-main/shot.PNG',
          ],
          ...[
            'lab/lab-main/lab3.ko',
            'lab/lab-main/lab3.o',
            'lab/lab-main/lab3.mod.c',
            'lab/lab-main/movie.mp4',
          ],
          ...['__MACOSX/lab/._lab3.c', 'lab/.DS_Store', 'lab/lab-main/.git/x.c', 'lab/lab-main/.lab3.ko.cmd'],
        ].map((name) => ({ name, content: 'x\n' })),
      ),
    );
    expect(names(submission)).toEqual(['lab3.c', 'list.h', 'report.pdf', 'shot.PNG']);
    expect(submission.notes).toEqual([
      'Left out, as everything is built from source: lab/lab-main/lab3.ko, lab/lab-main/lab3.mod.c, lab/lab-main/lab3.o.',
      'Not kept, as the rubric asks for other files: lab/lab-main/movie.mp4.',
    ]);
  });

  test('src/ stays, since a Makefile may name it', async () => {
    const submission = await readOne(
      'a.zip',
      makeZip([{ name: 'x/src/lab3.c' }, { name: 'x/src/Makefile' }]),
    );
    expect(names(submission)).toEqual(['src/Makefile', 'src/lab3.c']);
  });

  test('UTF-16, CRLF and old Cyrillic encodings are read, pictures are not', async () => {
    await put({
      'class/anna/wide.c': Buffer.from('\ufeffint я;\r\n', 'utf16le'),
      'class/anna/crlf.c': 'int x;\r\nint y;\r\n',
      'class/anna/old.c': Buffer.concat([
        Buffer.from('// '),
        Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x0a]),
      ]),
      'class/anna/dos.h': Buffer.concat([
        Buffer.from('// '),
        Buffer.from([0x8f, 0xe0, 0xa8, 0xa2, 0xa5, 0xe2, 0x0a]),
      ]),
      'class/anna/shot.png': Buffer.from('\r\n\xff\xfe', 'latin1'),
    });
    const submission = byKey(await read(), 'anna').submission;
    expect(text(submission, 'wide.c')).toBe('int я;\n');
    expect(text(submission, 'crlf.c')).toBe('int x;\nint y;\n');
    expect(text(submission, 'old.c')).toBe('// Привет\n');
    expect(text(submission, 'dos.h')).toBe('// Привет\n');
    expect(submission?.documents).toEqual(['shot.png']);
    expect(submission?.notes).toEqual([
      'dos.h is read as ibm866.',
      'old.c is read as windows-1251.',
      'wide.c is read as UTF-16.',
      'Lines end in CR LF, read as LF: crlf.c, wide.c.',
    ]);
  });

  test('other patterns keep other files', async () => {
    await put({
      'class/anna/lab3.c': '',
      'class/anna/docs/essay.md': '',
      'class/anna/essay.md': '',
      'class/anna/x.S': '',
    });
    const { submission } = byKey(await read('class', { keep: ['*.c', 'docs/*.md'] }), 'anna');
    expect(names(submission)).toEqual(['docs/essay.md', 'lab3.c']);
    expect(submission?.notes).toEqual(['Not kept, as the rubric asks for other files: essay.md, x.S.']);
  });

  test('an archive in an archive is opened, one deeper is noted', async () => {
    const deepest = makeZip([{ name: 'lab3.c', content: 'int x;\n' }]);
    const deeper = makeZip([{ name: 'README.md' }, { name: 'c.zip', content: deepest }]);
    const inside = makeZip([{ name: 'b.zip', content: deepest }]);
    expect(names(await readOne('a.zip', inside))).toEqual(['lab3.c']);
    const submission = await readOne('a.zip', makeZip([{ name: 'b.zip', content: deeper }]));
    expect(names(submission)).toEqual(['README.md']);
    expect(submission.notes).toEqual([
      'c.zip is left out: it is an archive in archives, too deep to be opened.',
      'There is no .c file in it.',
    ]);
  });

  test('archives beside sources stay shut; several archives get a folder each', async () => {
    const zip = (content: string) => makeZip([{ name: 'lab3.c', content }]);
    await put({
      'class/anna/lab3.c': '1',
      'class/anna/old.zip': zip('2'),
      'class/vera/none.zip': zip('3'),
      'class/vera/own.tar': zip('4'),
    });
    const intake = await read();
    expect(text(byKey(intake, 'anna').submission, 'lab3.c')).toBe('1');
    expect(byKey(intake, 'anna').submission?.notes).toEqual([
      'old.zip is left out: there are sources beside it, such as lab3.c.',
    ]);
    expect(names(byKey(intake, 'vera').submission)).toEqual(['none/lab3.c', 'own/lab3.c']);
  });

  test('what is empty is said, and is no error', async () => {
    await put({ 'class/anna.zip': makeZip([]), 'class/vera.tar': await makeTar([]), 'class/gleb.c': '' });
    await mkdir(at('class/boris'));
    const intake = await read();
    for (const key of ['anna', 'boris', 'vera']) {
      const submission = byKey(intake, key).submission;
      expect(submission?.notes).toEqual(['There is nothing in it that is kept.']);
      expect(submission?.refused).toBeUndefined();
    }
    expect(names(byKey(intake, 'gleb').submission)).toEqual(['gleb.c']);
  });

  test('kinds of archives that are not opened are named', async () => {
    await put({
      'class/anna.rar': Buffer.from('526172211a0700', 'hex'),
      'class/vera/lab.7z': Buffer.from('377abcaf271c', 'hex'),
      'class/vera/README.md': 'x',
    });
    const intake = await read();
    expect(byKey(intake, 'anna').submission?.refused).toBe(
      'anna.rar is not taken: it is a RAR archive, which is not opened here; .zip, .tar.gz and .tar.xz are.',
    );
    expect(byKey(intake, 'vera').submission?.refused).toBeUndefined();
    expect(byKey(intake, 'vera').submission?.notes[0]).toContain('it is a 7z archive');
  });

  test('a packed log is no archive, and nothing beside it is lost for it', async () => {
    const log = gzipSync(Buffer.from('[    1.000000] lab3: loaded\n'.repeat(100)));
    await put({
      'class/anna/lab3.zip': makeZip([{ name: 'lab3.c', content: 'int x;' }]),
      'class/anna/dmesg.log.gz': log,
      'class/vera.gz': log,
      'class/gleb.gz': gzipSync(Buffer.from('short')),
    });
    const intake = await read();
    const anna = byKey(intake, 'anna').submission;
    expect(anna?.refused).toBeUndefined();
    expect(names(anna)).toEqual(['lab3.c']);
    expect(anna?.notes).toContainEqual(
      expect.stringContaining('dmesg.log.gz is not taken: it is one packed file'),
    );
    for (const key of ['vera', 'gleb'])
      expect(byKey(intake, key).submission?.refused).toContain(
        'it is one packed file, and no archive is in it',
      );
  });
});

describe('a folder on disk', () => {
  test.skipIf(process.platform === 'win32')('links and pipes are left out, and hold nobody up', async () => {
    await put({ 'class/anna/lab3.c': '', 'secret.h': 'secret' });
    await symlink(at('secret.h'), at('class/anna/secret.h'));
    await symlink(at('class'), at('class/anna/loop'));
    execFileSync('mkfifo', [at('class/anna/pipe.c')]);
    const { submission } = byKey(await read(), 'anna');
    expect(names(submission)).toEqual(['lab3.c']);
    expect(submission?.notes).toEqual([
      'loop is left out: a link is not a regular file.',
      'pipe.c is left out: it is not a regular file.',
      'secret.h is left out: a link is not a regular file.',
    ]);
  });

  test('limits hold there too', async () => {
    await put(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`class/anna/${at}.c`, ''])));
    await put({ 'class/boris/a.c': 'x'.repeat(2000), 'class/vera/a/b/c/d/e.c': '' });
    const intake = await read('class', { limits: { entries: 10, fileBytes: 1000, depth: 3 } });
    expect(byKey(intake, 'anna').submission?.refused).toBe(
      'anna is refused: it is over the limit of 10 files and folders.',
    );
    expect(byKey(intake, 'boris').submission?.refused).toBe(
      'boris is refused: a.c is over the limit of 1000 bytes for one file.',
    );
    expect(byKey(intake, 'vera').submission?.refused).toContain('limit of 3 folders in one another');
  });

  test('the same folder read twice is the same', async () => {
    await put({
      'class/Иванов Иван/lab3.c': 'int x;\n',
      'class/Ivanov Ivan/lab3.c': 'int y;\n',
      'class/con/lab3.c': '',
    });
    const [first, second] = [await read(), await read()];
    expect(second).toEqual(first);
    expect(new Set(keys(first)).size).toBe(3);
    for (const key of keys(first)) expect(key).toMatch(keyPattern);
  });
});
