/**
 * Times as Moodle writes them, in the language of whoever downloads and by the clocks of the course:
 * `Mittwoch, 18. September 2024, 21:33`. The names of months and days are asked of Intl, in every language that it has;
 * what no language reads, or two read differently, is no time.
 */
import { instantOf } from '../../rubric/zone.ts';

interface Language {
  /** Words between spaces → month from 1, day of the week from Sunday, hours to add. */
  readonly months: ReadonlyMap<string, number>;
  readonly days: ReadonlyMap<string, number>;
  readonly halves: ReadonlyMap<string, number>;
}

/** Date, then time, then perhaps the half of the day. */
const shape = /^(\D*\d{1,4}\D+\d{1,4}\D+)(\d{1,2})(?:[:.]| ?h ?)(\d\d)(?:[:.](\d\d))?(\D*)$/u;

const longest = 200;

/** Milliseconds since 1970. */
export function readWrittenTime(text: string, timeZone: string): number | undefined {
  const [, date = '', hour, minute, second = '00', after = ''] =
    shape.exec(text.slice(0, longest).normalize('NFKC').trim()) ?? [];
  const numbers = date.match(/\d+/g) ?? [];
  const year = numbers.find((digits) => /^20\d\d$/.test(digits));
  const day = numbers.find((digits) => digits.length < 3);
  if (hour === undefined || minute === undefined || year === undefined || day === undefined) return undefined;

  const words = spaced(date);
  const sure = new Set<number>();
  const likely = new Set<number>();
  let contradicted = false;
  for (const language of languages()) {
    const [month, ...otherMonths] = namedIn(words, language.months);
    const hours = hourOf(Number(hour), spaced(after), language);
    if (month === undefined || otherMonths.length > 0 || hours === undefined) continue;
    const local = `${year}-${two(month)}-${two(day)}`;
    const instant = instantOf(`${local}T${two(hours)}:${minute}:${second}`, timeZone);
    if (instant === undefined) continue;
    const [weekday] = namedIn(words, language.days);
    if (weekday === undefined) likely.add(instant);
    else if (weekday === new Date(`${local}T00:00Z`).getUTCDay()) sure.add(instant);
    else contradicted = true;
  }
  // `listopada` is October in one language and November in another: the day of the week tells.
  const [found, ...others] = sure.size > 0 ? sure : contradicted ? [] : likely;
  return others.length > 0 ? undefined : found;
}

/** Undefined where a word that nobody knows may mean the afternoon. */
function hourOf(hour: number, after: string, { halves }: Language): number | undefined {
  const half = halves.get(after.replaceAll(' ', ''));
  if (half !== undefined) return hour >= 1 && hour <= 12 ? (hour % 12) + half : undefined;
  return after.trim() === '' || hour > 12 ? hour : undefined;
}

const namedIn = (words: string, names: ReadonlyMap<string, number>): number[] => [
  ...new Set([...names].flatMap(([name, number]) => (words.includes(name) ? [number] : []))),
];

const two = (number: number | string) => String(number).padStart(2, '0');

/** ` mittwoch september `: a name is one where it stands between spaces. */
function spaced(text: string): string {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? [];
  return ` ${words.join(' ')} `;
}

let known: readonly Language[] | undefined;

function languages(): readonly Language[] {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const codes = letters.flatMap((one) => letters.map((other) => one + other));
  known ??= Intl.DateTimeFormat.supportedLocalesOf([...codes, 'sr-Latn']).map(languageOf);
  return known;
}

function languageOf(locale: string): Language {
  const part = (options: Intl.DateTimeFormatOptions, type: Intl.DateTimeFormatPartTypes) => {
    // Thai and Persian years and months are others by default.
    const all = { calendar: 'gregory', numberingSystem: 'latn', timeZone: 'UTC', ...options } as const;
    const format = new Intl.DateTimeFormat(locale, all);
    return (date: Date) => {
      const parts = format.formatToParts(date).filter((one) => one.type === type);
      return spaced(parts.map(({ value }) => value).join(' '));
    };
  };
  const names = (part: (date: Date) => string, dates: readonly [Date, number][]) =>
    dates
      .map(([date, number]): [string, number] => [part(date), number])
      .filter(([name]) => name.trim() !== '');
  const months = Array.from({ length: 12 }, (_, at): [Date, number] => [
    new Date(Date.UTC(2024, at, 15)),
    at + 1,
  ]);
  // The first of September 2024 is a Sunday.
  const days = Array.from({ length: 7 }, (_, at): [Date, number] => [
    new Date(Date.UTC(2024, 8, 1 + at)),
    at,
  ]);
  const halves = [0, 12].map((hour): [Date, number] => [new Date(Date.UTC(2024, 0, 1, hour + 6)), hour]);
  const inDate = part({ day: 'numeric', month: 'long', year: 'numeric' }, 'month');
  const alone = part({ month: 'long' }, 'month');
  const half = names(part({ hour: 'numeric', hour12: true }, 'dayPeriod'), halves);
  return {
    months: new Map([...names(inDate, months), ...names(alone, months)]),
    days: new Map(names(part({ weekday: 'long' }, 'weekday'), days)),
    halves: new Map([
      ['am', 0],
      ['pm', 12],
      ...half.map(([name, hour]): [string, number] => [name.replaceAll(' ', ''), hour]),
    ]),
  };
}
