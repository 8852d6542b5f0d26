import { symlink } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { everyKind, makeTar, makeZip } from './archives.ts';
import { byKey, keys, names, testFolder, text } from './folder.ts';

const { at, put, read } = testFolder();
const module = { 'lab3.c': 'int x;\n', Makefile: 'obj-m := lab3.o\n' };

const big = (bytes: number, sign = 'x') => sign.repeat(bytes);

describe('what a class can lie in', () => {
  test('folders, archives, .c files and clones side by side', async () => {
    const [zip, , , , xz] = await everyKind(module);
    await put({
      'class/anna/lab3.c': 'int x;\n',
      'class/boris.zip': zip?.[1] ?? '',
      'class/vera.tar.xz': xz?.[1] ?? '',
      'class/gleb.c': 'int x;\n',
      'class/dina/.git/config': 'x',
      'class/dina/.git/evil.c': 'x',
      'class/dina/lab3.c': 'int x;\n',
    });
    const intake = await read();
    expect(keys(intake)).toEqual(['anna', 'boris', 'dina', 'gleb', 'vera']);
    expect(intake.unmatched).toEqual([]);
    expect(names(byKey(intake, 'boris').submission)).toEqual(['Makefile', 'lab3.c']);
    expect(names(byKey(intake, 'vera').submission)).toEqual(['Makefile', 'lab3.c']);
    expect(names(byKey(intake, 'gleb').submission)).toEqual(['gleb.c']);
    expect(names(byKey(intake, 'dina').submission)).toEqual(['lab3.c']);
    expect(intake.candidates.every(({ onRoster, remarks }) => onRoster && remarks === undefined)).toBe(true);
  });

  test('what lab3 copied into its report is not what was handed in, unless there is nothing else', async () => {
    const report = { 'report.html': '', 'report.md': '', 'README.rst': '', 'module/lab3.c': 'int old;\n' };
    const under = (folder: string, files: Record<string, string>) =>
      Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));
    await put({
      ...under('reports/anna', { 'lab3.c': 'int x;\n' }),
      ...under('reports/anna/lab3-report', report),
      ...under('reports/boris/work', { 'lab3.c': 'int x;\n' }),
      ...under('reports/boris/answers', report),
      ...under('reports/vera', report),
      // Whatever else there is, these are the only ones of their names.
      ...under('reports/dina', report),
      ...under('reports/dina/tools', { 'try.c': '' }),
      // A student's own words beside sources that lie in a folder of that name.
      ...under('reports/gleb', { 'report.md': '', 'module/lab3.c': 'int x;\n', 'tools/try.c': '' }),
    });
    const intake = await read('reports');
    const sources = (key: string) =>
      names(byKey(intake, key).submission).filter((name) => name.endsWith('.c'));
    expect(sources('anna')).toEqual(['lab3.c']);
    expect(sources('boris')).toEqual(['work/lab3.c']);
    expect(sources('vera')).toEqual(['module/lab3.c']);
    expect(sources('dina')).toEqual(['module/lab3.c', 'tools/try.c']);
    expect(sources('gleb')).toEqual(['module/lab3.c', 'tools/try.c']);
    expect(byKey(intake, 'anna').submission?.notes).toContain(
      'Left out, as lab3 copied it for a report: lab3-report/module/.',
    );
  });

  test('every kind of archive gives the same submission', async () => {
    const hashes = new Set<string>();
    for (const [name, bytes] of await everyKind({
      'top/lab3.c': 'int x;\r\n',
      'top/Makefile': 'obj-m := lab3.o\n',
    })) {
      await put({ [`kinds-${name}/${name}`]: bytes });
      const { candidates } = await read(`kinds-${name}`);
      const submission = candidates[0]?.submission;
      expect(submission?.refused).toBeUndefined();
      expect(names(submission)).toEqual(['Makefile', 'lab3.c']);
      expect(text(submission, 'lab3.c')).toBe('int x;\n');
      hashes.add(submission?.sha256 ?? '');
    }
    expect(hashes.size).toBe(1);
  });

  test('the place itself is one archive, one .c file, or one folder with a Makefile', async () => {
    await put({
      'ivanov.zip': makeZip([{ name: 'lab3.c', content: '' }]),
      'petrov.c': '',
      ...{ 'sidorov/lab3.c': '' },
      'sidorov/Makefile': '',
    });
    expect(keys(await read('ivanov.zip'))).toEqual(['ivanov']);
    expect(keys(await read('petrov.c'))).toEqual(['petrov']);
    const folder = await read('sidorov');
    expect(keys(folder)).toEqual(['sidorov']);
    expect(names(folder.candidates[0]?.submission)).toEqual(['Makefile', 'lab3.c']);
    expect(keys(await read('sidorov', { single: false }))).toEqual(['lab3']);
    expect(keys(await read('sidorov', { single: true }))).toEqual(['sidorov']);
    // What an autograder is given is one student's, be it nothing or what looks like a class.
    await put({
      'student-17/ivanov.c': 'int i;',
      'student-17/petrov/lab3.c': '',
      'student-18/empty.txt': '',
    });
    const one = await read('student-17', { single: true });
    expect(keys(one)).toEqual(['student-17']);
    expect(names(one.candidates[0]?.submission)).toEqual(['ivanov.c', 'petrov/lab3.c']);
    expect(keys(await read('student-18', { single: true }))).toEqual(['student-18']);
  });

  test('what one student handed in is one submission, wherever it lies', async () => {
    await put({
      'Anna A_11_assignsubmission_file_/lab.zip': makeZip([{ name: 'lab3.c' }]),
      'lab3-boris/.git/HEAD': '',
      'lab3-boris/lab3.c': '',
      'lab3-boris/list.c': '',
      'class/vera/lab.zip': makeZip([{ name: 'lab3.c' }]),
    });
    expect(keys(await read('Anna A_11_assignsubmission_file_'))).toEqual(['anna-a']);
    expect(keys(await read('lab3-boris'))).toEqual(['lab3-boris']);
    expect(keys(await read('class'))).toEqual(['vera']);
  });

  test('the whole class is one archive', async () => {
    const inner = makeZip([{ name: 'lab3/lab3.c', content: 'int a;\n' }]);
    await put({
      'class.zip': makeZip([
        { name: 'Lab 3/Anna Ahmatova_11_assignsubmission_file_/lab.zip', content: inner },
        { name: 'Lab 3/Boris Pasternak_12_assignsubmission_file_/lab3.c', content: 'int b;\n' },
        { name: '__MACOSX/Lab 3/._x', content: '' },
      ]),
    });
    const intake = await read('class.zip');
    expect(keys(intake)).toEqual(['anna-ahmatova', 'boris-pasternak']);
    expect(text(byKey(intake, 'anna-ahmatova').submission, 'lab3.c')).toBe('int a;\n');
    expect(byKey(intake, 'boris-pasternak').submission?.source).toBe(
      'Lab 3/Boris Pasternak_12_assignsubmission_file_',
    );
    const tar = await makeTar([
      { name: 'anna/lab3.c', content: 'int a;\n' },
      { name: 'boris/lab3.c', content: 'int b;\n' },
    ]);
    await put({ 'class.tar': tar });
    expect(keys(await read('class.tar'))).toEqual(['anna', 'boris']);
  });

  test('one hostile archive in the archive of a class costs only that student', async () => {
    await put({
      'class.zip': makeZip([
        { name: 'anna.zip', content: makeZip([{ name: '../evil.c', content: '' }]) },
        { name: 'boris.zip', content: makeZip([{ name: 'lab3.c', content: '' }]) },
      ]),
    });
    const intake = await read('class.zip');
    expect(byKey(intake, 'anna').submission?.refused).toMatch(/unsafe path \.\.\/evil\.c/);
    expect(byKey(intake, 'boris').submission?.refused).toBeUndefined();
  });

  test('the archive of a class with a roster that is cut short is no zero for everybody', async () => {
    const whole = makeZip([{ name: 'anna/lab3.c' }, { name: 'boris/lab3.c' }]);
    await put({ 'class.zip': whole.subarray(0, whole.length - 30), 'roster.csv': 'name\nanna\nboris\n' });
    await expect(read('class.zip', { roster: { file: at('roster.csv') } })).rejects.toMatchObject({
      name: 'ClassArchiveRefused',
      message: expect.stringContaining('class.zip cannot be read'),
    });
  });

  describe('a path in the archive of a class that is refused', () => {
    const deep = `${'d/'.repeat(33)}lab3.c`;
    const others = [{ name: 'Lab 3/anna/lab3.c' }, { name: 'Lab 3/boris/lab3.c' }];

    test.each([
      [
        deep,
        /^Lab 3\/eve is refused: the place of d\/d\/.* is over the limit of 32 folders in one another\.$/,
      ],
      [
        'a/.../lab3.c',
        /^Lab 3\/eve is refused: unsafe path a\/\.\.\.\/lab3\.c: it leads out of its folder\.$/,
      ],
      ['.../', /unsafe path \.\.\.: it leads out of its folder/],
      ['../anna/lab3.c', /unsafe path \.\.\/anna\/lab3\.c: it leads out of its folder/],
      ['x\0.c', /it has a zero byte/],
      ['x'.repeat(60_000), /is over the limit of 1000 characters for a name/],
    ])('of a student’s part costs that student: %s', async (name, why) => {
      for (const eve of [
        [{ name: `Lab 3/eve/${name}` }],
        [{ name: 'Lab 3/eve/lab3.c' }, { name: `Lab 3/eve/${name}` }],
      ]) {
        await put({ 'class.zip': makeZip([...eve, ...others]) });
        const intake = await read('class.zip');
        expect(keys(intake)).toEqual(['anna', 'boris', 'eve']);
        expect(byKey(intake, 'eve').submission?.refused).toMatch(why);
        expect(names(byKey(intake, 'eve').submission)).toEqual([]);
        expect(names(byKey(intake, 'anna').submission)).toEqual(['lab3.c']);
        expect(names(byKey(intake, 'boris').submission)).toEqual(['lab3.c']);
        expect(intake.unmatched).toEqual([]);
      }
    });

    test('is counted from the student’s part on, as if it had been handed in alone', async () => {
      const inside = `${'d/'.repeat(32)}lab3.c`;
      await put({ 'class.zip': makeZip([{ name: `Lab 3/eve/${inside}` }, ...others]) });
      const { submission } = byKey(await read('class.zip'), 'eve');
      expect(submission?.refused).toBeUndefined();
      expect(names(submission)).toEqual(['lab3.c']);
    });

    test.each([
      ['../../etc/passwd', 'it leads out of its folder'],
      ['Lab 3/../eve/lab3.c', 'it leads out of its folder'],
      ['/eve/lab3.c', 'it is absolute'],
      ['C:\\eve\\lab3.c', 'it begins with a drive letter'],
      ['.../eve/lab3.c', 'it leads out of its folder'],
    ])('of nobody’s is named, and costs nobody anything: %s', async (name, why) => {
      await put({ 'class.zip': makeZip([{ name, content: 'evil' }, ...others]) });
      const intake = await read('class.zip');
      expect(keys(intake)).toEqual(['anna', 'boris']);
      for (const { submission } of intake.candidates) expect(submission?.refused).toBeUndefined();
      expect(intake.unmatched).toEqual([
        { source: name, why: `It is left out: unsafe path ${name}: ${why}.` },
      ]);
    });

    test('of nobody’s does not fill the page; what systems leave behind is not named at all', async () => {
      const many = Array.from({ length: 50 }, (_, at) => ({ name: `../${at}` }));
      await put({ 'class.zip': makeZip([...many, { name: `__MACOSX/Lab 3/eve/${deep}` }, ...others]) });
      const intake = await read('class.zip');
      expect(keys(intake)).toEqual(['anna', 'boris']);
      expect(intake.unmatched).toHaveLength(31);
      expect(intake.unmatched.at(-1)).toEqual({
        source: 'class.zip',
        why: '20 more paths like these are left out.',
      });
    });

    test('does not make a class of what one student handed in', async () => {
      await put({ 'eve.zip': makeZip([{ name: 'lab3.c' }, { name: '../evil.c' }]) });
      const intake = await read('eve.zip');
      expect(keys(intake)).toEqual(['eve']);
      expect(intake.candidates[0]?.submission?.refused).toBe(
        'eve.zip is refused: unsafe path ../evil.c: it leads out of its folder.',
      );
    });
  });

  test('a folder above the submissions of a course system does no harm', async () => {
    await put({ 'class/download/Lab 3/Anna A_11_assignsubmission_file_/lab3.c': '' });
    const intake = await read();
    expect(keys(intake)).toEqual(['anna-a']);
    expect(intake.candidates[0]?.submission?.source).toBe('download/Lab 3/Anna A_11_assignsubmission_file_');
  });

  test('an archive of .c files alone is one submission, and how to make it a class is said', async () => {
    const zip = (...names: string[]) => makeZip(names.map((name) => ({ name, content: 'int a;\n' })));
    await put({
      'course.zip': zip('course/ivanov.c', 'course/petrov.c', 'course/sidorov.c'),
      'made.zip': zip('no_lock.c', 'lock.c', 'Makefile'),
      'one.zip': zip('lab3.c', 'list.h'),
    });
    const remarks = async (place: string, options = {}) =>
      (await read(place, options)).candidates.map((candidate) => [candidate.key, candidate.remarks]);
    expect(await remarks('course.zip')).toEqual([
      [
        'course',
        [
          'course.zip has 3 .c files and no Makefile, and is taken for one submission. If each is a student’s, unpack it and grade the folder.',
        ],
      ],
    ]);
    expect(await remarks('course.zip', { single: true })).toEqual([['course', undefined]]);
    expect(await remarks('made.zip')).toEqual([['made', undefined]]);
    expect(await remarks('one.zip')).toEqual([['one', undefined]]);
  });

  test('files that are no submissions are said, links are not followed, ignored ones are not there', async () => {
    await put({ 'class/anna.c': '', 'class/notes.pdf': '', 'class/rubric.yaml': '', 'elsewhere/lab3.c': '' });
    await symlink(at('elsewhere'), at('class/boris'));
    const intake = await read('class', { ignore: [at('class/rubric.yaml')] });
    expect(keys(intake)).toEqual(['anna']);
    expect(intake.unmatched).toEqual([
      { source: 'boris', why: 'A link is not followed.' },
      { source: 'notes.pdf', why: 'No submission: it is neither a folder, an archive nor a .c file.' },
    ]);
  });

  test.each([
    ['GradeFolderMissing', 'nowhere', {}],
    ['GradeFolderEmpty', 'class', { 'class/notes.pdf': '' }],
    ['NotASubmission', 'notes.pdf', { 'notes.pdf': '' }],
    [
      'GradescopeListUnreadable',
      'class',
      { 'class/submission_metadata.yml': ': [', 'class/submission_1/a.c': '' },
    ],
  ])('%s', async (name, place, files) => {
    await put(files as Record<string, string>);
    await expect(read(place)).rejects.toMatchObject({ name, fault: 'usage' });
  });

  test('pictures, documents and texts are not held: a class may have any number of them', async () => {
    await put({
      'class/anna/lab3.c': 'int a;',
      'class/anna/shot.png': big(3000),
      'class/anna/README.md': big(3000),
      'class/boris/lab3.c': 'int a;',
      'class/boris/shot.png': big(3000, 'y'),
      'class/boris/README.md': big(3000),
    });
    const intake = await read('class', { limits: { classBytes: 500 } });
    const [anna, boris] = ['anna', 'boris'].map((key) => byKey(intake, key).submission);
    expect([...(anna?.files.keys() ?? [])]).toEqual(['lab3.c']);
    expect(anna?.documents).toEqual(['README.md', 'shot.png']);
    // Another picture is another submission.
    expect(anna?.sha256).not.toBe(boris?.sha256);
  });

  test('nor are those in the archive of a class; each student has the limits of one', async () => {
    const png = (letter: string) => Buffer.from(big(3000, letter));
    await put({
      'class.zip': makeZip([
        { name: 'anna/lab3.c', content: 'int a;' },
        { name: 'anna/shot.png', content: png('x') },
        { name: 'boris/lab3.c', content: 'int a;' },
        { name: 'boris/shot.png', content: png('y') },
        { name: 'boris/large.png', content: Buffer.alloc(9000, 'z') },
      ]),
      'folder/anna/lab3.c': 'int a;',
      'folder/anna/shot.png': png('x'),
    });
    const limits = { classBytes: 4000, documentBytes: 5000 };
    const intake = await read('class.zip', { limits });
    const { submission } = byKey(intake, 'anna');
    expect(submission?.documents).toEqual(['shot.png']);
    // However it was packed.
    expect(submission?.sha256).toBe(byKey(await read('folder', { limits }), 'anna').submission?.sha256);
    expect(byKey(intake, 'boris').submission?.refused).toContain('large.png');
  });

  test('a student with too many sources costs nobody else', async () => {
    await put({ 'class/anna/a.c': 'int a;', 'class/boris/a.c': big(3000), 'class/boris/b.h': big(3000) });
    const intake = await read('class', { limits: { sourceBytes: 5 << 10 } });
    expect(byKey(intake, 'anna').submission?.refused).toBeUndefined();
    expect(byKey(intake, 'boris').submission?.refused).toBe(
      'boris is refused: it is over the limit of 5 KiB of sources.',
    );
  });

  test('a class that would not fit in memory is said', async () => {
    await put({ 'class/a.c': 'x'.repeat(3000), 'class/b.c': 'x'.repeat(3000) });
    await expect(read('class', { limits: { classBytes: 5000 } })).rejects.toMatchObject({
      name: 'ClassTooLarge',
    });
  });
});
