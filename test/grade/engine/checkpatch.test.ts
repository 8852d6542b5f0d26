import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCheckpatch } from '../../../grade/engine/checkpatch.ts';

const known = new Map([
  ['file-1.c', 'src/lab.c'],
  ['file-2.h', 'src/lab.h'],
]);

test('what checkpatch.pl prints is summed up, the worst first, under the student’s names', () => {
  const lines = [
    'file-1.c:12: WARNING:LINE_SPACING: Missing a blank line after declarations',
    'file-1.c:30: ERROR:SPACING: space required before the open parenthesis',
    'total: 1 errors, 1 warnings, 0 checks, 80 lines checked',
    'file-2.h:1: CHECK:BRACES: braces {} should be used',
    'total: 0 errors, 0 warnings, 1 checks, 9 lines checked',
    'other.c:1: ERROR:SPACING: a file that nobody gave it',
  ];
  expect(readCheckpatch(lines, known)).toEqual({
    errors: 1,
    warnings: 1,
    checks: 1,
    lines: 89,
    worst: [
      {
        file: 'src/lab.c',
        line: 30,
        severity: 'error',
        what: 'space required before the open parenthesis (SPACING)',
      },
      {
        file: 'src/lab.c',
        line: 12,
        severity: 'warning',
        what: 'Missing a blank line after declarations (LINE_SPACING)',
      },
      { file: 'src/lab.h', line: 1, severity: 'check', what: 'braces {} should be used (BRACES)' },
    ],
  });
});

test('a program that did not come to its end judged nothing', () => {
  expect(readCheckpatch(['Can’t locate POSIX.pm in @INC'], known)).toBeUndefined();
});

test('any text is read', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (lines) => {
      readCheckpatch(lines, known);
    }),
  );
});
