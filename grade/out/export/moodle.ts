/**
 * Marks in the teacher's own grading worksheet of a Moodle assignment (docs.moodle.org, “Offline grading worksheet”, and
 * what its importer does: moodle/moodle, mod/assign/feedback/offline/). Its rules:
 * - columns are known by their titles in the teacher's language, rows by the number at the end of the identifier;
 * - a grade is read with the decimal sign of that language; one that is empty, below zero or above the maximum is
 *   skipped in silence, as are locked grades and rows changed in Moodle since the download;
 * - a comment that differs from the one there is taken, and shown as HTML.
 */
import { visibleLine } from '../../../report/text.ts';
import type { Grades, StudentResult } from '../../document.ts';
import { participantNumber, personWords } from '../../moodle-words.ts';
import { openCsv } from '../fill-csv.ts';
import { type Phase, visibleTo } from '../visibility.ts';
import { finalMark, pointsText } from '../words.ts';
import {
  decimalText,
  type Filled,
  identity,
  missingNote,
  namedOnce,
  plainName,
  readDecimal,
  scaled,
  uniquely,
} from './filled.ts';
import { type MoodleColumns, moodleColumns, noWords } from './moodle-columns.ts';

/** Throws `GradebookUnreadable` or `MoodleWorksheetUnknown`; done before an hour of grading too. */
export function openMoodle(bytes: Uint8Array, file: string) {
  const csv = openCsv(bytes, file);
  return { csv, columns: moodleColumns(csv, file) };
}

/** Throws what `openMoodle` throws. */
export function fillMoodle(bytes: Uint8Array, file: string, grades: Grades, phase: Phase): Filled {
  const { csv, columns } = openMoodle(bytes, file);
  const { points } = grades.assignment;
  const find = finder(csv.rows, columns, grades.students);
  const numbers = csv.rows.flatMap((row, at) =>
    at === 0 ? [] : [row[columns.maximum] ?? '', row[columns.grade] ?? ''],
  );
  const comma = numbers.some((cell) => /^\d+,\d+$/.test(cell.trim()));
  const seen = new Set<StudentResult>();
  const scales = new Set<number>();
  const left = { locked: 0, open: 0 };
  let filled = 0;
  for (const [at, row] of csv.rows.entries()) {
    const student = at === 0 ? undefined : find(row);
    if (student === undefined || seen.has(student)) continue;
    seen.add(student);
    const maximumText = row[columns.maximum] ?? '';
    const maximum = readDecimal(maximumText);
    const mark = finalMark(student);
    if (maximum === undefined || isLocked(row, columns)) left.locked += 1;
    else if (mark === undefined) left.open += 1;
    else {
      if (maximum !== points) scales.add(maximum);
      const places = maximumText.trim().split(/[.,]/)[1]?.length ?? 0;
      csv.set(at, columns.grade, decimalText(scaled(mark, points, maximum), places, comma));
      if (columns.feedback !== undefined && isOurs(row[columns.feedback] ?? ''))
        csv.set(at, columns.feedback, comment(grades, student, phase));
      filled += 1;
    }
  }
  return {
    csv: csv.toString(),
    filled,
    notes: [
      ...[...scales].map(
        (maximum) =>
          `The assignment is worth ${pointsText(maximum)} in Moodle and ${pointsText(points)} here: marks were scaled.`,
      ),
      ...(left.locked > 0 ? [`${left.locked} locked in Moodle: left alone.`] : []),
      ...(left.open > 0 ? [`${left.open} without a final mark: left alone.`] : []),
      ...(columns.feedback === undefined ? [`${file} has no column for comments that could be told.`] : []),
      ...missingNote(
        grades.students.filter((student) => !seen.has(student)),
        file,
      ),
    ],
  };
}

const isLocked = (row: readonly string[], { changeable }: MoodleColumns): boolean =>
  changeable !== undefined && noWords.has((row[changeable] ?? '').trim().toLowerCase());

/** What a person wrote there stays. */
const isOurs = (text: string): boolean => text.trim() === '' || text.startsWith('lab3:');

const mostCharacters = 600;

/** One line: what was reached, and what was not. Moodle shows it as HTML. */
function comment(grades: Grades, student: StudentResult, phase: Phase): string {
  if (student.status === 'not_submitted') return 'lab3: nothing was handed in.';
  const seen = visibleTo(student, phase, grades);
  const missed = seen.criteria.flatMap((criterion) =>
    !criterion.shown || criterion.status === 'pass'
      ? []
      : [
          `${visibleLine(criterion.title)} (${criterion.earned === null ? '–' : pointsText(criterion.earned)} of ${pointsText(criterion.points)})`,
        ],
  );
  const mark = `lab3: ${pointsText(student.final ?? 0)} of ${pointsText(grades.assignment.points)}`;
  const penalty = student.penalty > 0 ? `, after ${pointsText(student.penalty)} were taken off` : '';
  const rest = missed.length === 0 ? '.' : `. Not reached: ${missed.join('; ')}.`;
  return escaped(`${mark}${penalty}${rest}`);
}

function escaped(text: string): string {
  const short = text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}…`;
  return short.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** By number; then, for students whose number in Moodle is not known, by address or by a name that one row has. */
function finder(
  rows: readonly (readonly string[])[],
  { identifier, email, name }: MoodleColumns,
  students: readonly StudentResult[],
): (row: readonly string[]) => StudentResult | undefined {
  const byNumber = uniquely(students, numberOf);
  const unnumbered = students.filter((student) => numberOf(student) === undefined);
  const byEmail = uniquely(unnumbered, (student) =>
    identity(student, ['email', 'email_address', 'e-mail', 'mail']),
  );
  const byName = uniquely(unnumbered, (student) => plainName(student.name));
  const cell = (row: readonly string[], at: number | undefined) =>
    (at === undefined ? '' : (row[at] ?? '')).trim();
  const named = namedOnce(rows.map((row) => plainName(cell(row, name))));
  return (row) => {
    const number = /(\d+)$/.exec(cell(row, identifier))?.[1];
    const found = number === undefined ? undefined : byNumber.get(number);
    if (found !== undefined) return found;
    const plain = plainName(cell(row, name));
    return byEmail.get(cell(row, email).toLowerCase()) ?? (named.has(plain) ? byName.get(plain) : undefined);
  };
}

/** From the download; or from a worksheet that was the roster. Any other identifier is not Moodle's. */
function numberOf(student: StudentResult): string | undefined {
  const told = /(\d+)$/.exec(identity(student, ['moodle_id', 'moodle_participant']) ?? '')?.[1];
  return told ?? participantNumber(identity(student, [...personWords.identifier, 'participant']) ?? '');
}
