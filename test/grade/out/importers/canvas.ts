/**
 * What Canvas makes of a gradebook file: instructure/canvas-lms, lib/gradebook_importer.rb, its rules in our words.
 * Columns of a course are its custom columns and assignments; students have an id, perhaps SIS ids, and a name.
 */
import { openCsv } from '../../../../grade/out/fill-csv.ts';

export interface Course {
  readonly custom?: readonly string[];
  readonly assignments: readonly { readonly id: number; readonly title: string; readonly points: number }[];
  readonly students: readonly {
    readonly id: number;
    readonly name: string;
    readonly sortable: string;
    readonly sis?: string;
    readonly login?: string;
  }[];
}

export interface Import {
  /** Assignment → student's id → what is set. */
  readonly grades: ReadonlyMap<string, ReadonlyMap<number, string>>;
  readonly made: readonly { readonly title: string; readonly points: number | undefined }[];
  readonly strangers: readonly string[];
}

const sums =
  /Current Score|Current Points|Current Grade|Final Score|Final Points|Final Grade|Override Score|Override Grade|Override Status/;

/** Throws “Invalid header row” as Canvas does. */
export function importCanvas(text: string, course: Course): Import {
  const [header = [], ...rows] = openCsv(Buffer.from(text), 'canvas.csv').rows;
  const custom = (course.custom ?? []).filter((title) => header.includes(title)).length;
  const split = header[0] === 'LastName' && header[1] === 'FirstName';
  const valid = split
    ? header.length > 4 && header[2]?.includes('ID')
    : header.length > 3 && header[0]?.includes('Student') && header[1]?.includes('ID');
  const names = split ? 2 : 1;
  let columns = names + 2;
  let [sis, login] = [-1, -1];
  if (/SIS\s+Login\s+ID/.test(header[names + 1] ?? '')) {
    login = names + 1;
    columns += 1;
  } else if (
    /SIS\s+User\s+ID/.test(header[names + 1] ?? '') &&
    /SIS\s+Login\s+ID/.test(header[names + 2] ?? '')
  ) {
    [sis, login] = [names + 1, names + 2];
    const integration = /Integration\s+ID/.test(header[names + 3] ?? '') ? 1 : 0;
    columns += 2 + integration;
    if (/Root\s+Account/.test(header[names + 3 + integration] ?? '')) columns += 1;
  }
  if (!valid || !header[columns - 1]?.includes('Section')) throw new Error('Invalid header row');
  columns += custom;

  const made: { title: string; points: number | undefined; at: number }[] = [];
  const assignments = header.flatMap((name, at) => {
    if (at < columns || sums.test(name)) return [];
    const [, title = name, id] = /^(.*?)\s*\((\d+)\)\s*$/.exec(name) ?? [];
    const known =
      course.assignments.find((each) => String(each.id) === id) ??
      course.assignments.find((each) => each.title === name);
    if (known === undefined) made.push({ title, points: undefined, at });
    return [{ title: known?.title ?? title, at }];
  });

  const grades = new Map(assignments.map(({ title }) => [title, new Map<number, string>()]));
  const strangers: string[] = [];
  for (const row of rows) {
    if (/^[;, ]*$/.test(row.join(''))) continue;
    if (row[0]?.includes('Points Possible')) {
      for (const each of made) each.points = number(row[each.at] ?? '');
      continue;
    }
    if (row.every((cell) => /^\s*(Muted|Manual Posting.*)?\s*$/i.test(cell))) continue;
    const name = split ? `${row[1]} ${row[0]}` : (row[0] ?? '');
    const student =
      course.students.find(({ id }) => String(id) === row[names]) ??
      course.students.find((each) => sis >= 0 && each.sis !== undefined && each.sis === row[sis]) ??
      course.students.find((each) => login >= 0 && each.login !== undefined && each.login === row[login]) ??
      course.students.find((each) => each.name === name || each.sortable === name);
    if (student === undefined) strangers.push(name);
    else
      for (const { title, at } of assignments)
        grades.get(title)?.set(student.id, normal(row[at]?.trim() ?? ''));
  }
  return { grades, made: made.map(({ title, points }) => ({ title, points })), strangers };
}

/** Decimal commas become points; the last sign that parts is the decimal one. */
function normal(cell: string): string {
  if (!/^-?[0-9.,]+%?$/.test(cell)) return cell;
  const parts = cell.split(/[,.]/);
  const last = parts.pop() ?? '';
  return parts.length === 0 ? last : `${parts.join('')}.${last}`;
}

const number = (cell: string): number | undefined => (cell === '' ? undefined : Number(normal(cell)));
