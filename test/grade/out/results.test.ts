import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradesSchema } from '../../../grade/document.ts';
import { gradesBytes, ordered, parseGrades } from '../../../grade/out/results.ts';
import { gradesArbitrary, hostileGrades } from './hostile.ts';
import { gradesFrame, sampleGrades, sampleStudent } from './sample.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('results.json', () => {
  it('is read again as it was written', () => {
    for (const grades of [sampleGrades(20), hostileGrades()])
      expect(parseGrades(JSON.parse(text(gradesBytes(grades))), 'results.json')).toEqual(ordered(grades));
    fc.assert(
      fc.property(gradesArbitrary, (grades) => {
        const again = parseGrades(JSON.parse(text(gradesBytes(grades))), 'results.json');
        expect(text(gradesBytes(again))).toBe(text(gradesBytes(grades)));
      }),
    );
  });

  it('has the same bytes whatever order names came in', () => {
    const one = sampleStudent(1);
    const turned = { ...one, identities: Object.fromEntries(Object.entries(one.identities).reverse()) };
    expect(Object.keys(turned.identities)).not.toEqual(Object.keys(one.identities));
    expect(text(gradesBytes({ ...gradesFrame, students: [turned] }))).toBe(
      text(gradesBytes({ ...gradesFrame, students: [one] })),
    );
  });

  it('keeps a parameter that is called like something every object has', () => {
    const parameters = Object.fromEntries([
      ['constructor', '1'],
      ['toString', '2'],
    ]);
    const student = sampleStudent(1);
    const [first] = student.criteria;
    if (first === undefined) throw new Error('no criterion');
    const criteria = [
      {
        ...first,
        details: [{ visibility: 'visible' as const, status: 'pass' as const, what: 'x', parameters }],
      },
    ];
    const written = text(gradesBytes({ ...gradesFrame, students: [{ ...student, criteria }] }));
    expect(written).toContain('"constructor": "1"');
    expect(written).toContain('"toString": "2"');
  });
});

describe('a file that is none', () => {
  it.each([
    [null, 'the document'],
    [[], 'the document'],
    [{}, 'schema'],
    [{ ...gradesFrame, students: [{ ...sampleStudent(1), key: '../x' }] }, 'students.0.key'],
    [{ ...gradesFrame, students: [{ ...sampleStudent(1), raw: -1 }] }, 'students.0.raw'],
  ])('is refused with the place: %#', (json, path) => {
    expect(() => parseGrades(json, 'results.json')).toThrow(
      expect.objectContaining({ name: 'GradesInvalid', params: expect.objectContaining({ path }) }),
    );
  });

  it('of a newer lab3 is told apart', () => {
    expect(() => parseGrades({ schema: 'lab3.grades/2' }, 'results.json')).toThrow(
      expect.objectContaining({ name: 'GradesTooNew' }),
    );
  });

  it('never makes it fail in another way', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        try {
          expect(gradesSchema.safeParse(parseGrades(json, 'x')).success).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ fault: 'usage' });
        }
      }),
    );
  });
});
