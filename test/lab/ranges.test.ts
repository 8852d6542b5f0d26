import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mostValues, readIntegers } from '../../lab/ranges.ts';

const bounds = { min: 1, max: 1_000_000_000 };
const read = (...items: string[]) => readIntegers(items, bounds);

describe('a list of numbers', () => {
  test.each([
    [
      ['1', '2', '4'],
      [1, 2, 4],
    ],
    [
      ['4', '1', '4'],
      [1, 4],
    ],
    [['1..4'], [1, 2, 3, 4]],
    [['10..100 +30'], [10, 40, 70, 100]],
    [['10..99+30'], [10, 40, 70]],
    [['1e3..1e6 x10'], [1000, 10_000, 100_000, 1_000_000]],
    [['1..64*4'], [1, 4, 16, 64]],
    [
      ['1', '2..8 x2', '500_000'],
      [1, 2, 4, 8, 500_000],
    ],
    [['7..7'], [7]],
  ])('%j', (items, accepted) => {
    expect(read(...items)).toEqual({ accepted });
  });

  test.each([
    [['ten'], 'which is no number and no range'],
    [['1..'], 'which is no number and no range'],
    [['1..2..3'], 'which is no number and no range'],
    [['1...8'], 'which is no number and no range'],
    [['2.5'], 'which is no number and no range'],
    [['1..8 -1'], 'which is no number and no range'],
    [['0'], 'which is outside of 1 to 1000000000'],
    [['1e12'], 'which is outside of 1 to 1000000000'],
    [['8..1'], 'which goes down: write 1..8'],
    [['1..8 +0'], 'which never gets to its end'],
    [['1..8 x1'], 'which never gets to its end'],
    [['0..8 x2'], 'which never gets to its end'],
    [['1..65'], `which makes more than ${mostValues} values`],
    [['1..1e9'], `which makes more than ${mostValues} values`],
    [['1..40', '41..80'], `which makes more than ${mostValues} values`],
  ])('%j is refused', (items, problem) => {
    expect(read(...items)).toMatchObject({ problem });
  });

  test('whatever is typed: numbers within the bounds in order, or words', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[\d.x+* e_-]{0,12}$/),
      fc.integer({ min: -5, max: 2_000_000_000 }).map(String),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (items) => {
        const answer = readIntegers(items, bounds);
        if (!('accepted' in answer)) return typeof answer.problem === 'string';
        const { accepted } = answer;
        return (
          accepted.length <= mostValues &&
          accepted.every(
            (value, at) => Number.isInteger(value) && value >= 1 && value > (accepted[at - 1] ?? 0),
          )
        );
      }),
    );
  });
});
