import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCsv } from '../../../grade/out/fill-csv.ts';
import { csvField, gradesCsv } from '../../../grade/out/grades-csv.ts';
import { hostileText } from '../../report/hostile.ts';
import { gradesArbitrary, hostileGrades } from './hostile.ts';
import { gradesFrame, sampleGrades, sampleStudent } from './sample.ts';

const table = (text: string) => openCsv(new TextEncoder().encode(text), 'grades.csv').rows;

describe('grades.csv', () => {
  it('has a row for each student and a column for each criterion', () => {
    const grades = sampleGrades(30);
    const [header = [], ...rows] = table(gradesCsv(grades));
    expect(header).toEqual([
      ...['key', 'name', 'canvas_id', 'email', 'login', 'moodle_id', 'raw', 'penalty', 'final', 'status'],
      ...grades.criteria.map(({ id }) => id),
    ]);
    expect(rows.map((row) => row[0])).toEqual(grades.students.map(({ key }) => key));
    for (const [at, student] of grades.students.entries())
      expect(rows[at]?.slice(10)).toEqual(
        student.criteria.map(({ earned }) => (earned === null ? '' : String(earned))),
      );
  });

  it('begins with the mark of UTF-8 and ends its lines as RFC 4180 does', () => {
    const text = gradesCsv(sampleGrades(2));
    expect(text.startsWith('\ufeffkey,name,')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('leaves blank what is not known, and never writes a zero for it', () => {
    const open = sampleStudent(1, { status: 'review', raw: null, final: null });
    const held = sampleStudent(2, { status: 'error', raw: 5, final: 5 });
    const [header = [], ...rows] = table(gradesCsv({ ...gradesFrame, students: [open, held] }));
    const final = header.indexOf('final');
    expect(rows.map((row) => row[final])).toEqual(['', '']);
  });

  it('tells an identity from a column of its own', () => {
    const student = sampleStudent(1, { identities: { status: 'x', builds: 'y', group: 'z' } });
    const [header] = table(gradesCsv({ ...gradesFrame, students: [student] }));
    expect(header).toContain('identity.status');
    expect(header).toContain('identity.builds');
    expect(header).toContain('group');
    expect(new Set(header).size).toBe(header?.length);
  });

  it('keeps its shape whatever students are called', () => {
    for (const grades of [hostileGrades()]) expectShape(gradesCsv(grades));
    fc.assert(fc.property(gradesArbitrary, (grades) => expectShape(gradesCsv(grades))));
  });
});

function expectShape(text: string): void {
  const [header, ...rows] = table(text);
  for (const row of rows) {
    expect(row).toHaveLength(header?.length ?? 0);
    for (const cell of row) expect(cell).not.toMatch(/^\s*[=@]|^\s*[+-](?![\d.]+$)/);
  }
}

describe('a cell', () => {
  it.each(['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\t=1', ' =1', '＝1', '-', '+1-1'])(
    '%j is no formula',
    (text) => {
      expect(csvField(text)).toMatch(/^"?'/);
    },
  );
  it.each(['-5', '+380501234567', '7.5', 'a=b', 'x@y.z'])('%j stays as it is', (text) => {
    expect(csvField(text)).toBe(text);
  });
  it('is one cell on one line', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const rows = table(`a,b\r\n${csvField(text)},end\r\n`);
        expect(rows).toHaveLength(2);
        expect(rows[1]?.[1]).toBe('end');
      }),
    );
  });
});
