/**
 * Marks in the teacher's own export of a Canvas gradebook (Canvas: “How do I import grades in the Gradebook?”, and
 * what its importer accepts: instructure/canvas-lms, lib/gradebook_importer.rb). Its rules:
 * - the header is Student, ID, then perhaps SIS User ID, SIS Login ID, Integration ID, Root Account, then Section, in
 *   this order; custom columns follow Section directly, so a new assignment goes behind the last one there is;
 * - an assignment is `Title (id)`; a title without a known id makes a new one, and `Points Possible` its points;
 * - a row of nothing but `Muted` or `Manual Posting`, and the one of `Points Possible`, are no students;
 * - a student is found by ID, then SIS User ID, then SIS Login ID, then name;
 * - `EX` excuses; a blank cell takes an old mark away, so what is not final stays as it was;
 * - separators `,` or `;`, decimal points or commas.
 */
import { labError } from '../../../lab/errors.ts';
import { quote } from '../../../lab/options.ts';
import { visibleLine } from '../../../report/text.ts';
import type { Grades, StudentResult } from '../../document.ts';
import { type FillCsv, openCsv } from '../fill-csv.ts';
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

interface CanvasExport {
  readonly csv: FillCsv;
  readonly header: readonly string[];
  /** Of the assignment; undefined where Canvas is to make it. */
  readonly column: number | undefined;
}

/** Throws `GradebookUnreadable`, `CanvasExportUnknown` and `CanvasColumnAmbiguous`; done before an hour of grading too. */
export function openCanvas(bytes: Uint8Array, file: string, title: string): CanvasExport {
  const csv = openCsv(bytes, file);
  const header = csv.rows[0] ?? [];
  const lacks = (missing: string) =>
    labError('CanvasExportUnknown', { file, missing, header: quote(header.slice(0, 8).join(csv.separator)) });
  const named = header[0]?.includes('Student') || (header[0] === 'LastName' && header[1] === 'FirstName');
  if (!named) throw lacks('column “Student”');
  if (!header.slice(1, 3).some((title) => title.trim() === 'ID')) throw lacks('column “ID”');
  if (!header.some((title) => title.trim() === 'Section')) throw lacks('column “Section”');
  return { csv, header, column: assignmentColumn(header, title, file) };
}

/** Throws what `openCanvas` throws. */
export function fillCanvas(bytes: Uint8Array, file: string, grades: Grades): Filled {
  const { title, points } = grades.assignment;
  const { csv, header, column: there } = openCanvas(bytes, file, title);
  const column = there ?? newColumnAt(header);
  const possibleRow = csv.rows.findIndex((row) => row[0]?.includes('Points Possible'));
  const comma = csv.rows.some((row, at) => at > 0 && row.some((cell) => /^\d+,\d+$/.test(cell.trim())));
  const notes: string[] = [];
  if (there === undefined) {
    csv.insertColumn(column, (row) =>
      row === 0 ? newTitle(title) : row === possibleRow ? decimalText(points, 0, comma) : '',
    );
    notes.push(`${file} has no column of this assignment: Canvas will make a new one, “${newTitle(title)}”.`);
  }
  const maximum = readDecimal(csv.rows[possibleRow]?.[column] ?? '') ?? points;
  if (maximum !== points)
    notes.push(
      `The assignment is worth ${pointsText(maximum)} in Canvas and ${pointsText(points)} here: marks were scaled.`,
    );
  const find = finder(csv.rows, grades.students);
  const seen = new Set<StudentResult>();
  let filled = 0;
  let excused = 0;
  let open = 0;
  for (const [at, row] of csv.rows.entries()) {
    if (at === 0 || at === possibleRow || isNoStudent(row)) continue;
    const student = find(row);
    if (student === undefined || seen.has(student)) continue;
    seen.add(student);
    const old = row[column]?.trim() ?? '';
    const mark = finalMark(student);
    if (/^(?:EX|N\/A)$/i.test(old)) excused += 1;
    else if (mark === undefined) open += 1;
    else {
      csv.set(at, column, decimalText(scaled(mark, points, maximum), 0, comma));
      filled += 1;
    }
  }
  if (excused > 0) notes.push(`${excused} excused or not assigned in Canvas: left alone.`);
  if (open > 0) notes.push(`${open} without a final mark: left alone.`);
  notes.push(
    ...missingNote(
      grades.students.filter((student) => !seen.has(student)),
      file,
    ),
  );
  return { csv: csv.toString(), filled, notes };
}

