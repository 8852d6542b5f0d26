import { expect, test } from 'vitest';
import { readFlags, usage } from '../../bench/flags.ts';

test('without flags it is the short run', () => {
  expect(readFlags([])).toEqual({
    json: false,
    rounds: 5,
    cache: undefined,
    check: false,
    grade: [],
    vagrant: undefined,
    vagrantRounds: 2,
    architectures: false,
  });
});

test('every flag is read, and the help names it', () => {
  const given = [
    '--json',
    '--rounds',
    '7',
    '--cache',
    'c',
    '--check',
    '--grade',
    '10,40',
    '--vagrant',
    'b',
    '--vagrant-rounds',
    '1',
    '--architectures',
  ];
  expect(readFlags(given)).toEqual({
    json: true,
    rounds: 7,
    cache: 'c',
    check: true,
    grade: [10, 40],
    vagrant: 'b',
    vagrantRounds: 1,
    architectures: true,
  });
  for (const flag of given.filter((word) => word.startsWith('--'))) expect(usage).toContain(flag);
});

test('help is help, whatever stands beside it', () => {
  expect(readFlags(['--json', '--help'])).toBe('help');
});

test.each([
  [['--rounds', '0'], '--rounds is 0'],
  [['--rounds', '1e3'], '--rounds is 1e3'],
  [['--vagrant-rounds', '-1'], '--vagrant-rounds'],
  [['--grade', '10,x'], '--grade is x'],
  [['--cash', 'c'], '--cash'],
  [['box'], 'box'],
])('%j is refused with the word that is wrong', (given, word) => {
  expect(readFlags(given)).toEqual({ problem: expect.stringContaining(word) });
});
