/** Names that course systems give to downloads. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canvasNaming } from '../../../grade/intake/course/canvas.ts';
import { assignmentPrefix } from '../../../grade/intake/course/github.ts';
import { readMetadata } from '../../../grade/intake/course/gradescope.ts';
import { moodleNaming } from '../../../grade/intake/course/moodle.ts';
import { makeZip } from './archives.ts';
import { byKey, keys, names, testFolder, text } from './folder.ts';

const { put, read } = testFolder();
const zip = makeZip([{ name: 'lab3/lab3.c', content: 'int x;\n' }]);

describe('Moodle', () => {
  test.each([
    ['Анна Ахматова_1234567_assignsubmission_file_', 'Анна Ахматова', '1234567', undefined],
    ['Anna A_12_assignsubmission_file', 'Anna A', '12', undefined],
    ['Group 1-Anna_B_12_assignsubmission_file_lab3.tar.gz', 'Group 1-Anna_B', '12', 'lab3.tar.gz'],
    ['Participant 9_9_assignsubmission_onlinetext_', 'Participant 9', '9', undefined],
  ])('%s', (name, person, id, file) => {
    const naming = moodleNaming(name);
    expect(naming).toEqual({
      group: `moodle:${id}`,
      people: [{ name: person, identities: { moodle_id: id } }],
      ...(file === undefined ? {} : { file }),
    });
  });

  test('two of one name are two; online text belongs to the files; files without folders are one submission', async () => {
    await put({
      'class/Anna A_11_assignsubmission_file_/lab3.zip': zip,
      'class/Anna A_11_assignsubmission_onlinetext_/onlinetext.html': '<p>hello',
      'class/Anna A_12_assignsubmission_file_/lab3.c': '',
      'class/Boris B_13_assignsubmission_file_lab3.c': '',
      'class/Boris B_13_assignsubmission_file_Makefile': 'obj-m := lab3.o\n',
    });
    const intake = await read();
    expect(keys(intake)).toEqual([
      expect.stringMatching(/^anna-a-[0-9a-f]{6}$/),
      expect.stringMatching(/^anna-a-[0-9a-f]{6}$/),
      'boris-b',
    ]);
    expect(intake.candidates.map(({ identities }) => identities.moodle_id).sort()).toEqual([
      '11',
      '12',
      '13',
    ]);
    expect(names(byKey(intake, 'boris-b').submission)).toEqual(['Makefile', 'lab3.c']);
    const [first] = intake.candidates.filter(({ identities }) => identities.moodle_id === '11');
    expect(names(first?.submission)).toEqual(['lab3.c']);
    expect(first?.others).toEqual([]);
  });

  test('a name comes back as it was put in', () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme', maxLength: 20 }).map((text) => text.trim());
    fc.assert(
      fc.property(
        name.filter((text) => text !== '' && !text.includes('_')),
        fc.nat(),
        (person, id) => {
          const naming = moodleNaming(`${person}_${id}_assignsubmission_file_`);
          expect(naming?.people).toEqual([{ name: person, identities: { moodle_id: String(id) } }]);
        },
      ),
    );
  });
});

describe('Canvas', () => {
  test.each([
    ['doejane_12345_678901_lab3.zip', 'doejane', '12345', 'lab3.zip', undefined],
    ['doejane_LATE_12345_678901_lab3-1.zip', 'doejane', '12345', 'lab3-1.zip', ['Canvas marked it as late.']],
    ['ахматоваанна_1_22_my_lab_2.c', 'ахматоваанна', '1', 'my_lab_2.c', undefined],
  ])('%s', (name, person, id, file, notes) => {
    expect(canvasNaming(name)).toEqual({
      group: `canvas:${id}`,
      people: [{ name: person, identities: { canvas_id: id } }],
      file,
      ...(notes === undefined ? {} : { notes, isLate: true }),
    });
  });

  test('files of one student are one submission', async () => {
    await put({
      'class/doejane_12345_678901_lab3.c': '',
      'class/doejane_12345_678902_Makefile': '',
      'class/roejohn_LATE_12346_678903_lab3.zip': zip,
    });
    const intake = await read();
    expect(keys(intake)).toEqual(['doejane', 'roejohn']);
    expect(names(byKey(intake, 'doejane').submission)).toEqual(['Makefile', 'lab3.c']);
    expect(byKey(intake, 'roejohn').submission?.notes).toEqual(['Canvas marked it as late.']);
    expect(byKey(intake, 'roejohn').identities).toEqual({ canvas_id: '12346' });
    // By how much it was late is not said: no mark goes out as if it had been in time.
    expect(byKey(intake, 'roejohn').doubts).toEqual(['time-unclear']);
    expect(byKey(intake, 'doejane')).not.toHaveProperty('doubts');
  });

  describe('the number of a file that is handed in again', () => {
    const handIn = async (files: Record<string, string | Uint8Array>) => {
      const named = Object.entries(files).map(([name, content], at) => [
        `class/doejane_12345_${678_901 + at}_${name}`,
        content,
      ]);
      await put(Object.fromEntries(named));
      return byKey(await read(), 'doejane');
    };

    test('is taken off, so that sources find each other', async () => {
      const doe = await handIn({
        'main-1.c': '#include "util.h"\n',
        'util-2.c': '#include "util.h"\n',
        'util-1.h': '',
        'Makefile-12': 'obj-m := lab3.o\nlab3-objs := main.o util.o\n',
        'report-1.pdf': '',
        'list.h': '',
      });
      expect(names(doe.submission)).toEqual([
        'Makefile',
        'list.h',
        'main.c',
        'report.pdf',
        'util.c',
        'util.h',
      ]);
      expect(doe.submission?.notes).toHaveLength(5);
      expect(doe.submission?.notes).toContain(
        'util-2.c is taken as util.c: Canvas adds such a number where a file is handed in again.',
      );
      expect(doe).not.toHaveProperty('doubts');
    });

    test('stays where the sources speak of it: it is the student’s own', async () => {
      const doe = await handIn({
        'lab3-1.c': '#include "util-1.h"\n',
        'lab3-2.c': 'int x = i-1;\n',
        'util-1.h': '',
        'i-1.c': '',
        'Makefile-1': 'obj-m := lab3-1.o\nobj-m += lab3-2.o\n',
      });
      expect(names(doe.submission)).toEqual(['Makefile', 'i.c', 'lab3-1.c', 'lab3-2.c', 'util-1.h']);
      expect(doe).not.toHaveProperty('doubts');
    });

    test.each([
      [{ 'util.h': 'old', 'util-1.h': 'new', 'lab3.c': '' }, 'util-1.h'],
      [{ 'util-1.h': 'old', 'util-2.h': 'new', 'lab3.c': '#include "util.h"\n' }, 'util-1.h, util-2.h'],
      [{ Makefile: 'obj-m := a.o', 'Makefile-1': 'obj-m := lab3.o', 'lab3.c': '' }, 'Makefile-1'],
    ])('stays where it tells two files apart, and a person decides: %j', async (files, told) => {
      const doe = await handIn(files);
      const { files: sources, documents } = doe.submission ?? expect.fail('handed in');
      expect([...sources.keys(), ...documents].sort()).toEqual(Object.keys(files).sort());
      expect(doe.doubts).toEqual(['names-unclear']);
      expect(doe.remarks).toEqual([
        `Canvas may have added the number to ${told}, but without it there would be two files of one name: look which of them is meant.`,
      ]);
    });

    test('stays where nothing could be built under the name without it', async () => {
      expect(names((await handIn({ 'module-1.c': '' })).submission)).toEqual(['module-1.c']);
    });

    test('of what is not built, or lies in an archive, means nothing', async () => {
      const doe = await handIn({ 'shot.png': '', 'shot-1.png': '', 'lab3-2024.c': '', '-1.c': '' });
      expect(names(doe.submission)).toEqual(['-1.c', 'lab3-2024.c', 'shot-1.png', 'shot.png']);
      expect(doe).not.toHaveProperty('doubts');
      await put({ 'other/roejohn_1_22_lab3-1.zip': makeZip([{ name: 'util-1.h' }, { name: 'lab3.c' }]) });
      const { submission } = byKey(await read('other'), 'roejohn');
      expect(names(submission)).toEqual(['lab3.c', 'util-1.h']);
      expect(submission?.notes).toEqual([]);
    });

    test('of what is called so in another download is the student’s own', async () => {
      await put({
        'class/anna/util-1.h': '',
        'class/anna/lab3.c': '',
        'class/B B_13_assignsubmission_file_lab-1.c': '',
      });
      const intake = await read();
      expect(names(byKey(intake, 'anna').submission)).toEqual(['lab3.c', 'util-1.h']);
      expect(names(byKey(intake, 'b-b').submission)).toEqual(['lab-1.c']);
    });
  });

  test('in one archive too every file is kept by the name that the student gave it', async () => {
    const makefile = 'obj-m := lab3.o\n';
    await put({
      'class.zip': makeZip([
        { name: 'doejane_12345_678901_lab3.c', content: 'int x;\n' },
        { name: 'doejane_12345_678902_Makefile', content: makefile },
        { name: 'roejohn_12346_678903_lab3.c', content: 'int x;\n' },
        { name: 'roejohn_12346_678904_Makefile-1', content: makefile },
      ]),
      'moodle.zip': makeZip([
        { name: 'Boris B_13_assignsubmission_file_lab3.c' },
        { name: 'Boris B_13_assignsubmission_file_Makefile', content: makefile },
      ]),
    });
    const intake = await read('class.zip');
    for (const key of ['doejane', 'roejohn'])
      expect(text(byKey(intake, key).submission, 'Makefile')).toBe(makefile);
    expect(text(byKey(await read('moodle.zip'), 'boris-b').submission, 'Makefile')).toBe(makefile);
    await put({
      'plain.zip': makeZip([{ name: 'anna/docs/a.md', content: 'x' }, { name: 'boris/lab3.c' }]),
    });
    const { submission } = byKey(await read('plain.zip', { keep: ['docs/*.md'] }), 'anna');
    expect(submission?.documents).toEqual(['a.md']);
  });

  test('one name of that form among others is a student’s own idea', async () => {
    await put({ 'class/ivanov_3_12_lab.c': '', 'class/petrov.c': '', 'class/sidorov.c': '' });
    expect(keys(await read())).toEqual(['ivanov_3_12_lab', 'petrov', 'sidorov']);
  });
});

describe('Gradescope', () => {
  const list = `---
submission_101:
  :submitters:
  - :name: Anna Ahmatova
    :sid: '0042'
    :email: anna@x.ru
  :created_at: 2024-09-18 21:33:22.471812000 Z
  :score: 0.0
submission_102:
  :submitters:
  - :name: Boris B
    :email: boris@x.ru
  - :name: Vera V
    :email: vera@x.ru
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2024-09-19 01:00:00.000000000 Z
    zone: !ruby/object:ActiveSupport::TimeZone
      name: Etc/UTC
    time: 2024-09-19 01:00:00.000000000 Z
`;

  test('people, ids and times come from its list; a group shares a submission', async () => {
    await put({
      'class/submission_metadata.yml': list,
      'class/submission_101/lab3.c': 'int a;\n',
      'class/submission_102/lab3.c': 'int b;\n',
      'class/submission_103/lab3.c': '',
    });
    const intake = await read();
    expect(keys(intake)).toEqual(['anna-ahmatova', 'boris-b', 'submission_103', 'vera-v']);
    expect(byKey(intake, 'anna-ahmatova')).toMatchObject({
      identities: { sid: '0042', email: 'anna@x.ru' },
      submission: { source: 'submission_101', submittedAt: '2024-09-18T21:33:22.000Z' },
    });
    expect(byKey(intake, 'vera-v').submission).toBe(byKey(intake, 'boris-b').submission);
    expect(byKey(intake, 'vera-v').submission?.submittedAt).toBe('2024-09-19T01:00:00.000Z');
    expect(intake.unmatched).toEqual([]);
  });

  test('the newest of two is taken', async () => {
    const again = `${list}submission_103:
  :submitters:
  - :name: Anna Ahmatova
    :sid: '0042'
    :email: anna@x.ru
  :created_at: 2024-09-20 00:00:00 Z
`;
    await put({
      'class/submission_metadata.yml': again,
      'class/submission_101/lab3.c': '',
      'class/submission_103/lab3.c': '',
    });
    const anna = byKey(await read(), 'anna-ahmatova');
    expect(anna.submission?.source).toBe('submission_103');
    expect(anna.others).toEqual(['submission_101']);
    expect(anna.remarks).toEqual(['Handed in twice: the newest, submission_103, is taken.']);
  });

  test('whatever the list holds, it is read or said in words', async () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        fc.constant(null),
        fc.string(),
        fc.integer(),
        fc.array(tie('any'), { maxLength: 3 }),
        tie('map'),
      ),
      map: fc.dictionary(
        fc.constantFrom(':submitters', ':name', ':sid', ':email', ':created_at', 'x'),
        tie('any'),
      ),
    })).any;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          value.map((any) => JSON.stringify(any)),
          fc.string(),
        ),
        async (text) => {
          try {
            for (const { people } of (await readMetadata(text)).values()) {
              expect(people.length).toBeGreaterThan(0);
              for (const { name } of people) expect(name).not.toBe('');
            }
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
            expect((error as Error).name).not.toBe('TypeError');
          }
        },
      ),
    );
  });
});

describe('GitHub Classroom', () => {
  test.each<[string[], string, string]>([
    [['lab3-anna', 'lab3-boris'], 'x', 'lab3-'],
    [['os-lab-3-anna', 'os-lab-3-boris-b'], 'x', 'os-lab-3-'],
    [['lab3-a-one', 'lab3-a-two'], 'lab3-submissions', 'lab3-'],
    [['lab3-anna'], 'lab3-submissions', 'lab3-'],
    [['lab3-anna'], 'x', ''],
    [['anna', 'boris'], 'x', ''],
    [[], 'x-submissions', 'x-'],
  ])('%j in %s', (clones, folder, prefix) => {
    expect(assignmentPrefix(clones, folder)).toBe(prefix);
  });

  test('clones are known by their login, and .git stays out', async () => {
    await put({
      'class/lab3-submissions/lab3-Anna/.git/HEAD': '',
      'class/lab3-submissions/lab3-Anna/src/lab3.c': '',
      'class/lab3-submissions/lab3-boris-b/.git': 'gitdir: elsewhere',
      'class/lab3-submissions/lab3-boris-b/lab3.c': '',
    });
    const intake = await read();
    expect(intake.candidates.map(({ name, identities }) => [name, identities.login])).toEqual([
      ['Anna', 'Anna'],
      ['boris-b', 'boris-b'],
    ]);
    expect(names(byKey(intake, 'anna').submission)).toEqual(['src/lab3.c']);
  });
});
