import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCsv } from '../../../grade/csv.ts';
import { doubts } from '../../../grade/names.ts';
import { readDecisions } from '../../../grade/score/decisions.ts';
import { LabError } from '../../../lab/errors.ts';
import { rubric } from './sample.ts';

const students = new Set(['ada', 'grace']);
const read = (text: string) => readDecisions(readCsv(text), 'decisions.csv', rubric, students);

function mistakes(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof LabError && error.name === 'DecisionsInvalid') return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('decisions', () => {
  test('by student and criterion, columns in any order', () => {
    const decisions = read(
      'Comment;Points;Criterion;Student\n"Good; really";7,5;builds;ada\n;0;total;ada\n;;;\n;10;builds;grace\n',
    );
    expect(decisions.get('ada')).toEqual(
      new Map([
        ['builds', { points: 7.5, comment: 'Good; really' }],
        ['total', { points: 0 }],
      ]),
    );
    expect(decisions.get('grace')?.get('builds')).toEqual({ points: 10 });
    expect(read('student,criterion,points\n').size).toBe(0);
  });

  test('that a person has looked at whose it is', () => {
    const decisions = read('student,criterion,points,comment\nada,identity-unclear,,By mail\n');
    expect(decisions.get('ada')?.get('identity-unclear')).toEqual({ points: 0, comment: 'By mail' });
    expect(mistakes('student,criterion,points\nada,identity-unclear,5\n')).toEqual([
      'decisions.csv:2:3: points is 5; allowed: nothing: the row says that a person has looked',
    ]);
  });

  test.each([
    [
      'student,criterion\n',
      [
        'decisions.csv:1:1: there is no column points; allowed: a header with student, criterion, points, comment',
      ],
    ],
    ['student,points,criterion,points\n', ['decisions.csv:1:4: there are two columns points']],
    [
      'student,criterion,points\nadda,build,11\nada,builds,11\nada,builds,x\nada,builds,\n',
      [
        'decisions.csv:2:1: student is adda; allowed: the key of a student of this class; did you mean ada?',
        `decisions.csv:2:2: criterion is build; allowed: one of ${[...rubric.criteria.map(({ id }) => id), ...doubts].join(' ')}; did you mean builds?`,
        'decisions.csv:3:3: points is 11; allowed: a number from 0 to 10 with at most three digits after the point',
        'decisions.csv:4:3: points is x; allowed: a number from 0 to 10 with at most three digits after the point',
        'decisions.csv:5:3: points is empty; allowed: a number from 0 to 10 with at most three digits after the point',
      ],
    ],
    [
      'student,criterion,points\nada,builds,1\nada,builds,2\n',
      ['decisions.csv:3:2: builds of ada is decided twice'],
    ],
  ])('%j', (text, expected) => {
    expect(mistakes(text)).toEqual(expected);
  });

  test('any table is read or refused with a place', () => {
    const cell = fc.oneof(
      fc.constantFrom('ada', 'builds', '5', 'student', 'criterion', 'points', ''),
      fc.string(),
    );
    const rows = fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(['student', 'criterion', 'points']), fc.array(cell, { maxLength: 4 })),
        rows,
        (header, body) => {
          try {
            for (const own of readDecisions({ header, rows: body }, 'd.csv', rubric, students).values())
              for (const { points } of own.values()) expect(points).toBeGreaterThanOrEqual(0);
          } catch (error) {
            expect(error).toMatchObject({ name: 'DecisionsInvalid' });
            for (const line of (error as Error).message.split('\n'))
              expect(line).toMatch(/^(?:d\.csv:[1-9]\d*:[1-9]\d*: \S|and \d)/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
