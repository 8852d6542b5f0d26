/** Which column of a roster means what: by the rubric's names for them, else by the usual ones. */
import { labError } from '../../../lab/errors.ts';
import type { Csv } from '../../csv.ts';
import { personWords } from '../../moodle-words.ts';
import type { RosterColumn } from '../../rubric/rubric.ts';

/**
 * Names of columns, as the rubric has them: of each list the first that the roster has, and of `id` all of them. Where
 * none is given, the usual ones are looked for. `first_name` and `last_name` make the name together; `submitted` is when
 * it was handed in, for course systems whose downloads do not say: ISO 8601, or as Moodle writes it.
 */
export type RosterColumns = Partial<Readonly<Record<RosterColumn, readonly string[]>>>;

const usual = {
  name: [
    'full name',
    'name',
    'student name',
    'student',
    'фио',
    'полное имя',
    'студент',
    'фамилия, имя, отчество',
    ...personWords.name,
  ],
  given: ['first name', 'given name', 'имя'],
  family: ['last name', 'surname', 'family name', 'фамилия'],
  patronymic: ['middle name', 'отчество'],
  email: [
    'email',
    'email address',
    'e-mail',
    'mail',
    'почта',
    'адрес электронной почты',
    'электронная почта',
    ...personWords.email,
  ],
  login: [
    'login',
    'username',
    'user name',
    'github_username',
    'github username',
    'github',
    'sis login id',
    'логин',
  ],
  id: [
    'id',
    'sid',
    'identifier',
    'student id',
    'student number',
    'id number',
    'sis user id',
    'canvas id',
    ...personWords.identifier,
  ],
} as const satisfies Record<string, readonly string[]>;

/** Of the columns in the table. */
export interface Places {
  readonly name: readonly number[];
  readonly email: number | undefined;
  readonly login: number | undefined;
  readonly group: number | undefined;
  readonly id: readonly number[];
  readonly submitted: number | undefined;
}

/** @throws RosterColumnMissing */
export function findColumns(file: string, { header, rows }: Csv, columns: RosterColumns): Places {
  const plain = header.map(plainTitle);
  const first = (titles: readonly string[]) => found(plain.findIndex((title) => titles.includes(title)));
  const named = (column: RosterColumn) => placesOf(columns[column], plain);
  const missing = (column: string) => labError('RosterColumnMissing', { file, column, columns: header });
  const demand = (column: RosterColumn) => {
    const titles = columns[column] ?? [];
    const places = placesOf(titles, plain);
    if (titles.length > 0 && places.length === 0) throw missing(titles.join(' or '));
    return places;
  };
  const one = (column: RosterColumn, titles: readonly string[]) => demand(column)[0] ?? first(titles);
  const [given, family] = [named('first_name')[0], named('last_name')[0]];
  // A rubric may have the names of several rosters: what makes the name in this one is enough.
  const isWhole = named('name').length > 0 || (given !== undefined && family !== undefined);
  if (!isWhole) for (const column of ['name', 'first_name', 'last_name'] as const) demand(column);
  const ids = plain.flatMap((title, at) => (usual.id.some((known) => known === title) ? [at] : []));
  const places = {
    name: nameFrom({ given, family, whole: named('name')[0] }, first),
    email: one('email', usual.email),
    login: one('login', usual.login),
    group: demand('group')[0],
    id: (columns.id ?? []).length === 0 ? ids : demand('id'),
    submitted: demand('submitted')[0] ?? lastModified(plain, rows),
  };
  if ([...places.name, ...places.id, places.email, places.login].every((at) => at === undefined))
    throw missing('name, email, login or id');
  return places;
}

const plainTitle = (title: string) => title.trim().normalize('NFC').toLowerCase();
const found = (at: number) => (at < 0 ? undefined : at);

/** In the order of the titles; those that are not there are passed over. */
function placesOf(titles: readonly string[] = [], plain: readonly string[]): number[] {
  return titles.flatMap((title) => found(plain.indexOf(plainTitle(title))) ?? []);
}

interface NamePlaces {
  readonly given: number | undefined;
  readonly family: number | undefined;
  readonly whole: number | undefined;
}

/** What the rubric names goes before what is usual, and a name before a part of one. */
function nameFrom(
  { given, family, whole }: NamePlaces,
  first: (titles: readonly string[]) => number | undefined,
): number[] {
  const known = (places: readonly (number | undefined)[]) => places.filter((at) => at !== undefined);
  if (given !== undefined && family !== undefined) return [given, family];
  if (whole !== undefined) return [whole];
  if (given !== undefined || family !== undefined) {
    const parts = known([given ?? first(usual.given), family ?? first(usual.family)]);
    return parts.length > 1 ? parts : known([first(usual.name) ?? parts[0]]);
  }
  const all = first(usual.name);
  return all === undefined ? known([usual.family, usual.given, usual.patronymic].map(first)) : [all];
}

/** Moodle's worksheet, whatever its language, has two times side by side: `Last modified (submission)` and `(grade)`. */
function lastModified(titles: readonly string[], rows: Csv['rows']): number | undefined {
  const word = (title = '') => /^(.*\S) \(\p{L}[^()]*\)$/u.exec(title)?.[1];
  const at = titles.findIndex((title, index) => {
    const same = word(title);
    return same !== undefined && same === word(titles[index + 1]);
  });
  return rows.some((cells) => /\d{4}.*\d[:.]\d\d/.test(cells[at] ?? '')) ? at : undefined;
}
