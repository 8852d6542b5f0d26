/** Finds who on the roster somebody is, or says why that cannot be told. */
import { participantNumber } from '../../moodle-words.ts';
import { shown } from '../refusal.ts';
import type { Identity } from '../submission.ts';
import { latinWords, nameWords, runTogether } from './names.ts';
import type { RosterRow } from './roster.ts';

export interface Match {
  readonly row?: RosterRow;
  /** In a sentence, where a person should know: matched by less than an id or a whole name, or by nothing. */
  readonly why?: string;
  /** Those of whom it may be any. */
  readonly among?: readonly RosterRow[];
}

type Index = ReadonlyMap<string, readonly RosterRow[]>;

/** From the surest to the least sure. The first that finds anybody decides, and two found are not one. */
interface Step {
  readonly by: string;
  /** Less than sure: said when it decides. */
  readonly said: boolean;
  readonly find: (person: Identity) => readonly RosterRow[];
}

export function matcher(rows: readonly RosterRow[]): (person: Identity) => Match {
  const steps = stepsOf(rows);
  return (person) => {
    for (const { by, said, find } of steps) {
      const found = [...new Set(find(person))];
      const [row, other] = found;
      if (row === undefined) continue;
      if (other !== undefined) {
        const named = found.slice(0, 4).map(({ name, row: line }) => `${shown(name)} (row ${line})`);
        const why = `By ${by}, ${shown(person.name)} may be any of ${found.length} on the roster: ${named.join(', ')}.`;
        return { why, among: found };
      }
      return {
        row,
        ...(said ? { why: `Taken for ${shown(row.name)} (row ${row.row}) by ${by} alone.` } : {}),
      };
    }
    return { why: `${shown(person.name)} is not on the roster.` };
  };
}

function stepsOf(rows: readonly RosterRow[]): Step[] {
  const ids = indexOf(rows, (row) => row.ids.map(plain));
  // Moodle's worksheet has no other.
  const numbers = indexOf(rows, (row) => row.ids.flatMap((id) => participantNumber(id) ?? []));
  const shared = indexOf(rows, (row) => row.shared.flatMap((id) => [plain(id), participantNumber(id) ?? '']));
  // Canvas's own number, under the titles that its gradebook and people give it: a student's number is another.
  const canvas = indexOf(rows, ({ identities }) =>
    Object.entries(identities).flatMap(([title, value]) => (canvasTitle.test(title) ? [plain(value)] : [])),
  );
  const emails = indexOf(rows, (row) => [row.email]);
  const logins = indexOf(rows, (row) => [row.login]);
  const boxes = indexOf(rows, (row) => [row.email.split('@')[0] ?? '']);
  const words = indexOf(rows, (row) => [nameWords(row.name).join(' ')]);
  const latin = indexOf(rows, (row) => [latinWords(row.name).join(' ')]);
  const together = indexOf(rows, (row) => runTogether(row.name));
  const parts = indexOf(rows, (row) => latinWords(row.name).filter((word) => word.length > 2));
  const told = ({ identities }: Identity, names: readonly string[]) =>
    names.flatMap((name) => identities[name] ?? []).map(plain);
  const within = ({ name }: Identity) =>
    name
      .toLowerCase()
      .split(/[^\p{L}\p{N}@.]+/u)
      .filter((word) => word.length > 3);
  return [
    { by: 'id', said: false, find: (person) => look(ids, told(person, ['sid', 'student_id'])) },
    {
      by: 'id and name',
      said: false,
      find: (person) => {
        const found = look(canvas, told(person, ['canvas_id']));
        // An `ID` may be any number: where the name is another's, it is a person who decides.
        const named = found.length === 0 ? [] : look(together, [plain(person.name)]);
        return named.some((row) => found.includes(row)) ? found : [...found, ...named];
      },
    },
    { by: 'id', said: false, find: (person) => look(numbers, told(person, ['moodle_id'])) },
    { by: 'email', said: false, find: (person) => look(emails, told(person, ['email'])) },
    { by: 'login', said: false, find: (person) => look(logins, told(person, ['login'])) },
    { by: 'login', said: false, find: (person) => byRepository(rows, person) },
    { by: 'id', said: false, find: ({ name }) => look(ids, [plain(name)]) },
    { by: 'email', said: false, find: ({ name }) => look(emails, [plain(name)]) },
    { by: 'login', said: false, find: ({ name }) => look(logins, [plain(name)]) },
    { by: 'name', said: false, find: ({ name }) => look(words, [nameWords(name).join(' ')]) },
    { by: 'name', said: false, find: ({ name }) => look(latin, [latinWords(name).join(' ')]) },
    { by: 'name', said: false, find: ({ name }) => look(together, [plain(name)]) },
    { by: 'the part of the email before the @', said: true, find: ({ name }) => look(boxes, [plain(name)]) },
    { by: 'an id in the name', said: true, find: (person) => look(ids, within(person)) },
    { by: 'a login in the name', said: true, find: (person) => look(logins, within(person)) },
    { by: 'a name among other words', said: true, find: ({ name }) => wholeNames(rows, latinWords(name)) },
    { by: 'a part of the name', said: true, find: ({ name }) => partNames(rows, latinWords(name)) },
    { by: 'one word of the name', said: true, find: ({ name }) => look(parts, onlyName(name)) },
    {
      by: 'an id that several have',
      said: true,
      find: (person) =>
        look(shared, [
          ...told(person, ['sid', 'student_id', 'moodle_id']),
          plain(person.name),
          ...within(person),
        ]),
    },
  ];
}

