import { expect, test } from 'vitest';
import { gradesText } from '../../../cli/ui/grade.ts';
import { styleFor } from '../../../cli/ui/style.ts';
import type { Terminal } from '../../../cli/ui/terminal.ts';
import { gradesFrame, sampleGrades, sampleStudent } from '../../grade/out/sample.ts';

const terminal: Terminal = {
  interactive: true,
  live: true,
  columns: 80,
  color: false,
  unicode: true,
  endless: false,
  program: 'npx lab3',
};
const text = (grades = sampleGrades(), notes: string[] = []) =>
  gradesText(grades, { folder: 'lab3-grades/class.html', notes }, terminal, styleFor(terminal));

test('a line for each student, and where the rest is', () => {
  const grades = sampleGrades(5);
  const shown = text(grades);
  for (const { name } of grades.students) expect(shown).toContain(name);
  expect(shown).toMatch(/of 5 marks are final/);
  expect(shown).toContain('lab3-grades/class.html');
});

test('of hundreds, those that fit, and how many more', () => {
  expect(text(sampleGrades(100))).toContain('and 40 more');
});

test('what a name has of the terminal’s own signs is shown, not done', () => {
  const grades = sampleGrades(2);
  const [first, second] = grades.students;
  if (first === undefined || second === undefined) throw new Error('there are two');
  const hostile = { ...first, name: '\u001b[2J\u001b]0;owned\u0007\u202eEve' };
  const shown = text({ ...grades, students: [hostile, second] }, ['a note\u001b[31m']);
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  expect(shown).toContain('Eve');
});

test('whoever could not be graded is counted, with the reason and what to do', () => {
  const grades = sampleGrades(3);
  const students = grades.students.map((one) => ({
    ...one,
    status: 'error' as const,
    final: null,
    raw: null,
    reviews: ['Matched by a part of the name.', 'DiskFull: The disk is full.'],
  }));
  const shown = text({ ...grades, students }).replace(/\s+/g, ' ');
  expect(shown).toContain(
    '3 could not be graded for this computer’s reasons; the same command tries them again',
  );
  expect(shown).toContain('Most often: DiskFull: The disk is full.');
});

const students = ['anna', 'boris', 'clara'].map((key, at) =>
  sampleStudent(at, { key, name: key, status: at === 0 ? 'graded' : 'error' }),
);
const say = (leftOut?: ReadonlySet<string>) =>
  gradesText(
    { ...gradesFrame, students },
    { folder: 'x', notes: [], ...(leftOut && { leftOut }) },
    { ...terminal, columns: 200 },
    styleFor(terminal),
  );

test('what this computer failed at is no mark that --only left out', () => {
  expect(say()).toContain(
    '2 could not be graded for this computer’s reasons; the same command tries them again',
  );
  const part = say(new Set(['clara']));
  expect(part).toContain(
    '1 could not be graded for this computer’s reasons; the same command without --only',
  );
  expect(part).toMatch(/1 other is not graded by this rubric.*: run the same command without --only/);
  expect(part).toMatch(/clara .* left out/);
  expect(say(new Set(['boris', 'clara']))).not.toContain('could not be graded');
});

test('what is to be known of the class as a whole is said once', () => {
  const grades = { ...sampleGrades(3), remarks: ['No hand-in time is known.'] };
  expect(text(grades).match(/No hand-in time is known\./g)).toHaveLength(1);
});
