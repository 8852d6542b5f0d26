/** What a person decided: a table with a row for each student and criterion, which goes before what was judged. */
import type { ConfigProblem } from '../../lab/errors/usage.ts';
import { labError } from '../../lab/errors.ts';
import { nearest } from '../../lab/nearest.ts';
import { quote } from '../../lab/options.ts';
import { doubts } from '../names.ts';
import type { Rubric } from '../rubric/rubric.ts';

export interface Decision {
  readonly points: number;
  /** For the student. */
  readonly comment?: string;
}

/** By student's key, then by id of the criterion, or by a doubt that the person has settled. */
export type Decisions = ReadonlyMap<string, ReadonlyMap<string, Decision>>;

/** As the CSV reader gives it: rows as wide as they are. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const columns = ['student', 'criterion', 'points', 'comment'] as const;
type Column = (typeof columns)[number];
const needed: readonly Column[] = ['student', 'criterion', 'points'];
const mostProblems = 20;
const mostComment = 2000;

/** Throws `DecisionsInvalid` with every mistake, by row (the header is row 1) and column. */
export function readDecisions(
  { header, rows }: Table,
  fileName: string,
  rubric: Rubric,
  students: ReadonlySet<string>,
): Decisions {
  const problems: ConfigProblem[] = [];
  const say = (line: number, column: number, text: string, rest: Partial<ConfigProblem> = {}) =>
    problems.push({ line, column: column + 1, text, ...rest });
  const place = placesOf(header, say);
  const decisions = new Map<string, Map<string, Decision>>();
  for (const [at, row] of problems.length > 0 ? [] : rows.entries()) {
    if (row.every((cell) => cell.trim() === '')) continue;
    const cell = (column: Column) => (row[place[column]] ?? '').trim();
    const bad = (column: Column, allowed: string, near?: string) =>
      say(at + 2, place[column], `${column} is ${cell(column) === '' ? 'empty' : quote(cell(column))}`, {
        allowed,
        ...(near === undefined ? {} : { nearest: near }),
      });
    const student = cell('student');
    const criterion = rubric.criteria.find(({ id }) => id === cell('criterion'));
    const doubt = criterion === undefined ? doubts.find((one) => one === cell('criterion')) : undefined;
    const points = /^\d{1,9}(?:[.,]\d{1,3})?$/.test(cell('points'))
      ? Number(cell('points').replace(',', '.'))
      : Number.NaN;
    const ids = [...rubric.criteria.map(({ id }) => id), ...doubts];
    const most = criterion?.points ?? rubric.assignment.points;
    if (!students.has(student))
      bad('student', 'the key of a student of this class', nearest(student, students));
    if (criterion === undefined && doubt === undefined) {
      bad('criterion', `one of ${ids.join(' ')}`, nearest(cell('criterion'), ids));
    }
    const isSettled = doubt !== undefined && cell('points') === '';
    if (doubt !== undefined && !isSettled) bad('points', 'nothing: the row says that a person has looked');
    else if (!isSettled && !(points <= most))
      bad('points', `a number from 0 to ${most} with at most three digits after the point`);
    const id = criterion?.id ?? doubt;
    if (!students.has(student) || id === undefined || !(isSettled || points <= most)) continue;
    const own = decisions.get(student) ?? new Map<string, Decision>();
    if (own.has(id)) say(at + 2, place.criterion, `${id} of ${student} is decided twice`);
    const comment = cell('comment').slice(0, mostComment);
    own.set(id, { points: isSettled ? 0 : points, ...(comment === '' ? {} : { comment }) });
    decisions.set(student, own);
  }
  if (problems.length > 0) {
    throw labError('DecisionsInvalid', {
      file: fileName,
      problems: problems.slice(0, mostProblems),
      more: Math.max(0, problems.length - mostProblems),
    });
  }
  return decisions;
}

/** Where each column is; that of a comment may be missing. */
function placesOf(
  header: readonly string[],
  say: (line: number, column: number, text: string, rest: Partial<ConfigProblem>) => void,
): Readonly<Record<Column, number>> {
  const names = header.map((name) => name.trim().toLowerCase());
  for (const column of needed) {
    if (names.includes(column)) continue;
    say(1, 0, `there is no column ${column}`, { allowed: `a header with ${columns.join(', ')}` });
  }
  for (const [at, name] of names.entries()) {
    if (columns.some((column) => column === name) && names.indexOf(name) < at) {
      say(1, at, `there are two columns ${name}`, {});
    }
  }
  const place = (column: Column) => {
    const at = names.indexOf(column);
    return at < 0 ? header.length : at;
  };
  return {
    student: place('student'),
    criterion: place('criterion'),
    points: place('points'),
    comment: place('comment'),
  };
}
