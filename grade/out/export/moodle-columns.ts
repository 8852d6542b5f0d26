/**
 * Which column of a Moodle grading worksheet is which. Moodle writes the header in the teacher's language and reads it
 * in the same (mod/assign/gradingtable.php, mod/assign/feedback/offline/importgradeslib.php), so the words are looked up
 * in its translations; in a language that is not here, the order and what stands in the columns tell.
 */
import { labError } from '../../../lab/errors.ts';
import { quote } from '../../../lab/options.ts';
import { personWords } from '../../moodle-words.ts';
import type { FillCsv } from '../fill-csv.ts';
import { readDecimal } from './filled.ts';

export interface MoodleColumns {
  readonly identifier: number;
  readonly grade: number;
  readonly maximum: number;
  readonly changeable?: number;
  readonly name?: number;
  readonly email?: number;
  readonly feedback?: number;
}

/** In English, German, French, Spanish, Russian, Ukrainian, Portuguese, Italian and Polish; in small letters. */
const words = {
  ...personWords,
  grade: ['grade', 'bewertung', 'note', 'calificación', 'оценка', 'оцінка', 'nota', 'valutazione', 'ocena'],
  maximum: [
    'maximum grade',
    'bestwertung',
    'note maximale',
    'calificación máxima',
    'максимальная оценка',
    'максимальна оцінка',
    'nota máxima',
    'avaliação máxima',
    'valutazione massima',
    'maksymalna ocena',
  ],
  changeable: [
    'grade can be changed',
    'bewertung kann geändert werden',
    'la note peut être modifiée',
    'la calificación puede ser cambiada',
    'оценка может быть изменена',
    'оцінка може бути змінена',
    'оцінку можна змінити',
    'nota pode ser alterada',
    'a nota pode ser alterada',
    'la valutazione può essere modificata',
    'ocena może być zmieniona',
  ],
  feedback: [
    'feedback comments',
    'feedback als kommentar',
    'feedback par commentaires',
    'commentaires de feedback',
    'comentarios de retroalimentación',
    'отзыв в виде комментария',
    'комментарии к отзыву',
    'відгук коментарем',
    'коментарі відгуку',
    'comentários de feedback',
    'commenti',
    'komentarz zwrotny',
  ],
} as const;

/** `No`, in which a row says that its grade is locked. */
export const noWords: ReadonlySet<string> = new Set(['no', 'nein', 'non', 'нет', 'ні', 'não', 'nie']);

/** Throws `MoodleWorksheetUnknown`. */
export function moodleColumns(csv: FillCsv, file: string): MoodleColumns {
  const [header = [], ...body] = csv.rows;
  const titles = header.map((title) => title.trim().toLowerCase().replace(/\s+/g, ' '));
  const known = (which: keyof typeof words) => {
    const at = titles.findIndex((title) => (words[which] as readonly string[]).includes(title));
    return at < 0 ? undefined : at;
  };
  const rows = body.filter((row) => row.some((cell) => cell !== ''));
  const column = (at: number) => rows.map((row) => row[at]?.trim() ?? '');
  const lacks = (missing: string) =>
    labError('MoodleWorksheetUnknown', {
      file,
      missing,
      header: quote(header.slice(0, 8).join(csv.separator)),
    });

  const identifier = known('identifier') ?? (column(0).every((cell) => /\d$/.test(cell)) ? 0 : undefined);
  if (identifier === undefined || rows.length === 0) throw lacks('column “Identifier”');
  const maximum = known('maximum') ?? maximumByShape(header.length, column);
  if (maximum === undefined) throw lacks('column “Maximum grade” (an assignment with a scale has none)');
  const grade = known('grade') ?? maximum - 1;
  if (grade <= identifier) throw lacks('column “Grade” before the maximum');
  return {
    identifier,
    grade,
    maximum,
    ...found('changeable', known('changeable') ?? twoWords(maximum + 1, column)),
    ...found('name', known('name') ?? identifier + 1),
    ...found(
      'email',
      known('email') ?? header.findIndex((_, at) => column(at).some((cell) => /^\S+@\S+$/.test(cell))),
    ),
    ...found('feedback', known('feedback') ?? emptyAtEnd(header.length, maximum, column)),
  };
}

const found = <Name extends string>(name: Name, at: number | undefined) =>
  (at === undefined || at < 0 ? {} : { [name]: at }) as { [key in Name]?: number };

type Column = (at: number) => readonly string[];

/** The same number in every row, and a column of two words behind it. */
function maximumByShape(length: number, column: Column): number | undefined {
  for (let at = 2; at < length; at += 1) {
    const [first = '', ...rest] = column(at);
    const maximum = readDecimal(first);
    if (
      maximum !== undefined &&
      maximum > 0 &&
      rest.every((cell) => cell === first) &&
      twoWords(at + 1, column) !== undefined
    )
      return at;
  }
  return undefined;
}

function twoWords(at: number, column: Column): number | undefined {
  const values = new Set(column(at));
  return values.size <= 2 && [...values].every((cell) => /^\p{L}{2,12}$/u.test(cell)) ? at : undefined;
}

/** Comments come last; only a column that nobody wrote in yet is taken for them unseen. */
function emptyAtEnd(length: number, maximum: number, column: Column): number | undefined {
  const last = length - 1;
  return last > maximum + 2 && column(last).every((cell) => cell === '' || cell.startsWith('lab3:'))
    ? last
    : undefined;
}
