import { expect, test } from 'vitest';
import { guarded, isBug } from '../../../grade/class/bug.ts';
import { score } from '../../../grade/score/score.ts';
import { labError } from '../../../lab/errors.ts';
import { candidate, evidence, rubric } from '../score/sample.ts';

const thrownBy = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

test.each([
  ['a member of nothing', thrownBy(() => (undefined as never as string).length), true],
  ['a read past the end', thrownBy(() => Buffer.alloc(1).readUInt32LE(0)), true],
  ['a plain error', new Error('cannot be'), true],
  ['the catalogue', labError('Interrupted', undefined), false],
  ['a full disk', Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }), false],
  ['the network', new TypeError('fetch failed', { cause: new Error('ECONNRESET') }), false],
  ['a stream that ended', Object.assign(new Error('x'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }), false],
  ['no error', 'text', false],
])('is it a bug of ours: %s', (_, error, is) => {
  expect(isBug(error)).toBe(is);
});

test('a bug in scoring leaves everything open, what takes no machine too', () => {
  const [first] = rubric.criteria;
  if (first === undefined) throw new Error('there are some');
  const criteria = [first, { ...first, id: 'report', check: 'report' as const }];
  const { result, bug } = guarded(evidence(), (known) => {
    if (known?.unknown === undefined) throw new TypeError('no such thing');
    return score({ ...rubric, criteria }, candidate, known);
  });
  expect(bug?.message).toBe('no such thing');
  expect(result).toMatchObject({
    status: 'error',
    final: null,
    criteria: [{ status: 'error' }, { id: 'report', status: 'error' }],
  });
});
