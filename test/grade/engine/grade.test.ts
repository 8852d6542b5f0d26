/** Steps that an earlier process finished, put together: no builder and no machine is asked. */
import { expect, test } from 'vitest';
import { gradeSubmission } from '../../../grade/engine/grade.ts';
import { defaultSettings } from '../../../grade/engine/request.ts';
import { makeContext } from '../../provision/context.ts';
import { stock } from '../../provision/kernel/stored-kernel.ts';
import { module, run } from '../score/sample.ts';

const one = { id: 'public', hidden: false, nThreads: 7, increment: 3, nTimes: 1000, vcpus: 2 };
const { build } = module();
const parameters = {
  params: { lock: 'use_lock' },
  ambiguous: [],
  lockValues: { unlocked: '0', locked: '1' },
};

test('a module that only the stock kernel compiles is no failure of this computer', async () => {
  const refused = { ...build, status: 'compile-error', what: 'lab.ko does not compile against Linux 6.12.' };
  const evidence = await gradeSubmission(await makeContext(), {
    files: new Map([['lab.c', Buffer.from('int x;')]]),
    settings: { ...defaultSettings, cases: [one], early: [], reloadCycles: 0, style: false },
    stock,
    checked: stock,
    builder: 'auto',
    startGuest: () => Promise.reject(new TypeError('no machine is needed')),
    done: new Map<string, unknown>([
      ['build:lab', { build, licence: 'GPL', symbols: [], parameters }],
      ['run:public:unlocked', [run({ role: 'unlocked' })]],
      ['run:public:locked', [run()]],
      ['check:lab', { build: refused }],
    ]),
    tool: 'lab3',
  });
  expect(evidence).toMatchObject({ runs: [{}, {}], checks: {}, unchecked: { lab: refused }, errors: [] });
});
