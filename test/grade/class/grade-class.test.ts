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
