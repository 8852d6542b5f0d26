/** The roster: a CSV with a line for each student, as course systems export it. */
import path from 'node:path';
import { labError } from '../../../lab/errors.ts';
import { type Csv, readCsv } from '../../csv.ts';
import { instantOf } from '../../rubric/zone.ts';
import { readWhole } from '../disk.ts';
import { textOf } from '../text.ts';
import { findColumns, type Places, type RosterColumns } from './roster-columns.ts';
import { readWrittenTime } from './written-time.ts';

export interface RosterOptions {
  readonly file: string;
  readonly columns?: RosterColumns;
  /** Of times that name none; without it they are none. */
  readonly timeZone?: string;
}

export interface RosterRow {
  /** Of the table, the header being 1. */
  readonly row: number;
  readonly name: string;
  /** Every cell by its column's name; `email`, `login` and `group` also by these words. */
  readonly identities: Readonly<Record<string, string>>;
  readonly ids: readonly string[];
  readonly email: string;
  readonly login: string;
  /** ISO 8601 in UTC. */
  readonly submittedAt?: string;
  /** What stands there instead of a time. */
  readonly noTime?: string;
}

export interface Roster {
  readonly rows: readonly RosterRow[];
  /** Rows that name somebody again, in sentences. */
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
  return withoutRepeated(path.basename(file), rows);
}

function rowOf(
  cells: readonly string[],
  row: number,
  header: readonly string[],
  places: Places,
  timeZone: string | undefined,
): RosterRow | undefined {
  const cell = (at: number | undefined) => (at === undefined ? '' : (cells[at] ?? '').trim());
  const ids = places.id.map(cell).filter((id) => id !== '');
  const [email, login] = [cell(places.email), cell(places.login)];
  const name = places.name
    .map(cell)
    .filter((part) => part !== '')
    .join(' ');
  // Canvas writes the points of each assignment as if it were a student.
  if (/^points possible$/i.test(name) || (name === '' && email === '' && login === '' && ids.length === 0))
    return undefined;
  const told = header.map((title, at) => [title.trim() || `column ${at + 1}`, cell(at)] as const);
  const own = [['email', email] as const, ['login', login] as const, ['group', cell(places.group)] as const];
  return {
    row,
    name: name || email || login || (ids[0] ?? ''),
    identities: Object.fromEntries([...own, ...told].filter(([, value]) => value !== '')),
    ids,
    email: email.toLowerCase(),
    login: login.toLowerCase(),
    ...timeOf(cell(places.submitted), timeZone),
  };
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

/** A student in two sections has two lines; the ids say that it is one. */
function withoutRepeated(file: string, all: readonly RosterRow[]): Roster {
  const first = new Map<string, RosterRow>();
  const rows: RosterRow[] = [];
  const repeated: { source: string; why: string }[] = [];
  for (const row of all) {
    const key = personOf(row);
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, row);
      rows.push(row);
    } else {
      const why = `It names ${row.name} again, as row ${before.row} does: taken as one student.`;
      repeated.push({ source: `${file}, row ${row.row}`, why });
    }
  }
  return { rows, repeated };
}

/** What tells one student from another; the same for the same student whatever the order of the roster. */
export function personOf({ ids, email, login, name }: RosterRow): string {
  const told = ids.length > 0 ? ids : [email || login || name];
  return `roster:${JSON.stringify(told)}`;
}
