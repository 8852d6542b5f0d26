import { describe, expect, it } from 'vitest';
import { fillCanvas } from '../../../../grade/out/export/canvas.ts';
import { openCsv } from '../../../../grade/out/fill-csv.ts';
import { type Course, importCanvas } from '../importers/canvas.ts';
import { gradesFrame, sampleStudent } from '../sample.ts';

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
    marked(1, 8.5, 'Anna Petrenko', { canvas_id: '101' }),
    marked(2, 7.125, 'Boris "Bo" Müller', { sis_user_id: 'S-202' }),
    marked(3, 10, 'Clara García', { login: 'clara' }),
    marked(4, 4, 'Дарья Иванова', {}),
    marked(5, null, 'Emil Rossi', { canvas_id: '105' }),
    marked(6, 3, 'Fatima Novák', { canvas_id: '106' }),
    marked(9, 5, 'Not There', { canvas_id: '999' }),
  ],
};

const course: Course = {
  custom: ['Notes'],
  assignments: [
    { id: 31, title: 'Warm-up', points: 5 },
    { id: 32, title: 'Kernel threads', points: 10 },
  ],
  students: [
    { id: 101, name: 'Anna Petrenko', sortable: 'Petrenko, Anna', sis: 'S-201', login: 'anna' },
    { id: 102, name: 'Boris "Bo" Müller', sortable: 'Müller, Boris "Bo"', sis: 'S-202', login: 'boris' },
    { id: 103, name: 'Clara García', sortable: 'García, Clara', sis: 'S-203', login: 'clara' },
    { id: 104, name: 'Дарья Иванова', sortable: 'Иванова, Дарья', sis: 'S-204', login: 'daria' },
    { id: 105, name: 'Emil Rossi', sortable: 'Rossi, Emil', sis: 'S-205', login: 'emil' },
    { id: 106, name: 'Fatima Novák', sortable: 'Novák, Fatima', sis: 'S-206', login: 'fatima' },
  ],
};

const rows = [
  'Student,ID,SIS User ID,SIS Login ID,Section,Notes,Warm-up (31),Kernel threads (32),Assignments Current Score,Final Grade',
  ',,,,,,Manual Posting,,,',
  '    Points Possible,,,,,(read only),5.00,10.00,(read only),(read only)',
  '"Petrenko, Anna",101,S-201,anna,K-31,,5.00,,95.0,A',
  '"Müller, Boris ""Bo""",102,S-202,boris,K-31,,,,,',
  '"García, Clara",103,S-203,clara,"K-31, K-32",good,N/A,2.00,,',
  '"Иванова, Дарья",104,S-204,daria,K-31,,4.50,,,',
  '"Rossi, Emil",105,S-205,emil,K-31,,3.00,6.50,,',
  '"Novák, Fatima",106,S-206,fatima,K-31,,1.00,EX,,',
  '"Student, Test",900,,,K-31,,,,,',
  '',
];
const exported = rows.join('\r\n');
const fill = (text: string, of = grades) => fillCanvas(Buffer.from(text), 'export.csv', of);
const reached = (text: string, title = 'Kernel threads') =>
  Object.fromEntries(importCanvas(text, course).grades.get(title) ?? []);

