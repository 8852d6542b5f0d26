/** What filling a teacher's own file comes to. */
import type { StudentResult } from '../../document.ts';

export interface Filled {
  readonly csv: string;
  /** Rows that got a mark. */
  readonly filled: number;
  /** What the instructor must know: who was not found, what was left alone and why. Sentences. */
  readonly notes: readonly string[];
}

/** Decimal places of a mark, at most three: as many as the column's own numbers have, or as it needs. */
export function decimalText(mark: number, places: number, comma: boolean): string {
  const needed = String(Math.round(mark * 1000) / 1000).split('.')[1]?.length ?? 0;
  const text = mark.toFixed(Math.min(3, Math.max(places, needed)));
  return comma ? text.replace('.', ',') : text;
}

/** A number as a gradebook writes it: `10`, `10.00`, `10,00`; nothing for any other text. */
export function readDecimal(text: string): number | undefined {
  const plain = text.trim();
  return /^\d{1,9}(?:[.,]\d{1,5})?$/.test(plain) ? Number(plain.replace(',', '.')) : undefined;
}

/** The rubric's points in the gradebook's: a class that is marked out of 10 may count as 100 there. */
export function scaled(mark: number, points: number, maximum: number): number {
  return points === 0 || points === maximum
    ? Math.min(mark, maximum)
    : Math.min((mark / points) * maximum, maximum);
}

/** Names in the order that people use: `Last, First` is turned round; case, accents' form and spaces do not count. */
export function plainName(name: string): string {
  const [last = '', first, ...more] = name.split(',');
  const turned = first === undefined || more.length > 0 ? name : `${first} ${last}`;
  return turned.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** Students by something that only one of them has. */
export function uniquely(
  students: readonly StudentResult[],
  of: (student: StudentResult) => string | undefined,
): Map<string, StudentResult> {
  const found = new Map<string, StudentResult>();
  const twice = new Set<string>();
  for (const student of students) {
    const value = of(student);
    if (value === undefined || value === '') continue;
    if (found.has(value)) twice.add(value);
    found.set(value, student);
  }
  for (const value of twice) found.delete(value);
  return found;
}

/** The names that stand in a single row. */
export function namedOnce(names: readonly string[]): Set<string> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Set([...counts].flatMap(([name, count]) => (count === 1 && name !== '' ? [name] : [])));
}

/** An identity, under the first of these names that the student has; rosters and downloads write them in many ways. */
export function identity(student: StudentResult, names: readonly string[]): string | undefined {
  const plain = (name: string) => name.toLowerCase().replace(/[\s_-]+/g, '_');
  const known = Object.entries(student.identities).filter(([, value]) => value.trim() !== '');
  for (const wanted of names) {
    const found = known.find(([name]) => plain(name) === plain(wanted));
    if (found !== undefined) return found[1].trim().toLowerCase();
  }
  return undefined;
}

const mostNamed = 20;

/** `3 students are not in the file: …`; nothing where there are none. */
export function missingNote(students: readonly StudentResult[], file: string): string[] {
  if (students.length === 0) return [];
  const names = students.slice(0, mostNamed).map(({ key }) => key);
  const more = students.length > mostNamed ? ` and ${students.length - mostNamed} more` : '';
  return [
    `${students.length === 1 ? '1 student was' : `${students.length} students were`} graded and ${students.length === 1 ? 'is' : 'are'} not in ${file}: ${names.join(', ')}${more}.`,
  ];
}
