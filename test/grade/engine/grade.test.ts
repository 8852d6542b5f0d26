/** Steps that an earlier process finished, put together: no builder and no machine is asked. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../../grade/engine/evidence.ts';
import { gradeSubmission } from '../../../grade/engine/grade.ts';
import { defaultSettings } from '../../../grade/engine/request.ts';
import { hasStayed } from '../../../grade/engine/trials.ts';
import { labError } from '../../../lab/errors.ts';
import { makeContext } from '../../provision/context.ts';
import { stock } from '../../provision/kernel/stored-kernel.ts';
import { check, checkRun, finding, module, run } from '../score/sample.ts';

const one = { id: 'public', hidden: false, nThreads: 7, increment: 3, nTimes: 1000, vcpus: 2 };
const { build } = module();
const parameters = {
  params: { lock: 'use_lock' },
  ambiguous: [],
  lockValues: { unlocked: '0', locked: '1' },
};

/** Steps that are not among the finished ones need a machine or a compiler, which nobody has here: errors of this computer. */
async function gradeFrom(
  done: Readonly<Record<string, unknown>>,
  early: 'locked'[] = [],
  cases = [one],
  file = 'lab.c',
): Promise<Evidence> {
  const unwanted: string[] = [];
  const evidence = await gradeSubmission(await makeContext(), {
    files: new Map([[file, Buffer.from('int x;')]]),
    documents: ['report.pdf', 'data.xlsx'],
    settings: { ...defaultSettings, cases, early, reloadCycles: 0, style: false },
    stock,
    checked: stock,
    builder: 'auto',
    startGuest: () =>
      Promise.reject(
        labError('GuestDied', {
          awaited: 'nothing',
          how: 'not wanted',
          console: { text: '', droppedBytes: 0 },
        }),
      ),
    done: new Map<string, unknown>([
      ['build:lab', { build, licence: 'GPL', symbols: [], parameters }],
      ...Object.entries(done),
    ]),
    onStep: (name) => void unwanted.push(name),
    tool: 'lab3',
  });
  expect(unwanted).toEqual([]);
  return evidence;
}

test('a module that only the stock kernel compiles is no failure of this computer', async () => {
  const refused = { ...build, status: 'compile-error', what: 'lab.ko does not compile against Linux 6.12.' };
  const evidence = await gradeFrom({
    'run:public:unlocked': [run({ role: 'unlocked' })],
    'run:public:locked': [run()],
    'check:lab': { build: refused },
  });
  expect(evidence).toMatchObject({ runs: [{}, {}], checks: {}, unchecked: { lab: refused }, errors: [] });
  expect(evidence.report).toEqual(['report.pdf']);
});

test('a module may be called as every object’s members are', async () => {
  const name = 'constructor';
  const refused = { ...build, status: 'compile-error', what: 'It does not compile against Linux 6.12.' };
  const done = {
    'build:constructor': { build, licence: 'GPL', symbols: [], parameters },
    'run:public:unlocked': [run({ module: name, role: 'unlocked' })],
    'run:public:locked': [run({ module: name })],
    'run:drawn-1:locked': [run({ module: name, case: 'drawn-1' })],
    'run:drawn-1:unlocked': [run({ module: name, case: 'drawn-1', role: 'unlocked', final: '3' })],
    'check:constructor': { build: refused },
    'early:locked': [run({ module: name, shape: 'early' })],
  };
  const cases = [one, { ...one, id: 'drawn-1', hidden: true }];
  const evidence = await gradeFrom(done, ['locked'], cases, 'constructor.c');
  expect(evidence.errors).toEqual([]);
  expect(Object.entries(evidence.unchecked ?? {})).toEqual([[name, refused]]);
  expect(Object.keys(evidence.checks)).toEqual([]);
});