/** The whole header, or its title without the number. */
function assignmentColumn(header: readonly string[], title: string, file: string): number | undefined {
  const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase();
  const section = header.findIndex((name) => name.trim() === 'Section');
  const candidates = header.flatMap((name, at) => (at > section ? [{ name, at }] : []));
  const exact = candidates.filter(({ name }) => same(name, title));
  const titled = candidates.filter(
    ({ name }) => same(name.replace(assignmentId, ''), title) && assignmentId.test(name),
  );
  const found = exact.length > 0 ? exact : titled;
  if (found.length > 1)
    throw labError('CanvasColumnAmbiguous', {
      file,
      title: visibleLine(title),
      columns: found.map(({ name }) => quote(name)).join(', '),
    });
  return found[0]?.at;
}

const assignmentId = /\s*\(\d+\)\s*$/;
/** What Canvas takes for sums of its own, never for an assignment. */
const sums = /(?:Current|Final|Override) (?:Score|Points|Grade|Status)/;

function newColumnAt(header: readonly string[]): number {
  const last = header.findLastIndex((name) => assignmentId.test(name) && !sums.test(name));
  if (last >= 0) return last + 1;
  const section = header.findIndex((name) => name.trim() === 'Section');
  const sum = header.findIndex((name, at) => at > section && sums.test(name));
  return sum >= 0 ? sum : header.length;
}

/** A number in parentheses at the end would be taken for the id of another assignment. */
const newTitle = (title: string): string =>
  visibleLine(title)
    .trim()
    .replace(/\((\d+)\)$/, '[$1]');

const isNoStudent = (row: readonly string[]): boolean =>
  row.every((cell) => /^\s*(?:Muted|Manual Posting.*)?\s*$/i.test(cell));

/** By name only those whose number in Canvas is not known, and only where a single row has the name. */
function finder(
  rows: FillCsv['rows'],
  students: readonly StudentResult[],
): (row: readonly string[]) => StudentResult | undefined {
  const header = rows[0] ?? [];
  const ways = [
    { column: 'ID', names: canvasIds },
    { column: 'SIS User ID', names: ['sis_user_id', 'sis_id', 'student_id', 'id_number', 'login_id'] },
    { column: 'SIS Login ID', names: ['sis_login_id', 'login', 'login_id', 'username', 'email', 'github'] },
  ].map(({ column, names }) => {
    const at = header.findIndex((title) => title.trim() === column);
    // Each name by itself: what is a login for one is a number for another.
    const maps = names.map((name) => uniquely(students, (student) => identity(student, [name])));
    return (row: readonly string[]) => {
      const value = at < 0 ? '' : (row[at] ?? '').trim().toLowerCase();
      return value === ''
        ? undefined
        : maps.map((map) => map.get(value)).find((student) => student !== undefined);
    };
  });
  const nameOf = (row: readonly string[]) =>
    plainName(header[0] === 'LastName' ? `${row[1] ?? ''} ${row[0] ?? ''}` : (row[0] ?? ''));
  const named = namedOnce(rows.map(nameOf));
  const byName = uniquely(
    students.filter((student) => identity(student, canvasIds) === undefined),
    ({ name }) => plainName(name),
  );
  return (row) =>
    ways.map((way) => way(row)).find((student) => student !== undefined) ??
    (named.has(nameOf(row)) ? byName.get(nameOf(row)) : undefined);
}

const canvasIds = ['canvas_id', 'canvas_user_id'];
