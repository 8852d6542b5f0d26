import { describe, expect, it } from 'vitest';
import { describeOption, readOption } from '../../lab/options.ts';

describe('a list of numbers', () => {
  const read = (typed: string) => readOption(describeOption('sweep.n_threads'), typed);

  it.each([
    ['1,2,4', [1, 2, 4]],
    ['1 .. 4', [1, 2, 3, 4]],
    // As PowerShell hands on 1,2,4 and 1..4,8.
    ['1 2 4', [1, 2, 4]],
    ['1..4 8', [1, 2, 3, 4, 8]],
  ])('%j is %j', (typed, numbers) => {
    expect(read(typed)).toEqual({ accepted: numbers });
  });

  it('is not made of one number with blanks between its thousands', () => {
    expect(read('1 024')).toMatchObject({ problem: expect.stringContaining('1 024') });
  });
});
