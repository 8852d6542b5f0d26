/** `grades.csv` for a spreadsheet: RFC 4180, UTF-8 with the mark that Excel needs, a row for each student. */
import { visibleLine } from '../../report/text.ts';
import type { Grades, StudentResult } from '../document.ts';
import { finalMark, pointsText } from './words.ts';

const own = ['key', 'name', 'raw', 'penalty', 'final', 'status'];

/** What is not known is empty, never a zero. */
export function gradesCsv(grades: Grades): string {
  const identities = [...new Set(grades.students.flatMap((student) => usedIdentities(student)))].sort();
  const taken = new Set([...own, ...grades.criteria.map(({ id }) => id)]);
  const header = [
    'key',
    'name',
    // A roster may have a column of its own called `status`.
    ...identities.map((name) => (taken.has(name) ? `identity.${name}` : name)),
    'raw',
    'penalty',
    'final',
    'status',
    ...grades.criteria.map(({ id }) => id),
  ];
  const rows = grades.students.map((student) => [
    student.key,
    student.name,
    ...identities.map((name) =>
      Object.hasOwn(student.identities, name) ? (student.identities[name] ?? '') : '',
    ),
    mark(student.raw),
    mark(student.penalty),
    mark(finalMark(student)),
    student.status,
    ...grades.criteria.map(({ id }) =>
      mark(student.criteria.find((criterion) => criterion.id === id)?.earned),
    ),
  ]);
  return `\ufeff${[header, ...rows].map((cells) => `${cells.map(csvField).join(',')}\r\n`).join('')}`;
}

const usedIdentities = ({ identities }: StudentResult) =>
  Object.entries(identities).flatMap(([name, value]) => (value.trim() === '' ? [] : [name]));

const mark = (points: number | null | undefined): string =>
  points === null || points === undefined ? '' : pointsText(points);

/**
 * A text that a spreadsheet would take for a formula gets an apostrophe in front: `=`, `+`, `-`, `@` and their wide
 * forms, behind spaces too (OWASP, CSV injection). A plain number, such as a login, stays one.
 */
export function csvField(text: string): string {
  const line = visibleLine(text);
  const formula = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/u.test(line) && !/^[+-]?\d+(?:\.\d+)?$/.test(line);
  const plain = formula ? `'${line}` : line;
  return /[",;\t\r\n]|^\s|\s$/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
