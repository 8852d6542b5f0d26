import { describe, expect, it } from 'vitest';
import type { Grades } from '../../../../grade/document.ts';
import { fillMoodle as fillSheet } from '../../../../grade/out/export/moodle.ts';
import { hostileGrades } from '../hostile.ts';
import { importMoodle, type Strings } from '../importers/moodle.ts';
import { gradesFrame, sampleStudent } from '../sample.ts';

const fillMoodle = (bytes: Uint8Array, file: string, of: Grades) =>
  fillSheet(bytes, file, of, 'after_published');
const marked = (at: number, final: number | null, name: string, identities: Record<string, string>) =>
  sampleStudent(at, {
    name,
    identities,
    final,
    raw: final,
    status: final === null ? 'review' : 'graded',
    penalty: 0,
  });

const grades = {
  ...gradesFrame,
  students: [
    marked(1, 8.5, 'Anna Petrenko', { moodle_id: '7001' }),
    marked(2, 7.125, 'Boris Müller', { email: 'Boris@uni.example' }),
    marked(3, 10, 'Дарья Иванова', {}),
    marked(4, null, 'Emil Rossi', { moodle_id: '7004' }),
    marked(5, 6, 'Fatima Novák', { moodle_id: '7005' }),
    marked(6, 0, 'Georg Schmidt', { moodle_id: '7006' }),
    marked(9, 5, 'Not There', { moodle_id: '9999' }),
  ],
};

interface Language {
  readonly header: string;
  readonly strings: Strings;
  readonly yes: string;
  readonly no: string;
}

const languages: Readonly<Record<string, Language>> = {
  English: {
    header:
      'Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (submission),Last modified (grade),Feedback comments',
    strings: {
      recordid: 'Identifier',
      grade: 'Grade',
      lastmodifiedgrade: 'Last modified (grade)',
      hiddenuser: 'Participant ',
      comments: 'Feedback comments',
      decimal: '.',
    },
    yes: 'Yes',
    no: 'No',
  },
  German: {
    header:
      'ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar',
    strings: {
      recordid: 'ID',
      grade: 'Bewertung',
      lastmodifiedgrade: 'Zuletzt geändert (Bewertung)',
      hiddenuser: 'Teilnehmer/in',
      comments: 'Feedback als Kommentar',
      decimal: ',',
    },
    yes: 'Ja',
    no: 'Nein',
  },
  French: {
    header:
      'Identifiant,Nom complet,Adresse de courriel,Statut,Note,Note maximale,La note peut être modifiée,Dernière modification (travail remis),Dernière modification (note),Feedback par commentaires',
    strings: {
      recordid: 'Identifiant',
      grade: 'Note',
      lastmodifiedgrade: 'Dernière modification (note)',
      hiddenuser: 'Participant',
      comments: 'Feedback par commentaires',
      decimal: ',',
    },
    yes: 'Oui',
    no: 'Non',
  },
  Spanish: {
    header:
      'Identificador,Nombre completo,Dirección de correo,Estado,Calificación,Calificación máxima,La calificación puede ser cambiada,Última modificación (entrega),Última modificación (calificación),Comentarios de retroalimentación',
    strings: {
      recordid: 'Identificador',
      grade: 'Calificación',
      lastmodifiedgrade: 'Última modificación (calificación)',
      hiddenuser: 'Participante ',
      comments: 'Comentarios de retroalimentación',
      decimal: ',',
    },
    yes: 'Sí',
    no: 'No',
  },
  Russian: {
    header:
      'Идентификатор,Полное имя,Адрес электронной почты,Состояние,Оценка,Максимальная оценка,Оценка может быть изменена,Последнее изменение (ответ),Последнее изменение (оценка),Отзыв в виде комментария',
    strings: {
      recordid: 'Идентификатор',
      grade: 'Оценка',
      lastmodifiedgrade: 'Последнее изменение (оценка)',
      hiddenuser: 'Участник',
      comments: 'Отзыв в виде комментария',
      decimal: ',',
    },
    yes: 'Да',
    no: 'Нет',
  },
  Ukrainian: {
    header:
      "Ідентифікатор,Повне ім'я,Електронна пошта,Статус,Оцінка,Максимальна оцінка,Оцінка може бути змінена,Остання зміна (подання),Остання зміна (оцінка),Відгук коментарем",
    strings: {
      recordid: 'Ідентифікатор',
      grade: 'Оцінка',
      lastmodifiedgrade: 'Остання зміна (оцінка)',
      hiddenuser: 'Учасник ',
      comments: 'Відгук коментарем',
      decimal: ',',
    },
    yes: 'Так',
    no: 'Ні',
  },
  'a language that nobody put in': {
    header:
      'Tunniste,Koko nimi,Sähköposti,Tila,Arvosana,Korkein arvosana,Arvosana muutettavissa,Muokattu (palautus),Muokattu (arvosana),Palautekommentit',
    strings: {
      recordid: 'Tunniste',
      grade: 'Arvosana',
      lastmodifiedgrade: 'Muokattu (arvosana)',
      hiddenuser: 'Osallistuja ',
      comments: 'Palautekommentit',
      decimal: ',',
    },
    yes: 'Kyllä',
    no: 'Ei',
  },
};

