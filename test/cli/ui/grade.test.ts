import { expect, test } from 'vitest';
import { gradesText } from '../../../cli/ui/grade.ts';
import { styleFor } from '../../../cli/ui/style.ts';
import type { Terminal } from '../../../cli/ui/terminal.ts';
import { sampleGrades } from '../../grade/out/sample.ts';

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
