/**
 * What Moodle takes from a grading worksheet: moodle/moodle, mod/assign/feedback/offline/importgradeslib.php and
 * locallib.php, its rules in our words. `strings` are those of the teacher's language.
 */
import { openCsv } from '../../../../grade/out/fill-csv.ts';

export interface Strings {
  readonly grade: string;
  readonly recordid: string;
  readonly lastmodifiedgrade: string;
  readonly hiddenuser: string;
  readonly comments: string;
  readonly decimal: '.' | ',';
}

export interface Assignment {
  readonly maximum: number;
  readonly participants: readonly {
    readonly id: number;
    readonly grade?: number;
    readonly locked?: boolean;
    readonly comment?: string;
  }[];
}

export interface Import {
  readonly grades: ReadonlyMap<number, number>;
  readonly comments: ReadonlyMap<number, string>;
  /** Rows whose grade Moodle passes over without a word. */
  readonly skipped: ReadonlyMap<number, string>;
}

/** Throws “invalid grade import” where a needed column is not there. */
export function importMoodle(text: string, strings: Strings, assignment: Assignment): Import {
  const [header = [], ...rows] = openCsv(Buffer.from(text), 'moodle.csv').rows;
  const [id, grade, modified] = [strings.recordid, strings.grade, strings.lastmodifiedgrade].map((title) =>
    header.map((each) => each.replace('\ufeff', '')).indexOf(title),
  );
  if (id === undefined || grade === undefined || modified === undefined || Math.min(id, grade, modified) < 0)
    throw new Error('invalid grade import');
  const comment = header.indexOf(strings.comments);
  const grades = new Map<number, number>();
  const comments = new Map<number, string>();
  const skipped = new Map<number, string>();
  for (const row of rows) {
    const number = Number((row[id] ?? '').slice(strings.hiddenuser.length));
    const participant = assignment.participants.find((each) => each.id === number);
    if (participant === undefined) continue;
    const value = unformat(row[grade] ?? '', strings.decimal);
    if (value === undefined) skipped.set(number, 'no value');
    else if (value === participant.grade) skipped.set(number, 'not modified');
    else if (participant.locked) skipped.set(number, 'locked');
    else if (value < 0 || value > assignment.maximum) skipped.set(number, 'out of range');
    else grades.set(number, value);
    if (comment >= 0 && (row[comment] ?? '') !== (participant.comment ?? ''))
      comments.set(number, row[comment] ?? '');
  }
  return { grades, comments, skipped };
}

/** unformat_float: the language's decimal sign, nothing for an empty cell; a text that is no number counts as 0. */
function unformat(cell: string, decimal: string): number | undefined {
  const plain = cell.trim().replaceAll(' ', '').replace(decimal, '.');
  if (plain === '') return undefined;
  const value = Number.parseFloat(plain);
  return Number.isNaN(value) ? 0 : value;
}