it('an identifier of the university’s is not Moodle’s', () => {
  const students = [
    marked(1, 8, 'Anna', { moodle_id: '17', Identifier: 'CS-18' }),
    marked(2, 3, 'Bob', { Identifier: 'CS-17', moodle_id: '18' }),
    marked(3, 5, 'Carl', { Identifier: 'CS-19' }),
    marked(4, 6, 'Dora', { Identifier: 'Participant 20' }),
  ];
  const sheet = [
    'Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed',
    ...['17,Anna', '18,Bob', '19,Erik', '20,D. A.', '21,Carl'].map(
      (row) => `Participant ${row},x@x.org,-,,10.00,Yes`,
    ),
  ].join('\r\n');
  const { csv } = fillMoodle(Buffer.from(sheet), 'w.csv', { ...gradesFrame, students });
  const marks = csv
    .split('\r\n')
    .map((line) => line.split(','))
    .map(([, name, , , mark]) => [name, mark]);
  expect(marks.slice(1)).toEqual([
    ['Anna', '8.00'],
    ['Bob', '3.00'],
    ['Erik', ''],
    ['D. A.', '6.00'],
    ['Carl', '5.00'],
  ]);
});

function worksheet({ header, strings, yes, no }: Language, maximum = 10, newline = '\r\n'): string {
  const max = maximum.toFixed(2).replace('.', strings.decimal);
  const cell = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const row = (id: number, name: string, email: string, grade: string, may: string, comment: string) =>
    [
      `${strings.hiddenuser}${id}`,
      name,
      email,
      'Submitted for grading',
      grade,
      max,
      may,
      'Friday, 20 November 2026, 8:14 AM',
      '-',
      comment,
    ]
      .map(cell)
      .join(',');
  return [
    header,
    row(7001, 'Anna Petrenko', 'anna@uni.example', '', yes, ''),
    row(7002, 'Boris Müller', 'boris@uni.example', '', yes, ''),
    row(7003, 'Дарья Иванова', 'daria@uni.example', '', yes, ''),
    row(7004, 'Emil Rossi', 'emil@uni.example', `6${strings.decimal}50`, yes, ''),
    row(7005, 'Fatima Novák', 'fatima@uni.example', '', no, ''),
    row(7006, 'Georg Schmidt', 'georg@uni.example', '', yes, ''),
    row(7007, 'Handed Nothing', 'x@uni.example', '', yes, ''),
    '',
  ].join(newline);
}

const participants = [7001, 7002, 7003, 7004, 7005, 7006, 7007].map((id) => ({
  id,
  ...(id === 7004 ? { grade: 6.5 } : {}),
  ...(id === 7005 ? { locked: true } : {}),
}));

