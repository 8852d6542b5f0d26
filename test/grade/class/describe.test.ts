import { expect, test } from 'vitest';
import { describeClass } from '../../../grade/class/describe.ts';
import { gradesSchema } from '../../../grade/document.ts';
import { score } from '../../../grade/score/score.ts';
import type { Kernel } from '../../../provision/kernel/kernel.ts';
import { candidate, evidence, hash, rubricWith } from '../score/sample.ts';

test('times that nobody knows are said of those who are graded', () => {
  const rubric = rubricWith('assignment: {due: 2027-03-28T12:00}\n');
  const other = { ...candidate, key: 'bob' };
  const { grades } = describeClass({
    rubric,
    rubricSha256: hash,
    seed: { text: 'x', sha256: hash },
    stock: { release: '6.12', version: '6.12-1' } as Kernel,
    checked: undefined,
    tool: 'lab3',
    students: [score(rubric, candidate, evidence())],
    intake: { candidates: [candidate, other], unmatched: [] },
    template: new Map(),
  });
  expect(gradesSchema.parse(grades).remarks).toEqual([expect.stringContaining('of 1 of 1 submissions')]);
});
