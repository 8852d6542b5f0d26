/** Which rows of a roster are one student's. A student in two sections has two rows; nobody is lost among the others. */
import { shown } from '../refusal.ts';
import { latinWords } from './names.ts';
import type { Roster, RosterRow } from './roster.ts';

/** A row before it is known whether another one has the same ids. */
export type ReadRow = Omit<RosterRow, 'identity' | 'shared'>;

/** What people write into a cell that has to hold something. */
export const isNothing = (cell: string) => /^(?:[^\p{L}\p{N}]+|n\/a)$/iu.test(cell);

/** The same for ids alone: a login may be any word. */
export const isNoId = (cell: string) => isNothing(cell) || /^(?:0+|none|null|нет)$/i.test(cell);

/** @param file as it is called in what is said of its rows */
export function withoutRepeated(file: string, all: readonly ReadRow[]): Roster {
  const alike = groupBy(all, (row) => JSON.stringify(told(row)));
  const rows: RosterRow[] = [];
  const repeated: { source: string; why: string }[] = [];
  for (const [told, group] of alike) {
    const isOne = areOne(group);
    if (!isOne) {
      const lines = group.slice(0, 8).map(({ row }) => row);
      const more = group.length > lines.length ? ` and ${group.length - lines.length} more` : '';
      const common = (JSON.parse(told) as string[]).map(shown).join(', ');
      const why = `They have ${common} in common and different names: taken as different students, whom it does not tell apart.`;
      repeated.push({ source: `${file}, rows ${lines.join(', ')}${more}`, why });
    }
    for (const [name, [first, ...others]] of isOne ? [['', group] as const] : groupBy(group, nameOf)) {
      if (first === undefined) continue;
      rows.push(
        isOne
          ? { ...first, identity: `roster:${told}`, shared: [] }
          : { ...first, identity: `roster:${told}${name}`, ids: [], shared: first.ids },
      );
      for (const { row } of others) {
        const why = `It names ${shown(first.name)} again, as row ${first.row} does: taken as one student.`;
        repeated.push({ source: `${file}, row ${row}`, why });
      }
    }
  }
  return { rows: rows.sort((a, b) => a.row - b.row), repeated };
}

/** What tells one student from another; the same for the same student whatever the order of the roster. */
function told({ ids, email, login, name }: ReadRow): readonly string[] {
  return ids.length > 0 ? ids : [email || login || name];
}

function groupBy(rows: readonly ReadRow[], keyOf: (row: ReadRow) => string): Map<string, ReadRow[]> {
  const groups = new Map<string, ReadRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** Whether rows with the same ids are one student's: an id that stands for several is a placeholder or a mistake. */
function areOne(rows: readonly ReadRow[]): boolean {
  const names = [...groupBy(rows, nameOf).values()].flatMap(([first]) => first ?? []);
  return names.every((one, at) => names.slice(0, at).every((other) => isSameName(one, other)));
}

/** Also where one of them leaves a name out, or both have one email or login. A row without any name is told by its email and login. */
function isSameName(one: ReadRow, other: ReadRow): boolean {
  const [a, b] = [ownWords(one), ownWords(other)];
  const differ = (x: string, y: string) => x !== '' && y !== '' && x !== y;
  const agree = (x: string, y: string) => x !== '' && x === y;
  // A short name in one section, a new one in the other.
  if (agree(one.email, other.email) || agree(one.login, other.login)) return true;
  if (a.length === 0 || b.length === 0)
    return !differ(one.email, other.email) && !differ(one.login, other.login);
  return a.every((word) => b.includes(word)) || b.every((word) => a.includes(word));
}

const nameOf = (row: ReadRow) => ownWords(row).join(' ') || row.email || row.login;

function ownWords({ name, email, login, ids }: ReadRow): string[] {
  const isName = ![email, login].includes(name.toLowerCase()) && !ids.includes(name);
  return isName ? latinWords(name) : [];
}
