/** The roster: a CSV with a line for each student, as course systems export it. */
import path from 'node:path';
import { labError } from '../../../lab/errors.ts';
import { type Csv, readCsv } from '../../csv.ts';
import { instantOf } from '../../rubric/zone.ts';
import { readWhole } from '../disk.ts';
import { shown } from '../refusal.ts';
import { textOf } from '../text.ts';
import { findColumns, type Places, type RosterColumns } from './roster-columns.ts';
import { isNoId, isNothing, type ReadRow, withoutRepeated } from './roster-persons.ts';
import { readWrittenTime } from './written-time.ts';

export interface RosterOptions {
  readonly file: string;
  readonly columns?: RosterColumns;
  /** Of times that name none; without it they are none. */
  readonly timeZone?: string;
}

export interface RosterRow {
  /** Never the same for two, and the same in every run. */
  readonly identity: string;
  /** Of the table, the header being 1. */
  readonly row: number;
  readonly name: string;
  /** Every cell by its column's name; `email`, `login` and `group` also by these words. */
  readonly identities: Readonly<Record<string, string>>;
  readonly ids: readonly string[];
  /** Ids that others have as well: they are none, but what is called so may be this student's. */
  readonly shared: readonly string[];
  readonly email: string;
  readonly login: string;
  /** ISO 8601 in UTC. */
  readonly submittedAt?: string;
  /** What stands there instead of a time. */
  readonly noTime?: string;
}

export interface Roster {
  readonly rows: readonly RosterRow[];
  /** Rows that name somebody again, or by what tells nobody, in sentences. */
  readonly repeated: readonly { readonly source: string; readonly why: string }[];
}

/** @throws RosterUnreadable, RosterColumnMissing */
export async function readRoster({ file, columns = {}, timeZone }: RosterOptions): Promise<Roster> {
  let csv: Csv;
  try {
    const bytes = await readWhole(file, 32 << 20);
    csv = readCsv(Buffer.from(textOf(bytes).bytes).toString('utf8'));
  } catch (error) {
    const { params, message } = error as { params?: { why?: string }; message: string };
    throw labError('RosterUnreadable', { file, why: params?.why ?? message }, { cause: error });
  }
  const places = findColumns(file, csv, columns);
  const rows = csv.rows
    .map((cells, at) => rowOf(cells, at + 2, csv.header, places, timeZone))
    .filter((row) => row !== undefined);
  if (rows.length === 0) throw labError('RosterUnreadable', { file, why: 'it names nobody' });
  const name = path.basename(file);
  const known = withoutRepeated(name, rows);
  return { ...known, repeated: [...placeholdersIn(name, csv.rows, places.id), ...known.repeated] };
}

function rowOf(
  cells: readonly string[],
  row: number,
  header: readonly string[],
  places: Places,
  timeZone: string | undefined,
): ReadRow | undefined {
  const cell = (at: number | undefined) => (at === undefined ? '' : (cells[at] ?? '').trim());
  const ids = places.id.map(cell).filter((id) => id !== '' && !isNoId(id));
  const told = (at: number | undefined) => (isNothing(cell(at)) ? '' : cell(at));
  const [email, login] = [told(places.email), told(places.login)];
  const name = places.name
    .map(cell)
    .filter((part) => part !== '')
    .join(' ');
  // Canvas writes the points of each assignment as if it were a student.
  if (/^points possible$/i.test(name) || (name === '' && email === '' && login === '' && ids.length === 0))
    return undefined;
  const all = header.map((title, at) => [title.trim() || `column ${at + 1}`, cell(at)] as const);
  const own = [['email', email] as const, ['login', login] as const, ['group', cell(places.group)] as const];
  return {
    row,
    name: name || email || login || (ids[0] ?? ''),
    identities: Object.fromEntries([...own, ...all].filter(([, value]) => value !== '')),
    ids,
    email: email.toLowerCase(),
    login: login.toLowerCase(),
    ...timeOf(cell(places.submitted), timeZone),
  };
}

/** Said once for the class: a student without an id is no doubt. */
function placeholdersIn(source: string, rows: Csv['rows'], places: readonly number[]): Roster['repeated'] {
  const cells = rows.flatMap((row) => places.map((at) => (row[at] ?? '').trim()));
  const found = [...new Set(cells.filter(isNoId))].map((cell) => `“${shown(cell)}”`);
  if (found.length === 0) return [];
  const count = found.length === 1 ? 'counts' : 'count';
  const why = `${found.slice(0, 8).join(', ')} ${count} as no id: such rows are known by email, login or name.`;
  return [{ source, why }];
}

/** A time without any zone could be hours off, which is days of penalty: it is no time. */
function timeOf(text: string, timeZone: string | undefined): Pick<RosterRow, 'submittedAt' | 'noTime'> {
  // Moodle's word for never.
  if (text === '' || text === '-') return {};
  const local = timeZone === undefined ? undefined : localTime(text, timeZone);
  if (local !== undefined) return { submittedAt: new Date(local).toISOString() };
  const [, date, time, zone] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d:?\d\d)$/i.exec(text) ?? [];
  const at = new Date(`${date}T${time}${zone?.toUpperCase().replace('UTC', 'Z')}`);
  return Number.isNaN(at.getTime()) ? { noTime: text } : { submittedAt: at.toISOString() };
}

const localTime = (text: string, timeZone: string) =>
  instantOf(text, timeZone) ?? readWrittenTime(text, timeZone);