/** A language whose word for “no” is not known still leaves the decision to Moodle, which passes locked rows over. */
describe.each(Object.entries(languages))('a worksheet in %s', (name, language) => {
  const text = worksheet(language);
  const { csv, notes } = fillMoodle(Buffer.from(text), 'worksheet.csv', grades);
  const imported = importMoodle(csv, language.strings, { maximum: 10, participants });

  it('gives everybody their mark and nobody another', () => {
    expect(Object.fromEntries(imported.grades)).toEqual({ 7001: 8.5, 7002: 7.125, 7003: 10, 7006: 0 });
    expect([...imported.skipped.values()]).not.toContain('out of range');
  });

  it('writes numbers as the file has them, and comments where there were none', () => {
    const sign = language.strings.decimal;
    expect(csv.includes(sign === ',' ? '"8,50"' : ',8.50,')).toBe(true);
    expect(imported.comments.get(7001)).toMatch(/^lab3: 8\.5 of 10/);
    expect(imported.comments.has(7004)).toBe(false);
    expect(imported.comments.has(7007)).toBe(false);
  });

  it('keeps header, order and rows that it cannot grade byte for byte', () => {
    const [before, after] = [text.split('\r\n'), csv.split('\r\n')];
    expect(after).toHaveLength(before.length);
    for (const at of name.startsWith('a language') ? [0, 4, 7, 8] : [0, 4, 5, 7, 8])
      expect(after[at]).toBe(before[at]);
  });

  it('says who is not there and what was left', () => {
    expect(notes).toContain('1 student was graded and is not in worksheet.csv: s0009.');
    expect(notes).toContain('1 without a final mark: left alone.');
  });
});

describe('a worksheet', () => {
  const english = languages.English;
  if (english === undefined) throw new Error('no English');
  const fill = (text: string, of = grades) => fillMoodle(Buffer.from(text), 'worksheet.csv', of);

  it('with another maximum is scaled to it and never passes it', () => {
    const { csv, notes } = fill(worksheet(english, 100));
    const imported = importMoodle(csv, english.strings, { maximum: 100, participants });
    expect(Object.fromEntries(imported.grades)).toMatchObject({ 7001: 85, 7002: 71.25, 7003: 100 });
    expect(notes).toContain('The assignment is worth 100 in Moodle and 10 here: marks were scaled.');
    const bonus = { ...grades, students: [marked(1, 11, 'Anna Petrenko', { moodle_id: '7001' })] };
    expect(fill(worksheet(english), bonus).csv).toContain(',10.00,10.00,');
  });

  it('keeps what a person wrote into comments, and renews what lab3 wrote', () => {
    const lines = worksheet(english).split('\r\n');
    lines[1] = `${lines[1]}Talk to me first`;
    lines[3] = `${lines[3]}"lab3: 1 of 10, old"`;
    const { csv } = fill(lines.join('\r\n'));
    const { comments } = importMoodle(csv, english.strings, { maximum: 10, participants });
    expect(comments.get(7001)).toBe('Talk to me first');
    expect(comments.get(7003)).toMatch(/^lab3: 10 of 10/);
  });

  it('keeps byte order mark, line feeds and columns of other plugins', () => {
    const text = `\ufeff${worksheet(english, 10, '\n').replace(',Last modified (grade)', ',Online text,Last modified (grade)').replaceAll(' AM",-,', ' AM","<p>a, b</p>",-,')}`;
    const { csv } = fill(text);
    expect(csv.startsWith('\ufeffIdentifier')).toBe(true);
    expect(csv).not.toContain('\r');
    expect(importMoodle(csv.slice(1), english.strings, { maximum: 10, participants }).grades.get(7001)).toBe(
      8.5,
    );
  });

  it('gives a comment in which nothing is markup', () => {
    const hostile = hostileGrades();
    const students = hostile.students.map((student, at) => ({
      ...student,
      identities: { moodle_id: String(7001 + at) },
      status: 'graded' as const,
      final: 5,
    }));
    const criteria = hostile.criteria.map((each) => ({ ...each, title: '<img src=x onerror=alert(1)>' }));
    const { csv } = fill(worksheet(english), { ...hostile, students, criteria });
    expect(csv).not.toContain('<img');
    expect(csv).toContain('&lt;img');
  });

  it('without a column for comments says so', () => {
    const text = worksheet(english)
      .split('\r\n')
      .map((line) => line.replace(/,[^,]*$/, ''))
      .join('\r\n');
    const { csv, notes } = fill(text);
    expect(csv).not.toContain('lab3:');
    expect(notes).toContain('worksheet.csv has no column for comments that could be told.');
  });

  it.each([
    [''],
    ['a,b\n1,2\n'],
    ['Student,ID,Section\nx,1,2\n'],
    ['Identifier,Full name,Status,Grade,Last modified (grade)\nParticipant 1,x,y,,-\n'],
  ])('that is none is refused: %j', (text) => {
    expect(() => fill(text)).toThrow(expect.objectContaining({ name: 'MoodleWorksheetUnknown' }));
  });
});