describe('unloading early on the stock kernel', () => {
  const early = checkRun({ number: 2, shape: 'early', threadsAtUnload: 4 });
  const steps = (document: object) => ({
    'run:public:unlocked': [run({ role: 'unlocked' })],
    'run:public:locked': [run()],
    'check:lab': { document },
    'early:locked': [run({ shape: 'early' })],
  });
  const shapes = async (document: object) =>
    (await gradeFrom(steps(document), ['locked'])).runs.map(({ shape }) => shape);

  test('is left out where the checked kernel saw it go well', async () => {
    expect(await shapes(check({ runs: [checkRun(), early], findings: [] }))).toEqual(['whole', 'whole']);
    const elsewhere = finding('leak', { runs: [1] });
    expect(await shapes(check({ runs: [checkRun(), early], findings: [elsewhere] }))).toEqual([
      'whole',
      'whole',
    ]);
  });

  test.each([
    ['nothing was checked', check({ runs: [] })],
    ['its threads had ended', check({ runs: [{ ...early, threadsAtUnload: 0 }] })],
    ['nobody counted its threads', check({ runs: [checkRun({ shape: 'early' })] })],
    ['it was not unloaded', check({ runs: [{ ...early, reached: 'stuck' }] })],
    ['a fault was found then', check({ runs: [early], findings: [finding('oops', { runs: [2] })] })],
  ])('is asked for where %s', async (_, document) => {
    expect(await shapes(document)).toEqual(['whole', 'whole', 'early']);
  });
});

test('a machine that was stuck on all of its processors is not followed by another of the same kind', async () => {
  const stuck = {
    reached: 'machine-lost',
    findings: [{ kind: 'soft-lockup', severity: 'error', message: 'stuck' }],
  } as const;
  const { runs, untried } = await gradeFrom(
    {
      'run:public:unlocked': [run({ role: 'unlocked' })],
      'run:public:locked': [run(stuck)],
      'check:lab': { document: check({ runs: [] }) },
    },
    ['locked'],
  );
  expect(runs).toHaveLength(2);
  expect(untried).toMatchObject([
    { shape: 'early', role: 'locked', why: expect.stringContaining('as it would again') },
  ]);
});

test('a module that took a machine in each role is not given more', async () => {
  const two = { ...one, id: 'drawn-1', hidden: true };
  const { runs, untried } = await gradeFrom(
    {
      'run:public:unlocked': [run({ role: 'unlocked', reached: 'machine-lost' })],
      'run:public:locked': [run({ reached: 'stuck' })],
      'check:lab': { document: check({ runs: [] }) },
    },
    [],
    [one, two],
  );
  expect(runs).toHaveLength(2);
  expect(untried).toMatchObject([
    { case: 'drawn-1', role: 'locked' },
    { case: 'drawn-1', role: 'unlocked' },
  ]);
});

test('one role’s hang is not held against the other', async () => {
  const two = { ...one, id: 'drawn-1', hidden: true };
  const { runs, untried } = await gradeFrom(
    {
      'run:public:unlocked': [run({ role: 'unlocked' })],
      'run:public:locked': [run({ reached: 'stuck' })],
      'run:drawn-1:locked': [run({ case: 'drawn-1', reached: 'stuck' })],
      'check:lab': { document: check({ runs: [] }) },
    },
    [],
    [one, two],
  );
  expect(runs.map(({ role }) => role)).toEqual(['unlocked', 'locked', 'locked']);
  expect(untried).toBeUndefined();
});

describe('a lock that nobody vouches for is tried with more steps', () => {
  const harder = run({ nTimes: 16_000, final: '1' });
  const steps = (document: object, locked = run()) => ({
    'run:public:unlocked': [run({ role: 'unlocked' })],
    'run:public:locked': [locked],
    'check:lab': { document },
    'harder:locked': [harder],
  });
  const race = check({ runs: [], findings: [finding('data-race')] });
  const total = async (done: object) => (await gradeFrom({ ...done })).runs.map(({ nTimes }) => nTimes);

  test('where the checked kernel saw a race under it', async () => {
    expect(await total(steps(race))).toEqual([1000, 1000, 16_000]);
  });

  test('and not where it saw none, nor where updates were lost already', async () => {
    expect(await total(steps(check({ runs: [], findings: [finding('leak')] })))).toEqual([1000, 1000]);
    const free = check({ runs: [], findings: [finding('data-race', { severity: 'note' })] });
    expect(await total(steps(free))).toEqual([1000, 1000]);
    expect(await total(steps(race, run({ final: '3' })))).toEqual([1000, 1000]);
  });
});

