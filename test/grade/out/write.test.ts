import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseGrades } from '../../../grade/out/results.ts';
import { type WriteGradesOptions, writeGrades as write } from '../../../grade/out/write.ts';
import { sampleGrades, sampleStudent } from './sample.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab3-grades-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = (path: string) => readFile(join(folder, ...path.split('/')), 'utf8');
const files = async () =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();

const grades = sampleGrades(5);
const writeGrades = (folder: string, of: typeof grades, options: Partial<WriteGradesOptions> = {}) =>
  write(folder, of, { phase: 'after_published', ...options });
const similarPages = new Map([['s0000--s0002', () => '<p>side by side</p>']]);

describe('writeGrades', () => {
  it('writes marks, feedback and the class page', async () => {
    const { files: written, notes } = await writeGrades(folder, grades);
    const students = grades.students.flatMap(({ key }) => [
      `students/${key}/feedback.html`,
      `students/${key}/feedback.md`,
    ]);
    expect(await files()).toEqual(['class.html', 'grades.csv', 'results.json', ...students].sort());
    expect([...written].sort()).toEqual(await files());
    expect(notes).toEqual([]);
    expect(parseGrades(JSON.parse(await read('results.json')), 'results.json')).toEqual(grades);
  });

  it('writes what else is asked for, and pages of pairs that it knows', async () => {
    const pages = new Map([...similarPages, ['s0000--s0001', () => 'no pair'], ['../../x', () => 'no pair']]);
    await writeGrades(folder, grades, { gradescope: true, junit: true, similarPages: pages });
    const all = await files();
    expect(all).toContain('junit.xml');
    expect(all.filter((path) => path.startsWith('similar/'))).toEqual(['similar/s0000--s0002.html']);
    expect(all.filter((path) => path.startsWith('gradescope/'))).toHaveLength(
      grades.students.filter(({ status }) => status !== 'error').length,
    );
    expect(await read('class.html')).toContain('href="similar/s0000--s0002.html"');
  });

  it.each(['now', 'after_published'] as const)('shows in phase %s what may be shown then', async (phase) => {
    const identities = { moodle_id: '12' };
    const [first = sampleStudent(0)] = grades.students;
    const style = first.criteria.map((one) =>
      one.id === 'style' ? { ...one, status: 'fail' as const, earned: 0 } : one,
    );
    const one = { ...first, identities, criteria: style, status: 'graded' as const, final: 4 };
    const sheet =
      'Identifier,Full name,Status,Grade,Maximum grade,Grade can be changed,Feedback comments\nParticipant 12,A,,-,10,Yes,\n';
    const moodle = { file: 'w.csv', bytes: Buffer.from(sheet) };
    const { notes } = await writeGrades(
      folder,
      { ...grades, students: [one], similar: [] },
      { phase, junit: true, moodle },
    );
    const told = phase === 'after_published';
    for (const path of [
      `students/${one.key}/feedback.html`,
      `students/${one.key}/feedback.md`,
      'junit.xml',
      'moodle.csv',
    ])
      expect((await read(path)).includes('Kernel coding style'), path).toBe(told);
    expect(notes.some((note) => note.includes('after the due date'))).toBe(!told);
  });

  it('gives the same bytes again, whatever order the keys came in', async () => {
    await writeGrades(folder, grades, { gradescope: true, junit: true });
    const first = new Map(
      await Promise.all((await files()).map(async (path) => [path, await read(path)] as const)),
    );
    const turned = {
      ...grades,
      students: grades.students.map((student) => ({
        ...Object.fromEntries(Object.entries(student).reverse()),
        identities: Object.fromEntries(Object.entries(student.identities).reverse()),
      })),
    } as typeof grades;
    await writeGrades(folder, turned, { gradescope: true, junit: true });
    for (const [path, text] of first) expect(await read(path), path).toBe(text);
  });

  it('takes away what this run has no more, and nothing of anybody else', async () => {
    await writeGrades(folder, grades, { gradescope: true, junit: true, similarPages });
    await writeFile(join(folder, 'journal.jsonl'), 'theirs');
    await writeFile(join(folder, 'students', 's0000', 'my notes.txt'), 'theirs');
    await mkdir(join(folder, 'students', 'Photos'));
    await writeFile(join(folder, 'students', 'Photos', 'feedback.html'), 'theirs');
    await writeGrades(folder, { ...grades, students: grades.students.slice(1, 2), similar: [] });
    expect(await files()).toEqual([
      'class.html',
      'grades.csv',
      'journal.jsonl',
      'results.json',
      'students/Photos/feedback.html',
      'students/s0000/my notes.txt',
      'students/s0001/feedback.html',
      'students/s0001/feedback.md',
    ]);
  });

  it('leaves the files of students who were left out as they are, and makes what they have none of', async () => {
    await writeGrades(folder, grades, { gradescope: true });
    const path = 'students/s0000/feedback.md';
    await rm(join(folder, 'students', 's0002'), { recursive: true });
    const before = [await read(path), await read('gradescope/s0000.json')];
    const students = grades.students.map((one) =>
      ['s0000', 's0002'].includes(one.key)
        ? { ...one, status: 'error' as const, raw: null, final: null, name: 'Another' }
        : one,
    );
    const leftOut = new Set(['s0000', 's0002']);
    const { files: written, notes } = await writeGrades(
      folder,
      { ...grades, students },
      { gradescope: true, leftOut },
    );
    expect([await read(path), await read('gradescope/s0000.json')]).toEqual(before);
    expect(written).not.toContain(path);
    expect(await read('students/s0002/feedback.md')).toContain('Another');
    // It is no fault of this computer.
    expect(notes).toEqual([]);
  });

  it('removes what a killed run left behind', async () => {
    await mkdir(join(folder, '.lab3-grades-abc123'));
    await writeFile(join(folder, '.lab3-grades-abc123', 'new-0'), 'half');
    await writeGrades(folder, grades);
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('leaves the old files where a new one cannot be put', async () => {
    await writeGrades(folder, grades);
    const before = await read('results.json');
    await rm(join(folder, 'class.html'));
    await mkdir(join(folder, 'class.html', 'inside'), { recursive: true });
    const changed = { ...grades, tool: 'lab3 9.9.9' };
    await expect(writeGrades(folder, changed)).rejects.toMatchObject({ fault: 'computer' });
    expect(await read('results.json')).toBe(before);
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('touches nothing where the teacher’s file is none', async () => {
    const canvas = { file: 'x.csv', bytes: Buffer.from('a,b\n1,2\n') };
    await expect(writeGrades(folder, grades, { canvas })).rejects.toMatchObject({
      name: 'CanvasExportUnknown',
    });
    expect(await readdir(folder)).toEqual([]);
  });
});
