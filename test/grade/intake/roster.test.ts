/** Submissions and roster brought together: nobody is lost, nothing is guessed in silence. */
import { describe, expect, test } from 'vitest';
import { makeZip } from './archives.ts';
import { byKey, keys, testFolder } from './folder.ts';

const { at, put, read } = testFolder();

async function withRoster(roster: string, submissions: readonly string[], columns = {}) {
  await put({ 'roster.csv': roster });
  for (const name of submissions) {
    if (name.endsWith('.zip')) await put({ [`class/${name}`]: makeZip([{ name: 'lab3.c' }]) });
    else await put(name.endsWith('.c') ? { [`class/${name}`]: '' } : { [`class/${name}/lab3.c`]: '' });
  }
  return read('class', { roster: { file: at('roster.csv'), columns } });
}

const roster =
  'Full name,Student ID,Email,Login,Group\n' +
  'Ахматова Анна Андреевна,1001,anna@x.ru,ahmatova,A\n' +
  'Пастернак Борис,1002,boris.p@x.ru,bpast,A\n' +
  'Ёлкин Семён,1003,se@x.ru,elkin,B\n' +
  'Щукин Цезарь,1004,zz@x.ru,caesar,B\n';

describe('who is who', () => {
  test.each([
    ['1002.zip', 'pasternak-boris', undefined],
    ['boris.p@x.ru', 'pasternak-boris', undefined],
    ['bpast.c', 'pasternak-boris', undefined],
    ['Борис Пастернак', 'pasternak-boris', undefined],
    ['пастернак_борис.zip', 'pasternak-boris', undefined],
    ['Pasternak Boris_77_assignsubmission_file_', 'pasternak-boris', undefined],
    ['Семен Елкин', 'elkin-semen', undefined],
    ['Shchukin Tsezar', 'shchukin-tsezar', undefined],
    ['Schukin_Cezar.zip', 'shchukin-tsezar', undefined],
    ['boris.p.zip', 'pasternak-boris', 'by the part of the email before the @ alone'],
    ['lab3_1002_final.zip', 'pasternak-boris', 'by an id in the name alone'],
    ['lab3-caesar.zip', 'shchukin-tsezar', 'by a login in the name alone'],
    ['Лаба 3 Пастернак Борис гр А', 'pasternak-boris', 'by a name among other words alone'],
    ['Анна Ахматова', 'akhmatova-anna-andreevna', 'by a part of the name alone'],
    ['lab3_pasternak.zip', 'pasternak-boris', 'by one word of the name alone'],
  ])('%s is %s', async (source, key, by) => {
    const intake = await withRoster(roster, [source]);
    expect(keys(intake)).toHaveLength(4);
    const found = byKey(intake, key);
    expect(found.submission?.source).toBe(source);
    expect(found.onRoster).toBe(true);
    expect(found.identities).toMatchObject({ Group: expect.any(String), email: expect.any(String) });
    if (by === undefined) expect(found).not.toHaveProperty('remarks');
    else expect(found.remarks).toEqual([expect.stringContaining(by)]);
    expect(found.doubts).toEqual(by === undefined ? undefined : ['identity-unclear']);
  });

  test.each(['Ахматова Вера', 'pasternak_vasily.zip', '9999.c', 'lab3.zip', 'anna@y.ru'])(
    '%s is nobody of them, and is not lost',
    async (source) => {
      const intake = await withRoster(roster, [source]);
      expect(intake.candidates).toHaveLength(5);
      const [other, ...more] = intake.candidates.filter(({ onRoster }) => !onRoster);
      expect(more).toEqual([]);
      expect(other?.submission?.source).toBe(source);
      expect(other?.remarks).toEqual([expect.stringMatching(/is not on the roster\.$/)]);
      expect(other).not.toHaveProperty('doubts');
    },
  );

  test('Canvas’s number is no student’s number', async () => {
    const ids =
      'Name,Student ID,Email\nWei Li,2001,w@x.org\nAnna Schmidt,2002,a@x.org\nBob Jones,1042,b@x.org\n';
    const work = ['liwei_1042_90001_lab3.c', 'schmidtanna_1043_90002_lab3.c'];
    const intake = await withRoster(ids, work);
    expect(byKey(intake, 'wei-li').submission?.source).toBe(work[0]);
    expect(byKey(intake, 'bob-jones').submission).toBeUndefined();
  });

  test('two rows with one id and one email are one student, whatever the names', async () => {
    const ids =
      'Name,ID,Email\nAlexander Smith,501,asmith@u.edu\nSasha Smith,501,asmith@u.edu\nWei Li,502,wei@u.edu\n';
    const intake = await withRoster(ids, ['501.c', 'Wei Li.c']);
    expect(keys(intake)).toEqual(['alexander-smith', 'wei-li']);
    expect(byKey(intake, 'alexander-smith').submission?.source).toBe('501.c');
    expect(byKey(intake, 'alexander-smith')).not.toHaveProperty('doubts');
  });

  test('an ID that is another’s by name is for a person to decide', async () => {
    const ids = 'Student,ID\n"Li, Wei",7001\n"Jones, Bob",1042\n';
    const intake = await withRoster(ids, ['liwei_1042_90001_lab3.c', 'jonesbob_9_90002_lab3.c']);
    const [own] = intake.candidates.filter(({ onRoster }) => !onRoster);
    expect(own?.doubts).toEqual(['identity-unclear']);
    expect(own?.remarks).toEqual([expect.stringContaining('By id and name, liwei may be any of 2')]);
    const gradebook = 'Student,ID\n"Li, Wei",1042\n"Jones, Bob",9\n';
    const sound = await withRoster(gradebook, []);
    expect(sound.candidates.map(({ doubts }) => doubts)).toEqual([undefined, undefined]);
  });

  test.each([
    ['ID,Vollständiger Name,E-Mail-Adresse', 'Teilnehmer/in'],
    ['Идентификатор,Полное имя,Адрес электронной почты', 'Участник'],
    ['Identifier,Full name,Email address', 'Participant '],
  ])('Moodle’s worksheet %s is a roster', async (header, prefix) => {
    const sheet = `${header}\n${prefix}17,Anna Müller,a@x.org\n${prefix}18,Wei Li,w@x.org\n`;
    const intake = await withRoster(sheet, [
      'Anna Müller_17_assignsubmission_file_',
      'Wei Li_18_assignsubmission_file_',
    ]);
    expect(intake.candidates).toHaveLength(2);
    for (const { onRoster, submission, doubts } of intake.candidates)
      expect([onRoster, submission !== undefined, doubts]).toEqual([true, true, undefined]);
  });

  test('two whom it may be are not guessed among', async () => {
    const two = 'name,id\nIvanov Ivan,1\nIvan Ivanov,2\nPetrov Petr,3\n';
    const intake = await withRoster(two, ['Ivanov Ivan', 'petrov.zip']);
    expect(intake.candidates.filter(({ submission }) => submission !== undefined)).toHaveLength(2);
    const [lost] = intake.candidates.filter(({ onRoster }) => !onRoster);
    expect(lost?.remarks).toEqual([
      'By name, Ivanov Ivan may be any of 2 on the roster: Ivanov Ivan (row 2), Ivan Ivanov (row 3).',
    ]);
    expect(new Set(keys(intake)).size).toBe(4);
    // Each of the two would have a zero for what may be theirs.
    const doubtful = intake.candidates.filter(({ doubts }) => doubts?.includes('identity-unclear'));
    expect(doubtful.map(({ onRoster, submission }) => [onRoster, submission?.source])).toEqual([
      [true, undefined],
      [true, undefined],
      [false, 'Ivanov Ivan'],
      [true, 'petrov.zip'],
    ]);
    expect(doubtful[0]?.remarks).toEqual([
      'On the roster, and nothing was handed in, unless Ivanov Ivan is theirs: who that is from cannot be told.',
    ]);
  });

  test('on the roster and nothing handed in; handed in twice', async () => {
    const intake = await withRoster(roster, ['1002.zip', 'bpast.c', 'Борис Пастернак']);
    expect(byKey(intake, 'elkin-semen')).toMatchObject({
      onRoster: true,
      others: [],
      remarks: ['On the roster, and nothing was handed in.'],
    });
    expect(byKey(intake, 'elkin-semen').submission).toBeUndefined();
    const twice = byKey(intake, 'pasternak-boris');
    expect(twice.submission?.source).toBe('1002.zip');
    expect(twice.others).toEqual(['bpast.c', 'Борис Пастернак']);
    expect(twice.remarks).toEqual(['Handed in 3 times: the first by name, 1002.zip, is taken.']);
  });

  test('what is surely somebody’s goes before what may be', async () => {
    const twice = byKey(await withRoster(roster, ['0_pasternak.zip', 'bpast.c']), 'pasternak-boris');
    expect(twice.submission?.source).toBe('bpast.c');
    expect(twice.others).toEqual(['0_pasternak.zip']);
    expect(twice.remarks).toContain('Handed in twice: the surest, bpast.c, is taken.');
    expect(twice.doubts).toBeUndefined();
  });

  test('without a roster the folder and the archive of one name are handed in twice', async () => {
    await put({ 'class/anna/lab3.c': '', 'class/Anna.zip': makeZip([{ name: 'lab3.c' }]) });
    const intake = await read();
    expect(keys(intake)).toEqual(['anna']);
    expect(intake.candidates[0]?.others).toEqual(['anna']);
  });
});