describe('a Canvas export', () => {
  it('is filled by ID, SIS ID, login and name, and imported as that', () => {
    const { csv, filled, notes } = fill(exported);
    expect(filled).toBe(4);
    expect(reached(csv)).toEqual({ 101: '8.5', 102: '7.125', 103: '10', 104: '4', 105: '6.50', 106: 'EX' });
    expect(importCanvas(csv, course).made).toEqual([]);
    expect(notes).toEqual([
      '1 excused or not assigned in Canvas: left alone.',
      '1 without a final mark: left alone.',
      '1 student was graded and is not in export.csv: s0009.',
    ]);
  });

  it('keeps every other byte', () => {
    const { csv } = fill(exported);
    expect(csv.split('\r\n').filter((line, at) => line !== rows[at])).toHaveLength(4);
    expect(csv.split('\r\n')[3]).toBe('"Petrenko, Anna",101,S-201,anna,K-31,,5.00,8.5,95.0,A');
    const marked = `\ufeff${exported.replaceAll('\r\n', '\n')}`;
    expect(fill(marked).csv.startsWith('\ufeffStudent,')).toBe(true);
    expect(fill(marked).csv).not.toContain('\r');
  });

  it('gets a new assignment behind the last one, with its points, where it has none', () => {
    const { csv, notes } = fill(exported, { ...grades, assignment: { title: 'Lab 3', points: 10 } });
    expect(openCsv(Buffer.from(csv), 'x').rows[0]?.slice(5, 10)).toEqual([
      'Notes',
      'Warm-up (31)',
      'Kernel threads (32)',
      'Lab 3',
      'Assignments Current Score',
    ]);
    expect(importCanvas(csv, course).made).toEqual([{ title: 'Lab 3', points: 10 }]);
    expect(reached(csv, 'Lab 3')).toMatchObject({ 101: '8.5', 105: '', 106: '3' });
    expect(reached(csv)).toMatchObject({ 103: '2.00', 105: '6.50', 106: 'EX' });
    expect(notes[0]).toContain('Canvas will make a new one, “Lab 3”');
  });

  it('gets it in its place where there is no assignment yet, with custom columns or none', () => {
    for (const [custom, wanted] of [
      ['', 'Section,Lab 3 [2026],Current Score'],
      ['Notes,', 'Section,Notes,Lab 3 [2026],Current Score'],
    ] as const) {
      const text = `Student,ID,SIS Login ID,Section,${custom}Current Score\n    Points Possible,,,,${custom === '' ? '' : ','}(read only)\n"Petrenko, Anna",101,anna,K-31,${custom === '' ? '' : ','}\n`;
      const { csv } = fill(text, { ...grades, assignment: { title: 'Lab 3 (2026)', points: 10 } });
      expect(csv.split('\n')[0]).toContain(wanted);
      expect(importCanvas(csv, course).made).toEqual([{ title: 'Lab 3 [2026]', points: 10 }]);
      expect(reached(csv, 'Lab 3 [2026]')).toEqual({ 101: '8.5' });
    }
  });

  it('is scaled to the points it has there, and says so', () => {
    const { csv, notes } = fill(exported.replace('5.00,10.00', '5.00,100.00'));
    expect(reached(csv)).toMatchObject({ 101: '85', 102: '71.25' });
    expect(notes).toContain('The assignment is worth 100 in Canvas and 10 here: marks were scaled.');
  });

  it('may have semicolons and decimal commas, names in two columns, and no SIS ids', () => {
    const text =
      'LastName;FirstName;ID;SIS Login ID;Section;Kernel threads (32)\n    Points Possible;;;;;10,00\nPetrenko;Anna;101;anna;K-31;\nИванова;Дарья;104;x;K-31;\n';
    const { csv } = fill(text);
    expect(csv.split('\n')[2]).toBe('Petrenko;Anna;101;anna;K-31;8,5');
    expect(reached(csv)).toEqual({ 101: '8.5', 104: '4' });
  });

  it('gives nobody the mark of another of the same name', () => {
    const twice = {
      ...grades,
      students: [marked(1, 8, 'Anna Petrenko', {}), marked(2, 2, 'Anna Petrenko', {})],
    };
    expect(fill(exported, twice).filled).toBe(0);
    const twoRows = exported.replace('"Rossi, Emil",105', '"Petrenko, Anna",105');
    expect(fill(twoRows, { ...grades, students: [marked(1, 8, 'Anna Petrenko', {})] }).filled).toBe(0);
    const known = { ...grades, students: [marked(1, 8, 'Anna Petrenko', { canvas_id: '777' })] };
    expect(fill(exported, known).filled).toBe(0);
  });

  it('asks where two columns could be meant, and takes the one that is named in full', () => {
    const two = exported.replace('Warm-up (31)', 'Kernel threads (31)');
    expect(() => fill(two)).toThrow(expect.objectContaining({ name: 'CanvasColumnAmbiguous' }));
    const named = { ...grades, assignment: { title: 'Kernel threads (31)', points: 5 } };
    expect(fill(two, named).csv.split('\r\n')[3]).toContain('K-31,,5,,95.0');
  });
});

it.each([['a,b\n1,2\n'], [''], ['Student,ID\nx,1\n'], ['Identifier,Full name,Section\n']])(
  '%j is refused',
  (text) => {
    expect(() => fill(text)).toThrow(expect.objectContaining({ name: 'CanvasExportUnknown' }));
  },
);