function indexOf(rows: readonly RosterRow[], keys: (row: RosterRow) => readonly string[]): Index {
  const index = new Map<string, RosterRow[]>();
  for (const row of rows) {
    for (const key of new Set(keys(row))) {
      if (key === '') continue;
      const found = index.get(key);
      if (found === undefined) index.set(key, [row]);
      else found.push(row);
    }
  }
  return index;
}

const look = (index: Index, keys: readonly string[]) => keys.flatMap((key) => index.get(key) ?? []);
const canvasTitle = /^(?:id|canvas[ _]?(?:user[ _]?)?id)$/i;
const plain = (text: string) => text.trim().normalize('NFKC').toLowerCase();

/** Logins hold `-` too: where the assignment's own name is not known, the longest login that a clone ends with. */
function byRepository(rows: readonly RosterRow[], { identities }: Identity): RosterRow[] {
  const name = plain(identities.repository ?? '');
  const ends = rows.filter(({ login }) => login !== '' && name.endsWith(`-${login}`));
  const longest = Math.max(...ends.map(({ login }) => login.length));
  return ends.filter(({ login }) => login.length === longest);
}

/** Whose whole name, of two words at least, is among these. */
function wholeNames(rows: readonly RosterRow[], words: readonly string[]): RosterRow[] {
  const among = new Set(words);
  return rows.filter(({ name }) => {
    const own = latinWords(name);
    return own.length > 1 && own.every((word) => among.has(word));
  });
}

/** Whose name has all of these words, two at least: a patronymic or second name is often left out. */
function partNames(rows: readonly RosterRow[], words: readonly string[]): RosterRow[] {
  if (words.length < 2) return [];
  return rows.filter(({ name }) => {
    const own = new Set(latinWords(name));
    return words.every((word) => own.has(word));
  });
}

const noNames =
  /^(?:lab\d*|laba|labs|hw|homework|task|work|os|kernel|linux|module|threads?|final|new|done|fix|fixed|v|copy)$/;

/** `ivanov` of `lab3_ivanov`; nothing of `ivanov_petr`, who is somebody else than `Ivanov Ivan`. */
function onlyName(name: string): string[] {
  const words = latinWords(name.replace(/\p{L}*\d[\p{L}\d]*/gu, ' ')).filter((word) => !noNames.test(word));
  return words.length === 1 ? words : [];
}