describe('exports of course systems', () => {
  test('Moodle’s worksheet, by the number of its identifier', async () => {
    const worksheet =
      '\ufeffIdentifier,"Full name","Email address",Status\r\nParticipant 77,"Anna A",a@x.ru,"Submitted"\r\n' +
      'Participant 78,"Anna A",b@x.ru,"Submitted"\r\n';
    const intake = await withRoster(worksheet, [
      'Anna A_78_assignsubmission_file_',
      'Anna A_77_assignsubmission_file_',
    ]);
    const byMoodle = (id: string) => intake.candidates.find(({ identities }) => identities.moodle_id === id);
    expect(byMoodle('78')?.identities).toMatchObject({ email: 'b@x.ru', Identifier: 'Participant 78' });
    expect(byMoodle('77')?.identities).toMatchObject({ email: 'a@x.ru' });
    expect(intake.candidates).toHaveLength(2);
  });

  test('Canvas’ gradebook, by its id and by names run together', async () => {
    const gradebook =
      'Student,ID,SIS User ID,SIS Login ID,Section,Lab 3 (17)\n    Points Possible,,,,,10\n' +
      '"Doe, Jane Ann",501,s1,jdoe,,\n"Roe, John",502,s2,jroe,,\n';
    const intake = await withRoster(gradebook, ['doejaneann_501_99_lab3.c', 'roejohn_999_98_lab3.c']);
    expect(intake.candidates.map(({ name, onRoster }) => [name, onRoster])).toEqual([
      ['Doe, Jane Ann', true],
      ['Roe, John', true],
    ]);
  });

  test('GitHub Classroom’s roster, though logins hold -', async () => {
    const classroom = 'identifier,github_username,github_id,name\nanna@x.ru,an-na,1,\nboris@x.ru,na,2,\n';
    await put({
      'class/os-lab-an-na/.git/HEAD': '',
      'class/os-lab-an-na/lab3.c': '',
      'roster.csv': classroom,
    });
    const intake = await read('class', { roster: { file: at('roster.csv') } });
    expect(intake.candidates.map(({ name, submission }) => [name, submission?.source])).toEqual([
      ['an-na', 'os-lab-an-na'],
      ['na', undefined],
    ]);
  });

  test('a student in two sections is one', async () => {
    const intake = await withRoster('name,id\nAnna A,1\nAnna A,1\n', ['Anna A']);
    expect(keys(intake)).toEqual(['anna-a']);
    expect(intake.unmatched).toEqual([
      { source: 'roster.csv, row 3', why: 'It names Anna A again, as row 2 does: taken as one student.' },
    ]);
  });

  test('the same in letters of another alphabet, or with a name left out, is the same student', async () => {
    const twice =
      'name,id,email\nАнна Ахматова,1,\nAkhmatova Anna,1,\nBoris B,2,b@x.ru\n,2,b@x.ru\nVera V W,3,\nVera W,3,\n';
    const intake = await withRoster(twice, ['1.c']);
    expect(intake.candidates.map(({ name }) => name)).toEqual(['Анна Ахматова', 'Boris B', 'Vera V W']);
    expect(intake.unmatched).toHaveLength(3);
  });

  test.each(['-', 'n/a', 'None', '0', ' — ', ''])('%j is no id', async (id) => {
    const intake = await withRoster(`name,id\nAnna A,${id}\nBoris B,${id}\nVera V,${id}\n`, ['Boris B']);
    expect(intake.candidates.map(({ name, onRoster }) => [name, onRoster])).toEqual([
      ['Anna A', true],
      ['Boris B', true],
      ['Vera V', true],
    ]);
    const boris = byKey(intake, 'boris-b');
    expect(boris.submission?.source).toBe('Boris B');
    expect(boris).not.toHaveProperty('doubts');
    const why = `“${id.trim()}” counts as no id: such rows are known by email, login or name.`;
    expect(intake.unmatched).toEqual(id === '' ? [] : [{ source: 'roster.csv', why }]);
  });

  test('“-” is no email and no login either', async () => {
    const intake = await withRoster('name,email,login\nAnna A,-,-\nBoris B,-,-\n', ['Boris B']);
    expect(intake.candidates.map(({ name, submission }) => [name, submission?.source])).toEqual([
      ['Anna A', undefined],
      ['Boris B', 'Boris B'],
    ]);
  });

  test('an id with several names is several students’, and tells none of them', async () => {
    const table = 'name,id\nAnna A,TBA\nBoris B,TBA\nBoris B,TBA\nVera V,TBA\nGleb G,7\nDina D,7\n';
    const intake = await withRoster(table, ['Boris B', '7.zip', 'Dina D']);
    expect(intake.candidates.map(({ name, onRoster }) => [name, onRoster])).toEqual([
      ['7', false],
      ['Anna A', true],
      ['Boris B', true],
      ['Dina D', true],
      ['Gleb G', true],
      ['Vera V', true],
    ]);
    expect(byKey(intake, 'boris-b').submission?.source).toBe('Boris B');
    expect(byKey(intake, 'boris-b')).not.toHaveProperty('doubts');
    expect(byKey(intake, 'dina-d').submission?.source).toBe('Dina D');
    // It may be Gleb's: no zero goes out for that.
    expect(byKey(intake, 'gleb-g').doubts).toEqual(['identity-unclear']);
    expect(intake.unmatched).toEqual([
      {
        source: 'roster.csv, rows 2, 3, 4, 5',
        why: 'They have TBA in common and different names: taken as different students, whom it does not tell apart.',
      },
      { source: 'roster.csv, row 4', why: 'It names Boris B again, as row 3 does: taken as one student.' },
      {
        source: 'roster.csv, rows 6, 7',
        why: 'They have 7 in common and different names: taken as different students, whom it does not tell apart.',
      },
    ]);
  });

  test('columns that are named, whatever they are called; names in parts', async () => {
    const table = 'Кто;Как;Код;Почта\nАхматова;Анна;7;a@x.ru\n';
    const columns = { first_name: ['кто'], last_name: ['Как'], id: ['код'] };
    const intake = await withRoster(table, ['7.c'], columns);
    expect(intake.candidates[0]).toMatchObject({
      name: 'Ахматова Анна',
      identities: { Код: '7', email: 'a@x.ru' },
    });
    const parts = 'First name,Last name\nAnna,A\n';
    expect((await withRoster(parts, ['A Anna'])).candidates.map(({ name }) => name)).toContain('A Anna');
  });

  test.each([
    ['Mail,ID', { email: ['E-Mail', 'Mail'] }, { email: 'a@x.ru' }],
    ['E-Mail,ID', { email: ['Mail', 'E-Mail'] }, { email: 'a@x.ru' }],
    ['Konto,ID', { login: ['Kennung', 'konto'] }, { login: 'a@x.ru' }],
    ['Mail,Matrikel', { id: ['Nummer', 'Matrikel'], email: ['Mail'] }, { Matrikel: '7', email: 'a@x.ru' }],
    ['Mail,Seminar', { group: ['Gruppe', 'Seminar'] }, { group: '7', Seminar: '7' }],
  ])('names of a column are alternatives: %s', async (header, columns, told) => {
    const intake = await withRoster(`Name,${header}\nAnna A,a@x.ru,7\n`, ['Anna A'], columns);
    expect(byKey(intake, 'anna-a').identities).toMatchObject(told);
  });

  test.each([
    ['Vorname,Nachname', { first_name: ['Vorname'], last_name: ['Nachname'] }, 'Anna Li'],
    ['Vorname,Surname', { first_name: ['Vorname'] }, 'Anna Li'],
    ['First name,Nachname', { last_name: ['Familie', 'Nachname'] }, 'Anna Li'],
    ['Vorname,x', { first_name: ['Vorname'] }, 'Anna'],
    ['Vorname,Wer', { name: ['Wer'], first_name: ['Vorname'] }, 'Li'],
    ['Wer,x', { name: ['Who', 'Wer'], first_name: ['Vorname'] }, 'Anna'],
    [
      'First name,Nachname',
      { name: ['Wer'], first_name: ['First name'], last_name: ['Nachname'] },
      'Anna Li',
    ],
  ])('a name in the columns %s of %j is %s', async (header, columns, name) => {
    const intake = await withRoster(`${header},id\nAnna,Li,1\n`, ['1.c'], columns);
    expect(intake.candidates.map((one) => one.name)).toEqual([name]);
  });

  test.each([
    ['2026-11-25T10:00:00+03:00', '2026-11-25T07:00:00.000Z'],
    ['2026-11-25 10:00 UTC', '2026-11-25T10:00:00.000Z'],
    ['2026-11-25 10:00:00 -0500', '2026-11-25T15:00:00.000Z'],
    ['', undefined],
    ['2026-11-25 10:00', undefined],
    ['2026-13-25T10:00Z', undefined],
    ['yesterday', undefined],
  ])('the time %s', async (time, submittedAt) => {
    const intake = await withRoster(`name,when\nAnna A,${time}\n`, ['Anna A'], { submitted: ['when'] });
    const anna = byKey(intake, 'anna-a');
    expect(anna.submission?.submittedAt).toBe(submittedAt);
    const said = time !== '' && submittedAt === undefined;
    expect(anna.doubts ?? []).toEqual(said ? ['time-unclear'] : []);
    expect(anna.remarks ?? []).toEqual(said ? [expect.stringContaining(`“${time}” is no time`)] : []);
  });

  test.each([
    ['Last modified (submission)', 'Last modified (grade)', 'Wednesday, 25 November 2026, 10:00 AM'],
    ['Zuletzt geändert (Abgabe)', 'Zuletzt geändert (Bewertung)', 'Mittwoch, 25. November 2026, 10:00'],
    ['Последнее изменение (ответ)', 'Последнее изменение (оценка)', 'среда, 25 ноября 2026, 10:00'],
    ['Muokattu (palautus)', 'Muokattu (arvosana)', 'keskiviikko 25. marraskuuta 2026, 10.00'],
  ])('Moodle’s worksheet knows when: %s', async (title, other, time) => {
    const lines = [
      `Identifier,Full name,Status,${title},${other}`,
      `Participant 77,Anna A,x,"${time}","Montag, 1. Juni 2026, 9:00"`,
      'Participant 78,Boris B,x,-,-',
    ];
    await put({
      'roster.csv': `${lines.join('\n')}\n`,
      'class/Anna A_77_assignsubmission_file_/a.c': '',
      'class/Boris B_78_assignsubmission_file_/a.c': '',
    });
    const roster = { file: at('roster.csv'), timeZone: 'Europe/Berlin' };
    const { candidates } = await read('class', { roster });
    expect(candidates.map(({ submission }) => submission?.submittedAt)).toEqual([
      '2026-11-25T09:00:00.000Z',
      undefined,
    ]);
    expect(candidates.flatMap(({ doubts = [], remarks = [] }) => [...doubts, ...remarks])).toEqual([]);
  });

  test('columns that only look like times are none', async () => {
    const intake = await withRoster('name,Quiz (first),Quiz (second)\nAnna A,10,9\n', ['Anna A']);
    expect(byKey(intake, 'anna-a')).not.toHaveProperty('remarks');
  });

  test('in UTF-16 and in old encodings', async () => {
    await put({
      'roster.csv': Buffer.from('\ufeffФИО\tПочта\nЕлкин Семен\ts@x.ru\n', 'utf16le'),
      'class/s@x.ru/a.c': '',
    });
    const intake = await read('class', { roster: { file: at('roster.csv') } });
    expect(intake.candidates.map(({ name }) => name)).toEqual(['Елкин Семен']);
  });

  test.each([
    ['RosterColumnMissing', 'a,b\n1,2\n', {}, /no column name, email, login or id; its columns are a, b/],
    ['RosterColumnMissing', 'name,b\n1,2\n', { id: ['Код'] }, /no column Код; its columns are name, b/],
    [
      'RosterColumnMissing',
      'name,b\n1,2\n',
      { email: ['Mail', 'E-Mail'] },
      /no column Mail or E-Mail; its columns are name, b/,
    ],
    ['RosterColumnMissing', 'name,b\n1,2\n', { first_name: ['Имя'] }, /no column Имя; its columns/],
    ['RosterColumnMissing', 'Имя,b\n1,2\n', { name: ['ФИО'], first_name: ['Имя'] }, /no column ФИО; its/],
    ['RosterUnreadable', 'name,b\n', {}, /it names nobody/],
    ['RosterUnreadable', 'name,b\n"x,y\n', {}, /a quote that is opened in row 2 is never closed/],
  ])('%s', async (name, text, columns, message) => {
    const reading = withRoster(text, ['anna.c'], columns);
    await expect(reading).rejects.toMatchObject({
      name,
      fault: 'usage',
      message: expect.stringMatching(message),
    });
  });

  test('a roster that is not there', async () => {
    await put({ 'class/a.c': '' });
    const reading = read('class', { roster: { file: at('none.csv') } });
    await expect(reading).rejects.toMatchObject({
      name: 'RosterUnreadable',
      message: expect.stringContaining('it is gone'),
    });
  });
});
