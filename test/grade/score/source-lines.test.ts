import { expect, test } from 'vitest';
import type { GradeDetail } from '../../../grade/document.ts';
import { withSourceLines } from '../../../grade/score/source-lines.ts';

const files = new Map(
  Object.entries({
    'src/lab.c': 'int x;\n\tx = x + 1;\n',
    'a/util.c': 'a',
    'b/util.c': 'b',
    'long.c': `${'y'.repeat(300)}\n`,
  }).map(([name, text]) => [name, Buffer.from(text)]),
);
const detail: GradeDetail = { visibility: 'visible', status: 'fail', what: 'A race.' };
const textOf = (file: string, line: number) =>
  withSourceLines([{ ...detail, places: [{ file, line }] }], files)[0]?.places?.[0]?.text;

test.each([
  ['as it is called', 'src/lab.c', 2, 'x = x + 1;'],
  ['by its name alone', 'lab.c', 1, 'int x;'],
  ['not where two have that name', 'util.c', 1, undefined],
  ['not past the end', 'src/lab.c', 9, undefined],
  ['not where it is empty', 'src/lab.c', 3, undefined],
  ['not of a file of the kernel’s', 'include/linux/kthread.h', 1, undefined],
  ['cut', 'long.c', 1, `${'y'.repeat(200)}…`],
])('a line is shown: %s', (_, file, line, text) => {
  expect(textOf(file, line)).toBe(text);
});

test('what names no place stays as it is', () => {
  expect(withSourceLines([detail], files)).toEqual([detail]);
});