describe('a total that was right without the lock, by luck', () => {
  const two = { ...one, id: 'drawn-1', hidden: true };
  const lucky = run({ role: 'unlocked', nTimes: 64_000, final: '1344000', threadsAtOnce: 4 });
  const cases = async (document: object, first = lucky) => {
    const done = {
      'run:public:unlocked': [first],
      'run:public:locked': [run()],
      'run:drawn-1:locked': [run({ case: 'drawn-1' })],
      'check:lab': { document },
      'run:drawn-1:unlocked': [run({ case: 'drawn-1', role: 'unlocked' })],
    };
    const { runs } = await gradeFrom(done, [], [one, two]);
    return runs.filter(({ role }) => role === 'unlocked').map((run) => run.case);
  };
  const [free, locked] = [checkRun({ locked: false }), checkRun({ number: 2 })];
  const remark = (kind: 'loop-folded' | 'never-overlapped' | 'one-vcpu', runs = [1]) =>
    finding(kind, { severity: 'warning', runs });

  test.each([
    ['nothing is known', check({ runs: [] })],
    [
      'the race that was seen may be the lock’s',
      check({ runs: [free, locked], findings: [finding('data-race')] }),
    ],
    ['what is remarked says nothing of it', check({ runs: [free], remarks: [remark('one-vcpu')] })],
    [
      'only a lock kept its threads in a row',
      check({ runs: [free, locked], remarks: [remark('never-overlapped', [2])] }),
    ],
  ])('is tried in further cases where %s', async (_, document) => {
    expect(await cases(document)).toEqual(['public', 'drawn-1']);
  });

  test.each([
    ['the checked kernel saw the race', check({ runs: [free], findings: [finding('data-race')] })],
    [
      'it saw it without the lock alone',
      check({ runs: [free, locked], findings: [finding('data-race', { severity: 'note' })] }),
    ],
    ['the loop is none', check({ runs: [free], remarks: [remark('loop-folded')] })],
  ])('is left at that where %s', async (_, document) => {
    expect(await cases(document)).toEqual(['public']);
  });

  test('and where its threads never lived together, or the race has shown', async () => {
    const nothing = check({ runs: [] });
    expect(await cases(nothing, { ...lucky, threadsAtOnce: 1 })).toEqual(['public']);
    expect(await cases(nothing, { ...lucky, final: '5' })).toEqual(['public']);
  });
});

test('threads stay where they were there at the end of a run that nobody cut short', () => {
  const stayed = run({ threadsAtUnload: 3 });
  expect(hasStayed([run({ threadsAtUnload: 0 }), stayed], 'lab')).toBe(true);
  expect(hasStayed([stayed], 'other')).toBe(false);
  for (const over of [
    { threadsAtUnload: 0 },
    { shape: 'early' },
    { reached: 'stuck' },
    { findings: [{ kind: 'time-limit', severity: 'error', message: 'late' }] },
  ] as const)
    expect(hasStayed([{ ...stayed, ...over }], 'lab')).toBe(false);
});

test('between the modules of a submission the machines of others are heard', async () => {
  const names = Array.from({ length: 12 }, (_, at) => `m${at}`);
  let turns = 0;
  let over = false;
  const others = (async () => {
    for (; !over; turns += 1) await setImmediate();
  })();
  const { modules } = await gradeSubmission(await makeContext(), {
    files: new Map(names.map((name) => [`${name}.c`, Buffer.from('int x;')])),
    documents: [],
    settings: { ...defaultSettings, cases: [], early: [], reloadCycles: 0, check: false, style: false },
    stock,
    builder: 'auto',
    startGuest: () => Promise.reject(new Error('no machine is wanted')),
    done: new Map(names.map((name) => [`build:${name}`, { build, licence: 'GPL', symbols: [], parameters }])),
    tool: 'lab3',
  });
  over = true;
  await others;
  expect(modules).toHaveLength(12);
  expect(turns).toBeGreaterThanOrEqual(2 * 12);
});
