/** One small class graded several times: what the options of `lab3 grade` do to files that are there already. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parseGrades } from '../../grade/out/results.ts';
import { sharedCache } from '../shared-cache.ts';
import { lab3, scratch } from './tool.ts';

const builds = `#include <linux/module.h>
MODULE_LICENSE("GPL");
static int __init lab_init(void) { return 0; }
static void __exit lab_exit(void) { }
module_init(lab_init);
module_exit(lab_exit);
`;

// Nothing that needs a machine: it is about files.
const files = {
  'class/anna/lab.c': 'int x = ;\n',
  'class/boris/lab.c': builds,
  'rubric.yaml': `assignment: { title: Kernel threads, points: 10 }
criteria:
  - { id: builds, title: It compiles, points: 5, check: builds }
  - { id: talk, title: The talk, points: 5, check: manual }
`,
  'roster.csv': `Student,ID,SIS Login ID,Identifier
anna,101,anna,Participant 7001
boris,102,boris,Participant 7002
`,
  'export.csv': `Student,ID,SIS User ID,SIS Login ID,Section,Kernel threads (32)
    Points Possible,,,,,10.00
anna,101,,anna,K-31,
boris,102,,boris,K-31,
`,
  'worksheet.csv': `Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (submission),Last modified (grade),Feedback comments
Participant 7001,anna,,Submitted for grading,,10.00,Yes,"Friday, 20 November 2026, 12:00 PM",-,
Participant 7002,boris,,Submitted for grading,,10.00,Yes,"Friday, 20 November 2026, 12:00 PM",-,
`,
  'marks.csv': `student,criterion,points,comment
anna,talk,4,Well said
boris,talk,3.5,
`,
};

test('marks of a person, one student again, all of one anew, gradebooks filled', {
  timeout: 300_000,
}, async () => {
  await using folder = await scratch();
  const at = (name: string) => join(folder.path, name);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), content);
  }
  const grade = async (...more: string[]) => {
    const command = ['grade', 'class', '--rubric', 'rubric.yaml', '--roster', 'roster.csv', '--out', 'out'];
    const done = await lab3([...command, ...more], {
      cwd: folder.path,
      env: { LAB3_CACHE: sharedCache },
      deadlineMs: 120_000,
    });
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('✔ Grading')]);
    const grades = parseGrades(JSON.parse(await readFile(at('out/results.json'), 'utf8')), 'results.json');
    return grades.students.map(({ name, final }) => [name, final]);
  };
  const fieldsOf = async (name: string, column: string) => {
    const [head = '', ...rows] = (await readFile(at(`out/${name}`), 'utf8')).trim().split(/\r?\n/);
    const index = head
      .replace(/^\ufeff/, '')
      .split(',')
      .indexOf(column);
    // Dates have commas of their own.
    return rows
      .map((row) => row.replaceAll(/"[^"]*"/g, '').split(',')[index])
      .filter((_, n) => n >= rows.length - 2);
  };
  const begun = async () =>
    Promise.all(
      ['anna', 'boris'].map(async (key) => {
        const journals = await readdir(at(`out/journal/${key}`));
        const times = journals.map(
          async (name) => (await stat(at(`out/journal/${key}/${name}`))).birthtimeMs,
        );
        return Math.max(...(await Promise.all(times)));
      }),
    );
  const gradebooks = ['--canvas', 'export.csv', '--moodle', 'worksheet.csv'];

  // What only a person can say is open, and what is open is blank.
  expect(await grade(...gradebooks)).toEqual([
    ['anna', null],
    ['boris', null],
  ]);
  expect(await fieldsOf('canvas.csv', 'Kernel threads (32)')).toEqual(['', '']);
  expect(await fieldsOf('moodle.csv', 'Grade')).toEqual(['', '']);

  expect(await grade(...gradebooks, '--marks', 'marks.csv')).toEqual([
    ['anna', 4],
    ['boris', 8.5],
  ]);
  expect(await fieldsOf('canvas.csv', 'Kernel threads (32)')).toEqual(['4', '8.5']);
  expect(await fieldsOf('moodle.csv', 'Grade')).toEqual(['4.00', '8.50']);
  expect(await readFile(at('out/students/anna/feedback.md'), 'utf8')).toContain('Well said');

  // One hands in anew, and is graded again.
  const first = await begun();
  await writeFile(at('class/anna/lab.c'), builds);
  expect(await grade('--marks', 'marks.csv', '--only', 'anna')).toEqual([
    ['anna', 9],
    ['boris', 8.5],
  ]);
  const second = await begun();
  expect([second[0] === first[0], second[1] === first[1]]).toEqual([false, true]);

  expect(await grade('--marks', 'marks.csv', '--only', 'boris', '--regrade')).toEqual([
    ['anna', 9],
    ['boris', 8.5],
  ]);
  const third = await begun();
  expect([third[0] === second[0], third[1] === second[1]]).toEqual([true, false]);
});
