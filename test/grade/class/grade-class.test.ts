/** Submissions that no machine is needed for, and one that this computer has no builder for. */
import { describe, expect, it } from 'vitest';
import { type ClassRequest, gradeClass } from '../../../grade/class/grade-class.ts';
import type { Candidate } from '../../../grade/intake/submission.ts';
import { makeContext, temporaryFolder } from '../../provision/context.ts';
import { stock } from '../../provision/kernel/stored-kernel.ts';
import { candidate, hash, rubric } from '../score/sample.ts';

/** The sandbox needs Linux: whatever is to be compiled fails by this computer. */
const noBuilder = { platform: 'darwin' } as const;
const submission = candidate.submission ?? expect.fail('handed in');
const student = (key: string, changes: Partial<Candidate> = {}): Candidate => ({
  ...candidate,
  key,
  name: key,
  ...changes,
});
/** Graded without a machine: a zero. */
const refused = (key: string) => student(key, { submission: { ...submission, refused: 'It is damaged.' } });
const { submission: _, ...absent } = student('nobody');

async function classOf(candidates: readonly Candidate[]): Promise<ClassRequest> {
  return {
    rubric,
    rubricText: '',
    seed: { text: 'seed', sha256: hash },
    decisions: new Map(),
    candidates,
    folder: await temporaryFolder(),
    fresh: false,
    jobs: 2,
    stock,
    checked: stock,
    builder: 'sandbox',
    mirror: undefined,
    startGuest: () => Promise.reject(new Error('no machine is wanted')),
    tool: 'lab3',
  };
}

describe('the board of a class', () => {
  it('counts what has failed so far', async () => {
    const context = await makeContext(noBuilder);
    await gradeClass(context, await classOf([refused('anna'), student('boris'), absent, refused('clara')]));
    const said = context.events.flatMap((event) => (event.type === 'step.progress' ? [event.failed] : []));
    expect(said).toEqual([undefined, '1 with failures', '2 with failures', '2 with failures, 1 error']);
  });
});

describe('a class of which one student is graded again', () => {
  const all = [refused('anna'), student('boris'), absent, refused('clara')];
  const only = new Set(['anna', 'nobody']);

  it('has everybody as they were, errors of this computer too', async () => {
    const context = await makeContext(noBuilder);
    const request = await classOf(all);
    const whole = await gradeClass(context, request);
    expect(whole.students.map(({ key, status }) => [key, status])).toEqual([
      ['anna', 'graded'],
      ['boris', 'error'],
      ['clara', 'graded'],
      ['nobody', 'not_submitted'],
    ]);
    const again = await gradeClass(context, { ...request, only, fresh: true });
    expect(again).toEqual(whole);
    expect(again.leftOut.size).toBe(0);
    const counted = context.events.findLast((event) => event.type === 'step.progress');
    expect(counted).toMatchObject({ done: 1, total: 1 });
  });

  it('has everybody by another rubric too, and says of whom it knows nothing', async () => {
    const context = await makeContext(noBuilder);
    const request = await classOf(all);
    await gradeClass(context, request);
    const { students, leftOut } = await gradeClass(context, { ...request, rubricText: '# another', only });
    expect(students.map(({ key, status }) => [key, status])).toEqual([
      ['anna', 'graded'],
      ['boris', 'error'],
      // Nothing of it was taken: that takes no machine.
      ['clara', 'graded'],
      ['nobody', 'not_submitted'],
    ]);
    expect([...leftOut]).toEqual(['boris']);
    const boris = students.find(({ key }) => key === 'boris');
    expect(boris).toMatchObject({ raw: null, final: null, provisional: 0 });
    expect(boris?.reviews).toEqual([expect.stringContaining('not graded')]);
    for (const { status, earned } of boris?.criteria ?? []) expect([status, earned]).toEqual(['error', null]);
  });
});

describe('a bug of ours at one submission', () => {
  it('costs that one its mark, and nobody else', async () => {
    const context = await makeContext(noBuilder);
    const files = new Map([...submission.files, ['lab.c', Buffer.from('int x;')]]);
    // Whoever reads a file fails in a way that nobody foresaw.
    files.get = () => {
      throw new TypeError('no such thing');
    };
    files[Symbol.iterator] = files.entries = () => files.get('') as never;
    const broken = student('boris', { submission: { ...submission, files } });
    const { students, bugs } = await gradeClass(context, await classOf([refused('anna'), broken, absent]));
    expect(students).toMatchObject([
      { key: 'anna', status: 'graded' },
      {
        key: 'boris',
        status: 'error',
        final: null,
        reviews: [expect.stringContaining('a bug in lab3')],
      },
      { key: 'nobody', status: 'not_submitted' },
    ]);
    expect(bugs[0]?.message).toBe('no such thing');
  });
});
