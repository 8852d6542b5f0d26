/** Submissions as students hand them in, through the whole engine: real builds, real machines. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Evidence, GradeRun } from '../../grade/engine/evidence.ts';
import { gradeSubmission } from '../../grade/engine/grade.ts';
import { defaultSettings, type GradeRequest, type GradeSettings } from '../../grade/engine/request.ts';
import { sandboxBuilder } from '../../provision/builder/sandbox/sandbox.ts';
import { sandboxWorkshop } from '../../provision/builder/sandbox/workshop.ts';
import type { Context } from '../../provision/context.ts';
import type { Guest } from '../../provision/guest/guest.ts';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { chosenLock, module, ownLock } from './grade-submissions.ts';
import { checkedKernel, checkedKernelTimeout, realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const here = await sandboxBuilder(context).available();

const settings: GradeSettings = {
  ...defaultSettings,
  cases: [
    { id: 'example', hidden: false, nThreads: 4, increment: 3, nTimes: 20_000, vcpus: 2 },
    { id: 'secret-case', hidden: true, nThreads: 7, increment: 5, nTimes: 12_345, vcpus: 2 },
  ],
  early: [],
  reloadCycles: 0,
  check: false,
  style: false,
};

let stock: Kernel;
beforeAll(async () => {
  stock = await trixieKernel(context);
});

/** All that machines were given: scripts, and what they read. */
const given: string[] = [];

async function machine(inner: Context, kernel: Kernel, vcpus: number): Promise<Guest> {
  const guest = await startGuest(inner, { kernel, vcpus, memoryMiB: 160 });
  const run = guest.run.bind(guest);
  return Object.assign(guest, {
    run: (script: string, options: Parameters<Guest['run']>[1]) => {
      given.push(script, Buffer.from(options.input ?? []).toString('latin1'));
      return run(script, options);
    },
  });
}

function grade(
  files: Record<string, string | Uint8Array>,
  change: Partial<GradeSettings> = {},
  more: Partial<GradeRequest> = {},
): Promise<Evidence> {
  return gradeSubmission(context, {
    files: new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)])),
    documents: [],
    settings: { ...settings, ...change },
    stock,
    builder: here.ok ? 'sandbox' : 'auto',
    startGuest: machine,
    ...(here.ok ? { workshop: sandboxWorkshop(context) } : {}),
    tool: 'lab3 test',
    ...more,
  });
}

const of = ({ runs }: Evidence, role: GradeRun['role'], shape: GradeRun['shape'] = 'whole') =>
  runs.filter((run) => run.role === role && run.shape === shape);

describe('a right module with a parameter for the lock', () => {
  const done = new Map<string, unknown>();
  const files = {
    'src/lab.c': module('lab', chosenLock),
    'src/Makefile': 'obj-m := lab.o\n',
    'README.rst': 'Report',
  };
  let evidence: Evidence;
  beforeAll(async () => {
    evidence = await grade(
      files,
      { early: ['locked'], reloadCycles: 3, check: true, style: here.ok },
      {
        checked: await checkedKernel(context),
        onStep: (name, json) => void done.set(name, JSON.parse(JSON.stringify(json))),
      },
    );
  }, checkedKernelTimeout);

  test('is recognised and built', () => {
    expect(evidence.errors).toEqual([]);
    expect(evidence.report).toEqual(['README.rst']);
    expect(evidence.modules).toMatchObject([
      {
        name: 'lab',
        files: ['src/lab.c'],
        roles: ['unlocked', 'locked'],
        build: { status: 'built', compatibility: false, dropped: [] },
        parameters: { n_threads: 'thread_num', increment: 'inc', n_times: 'iterations', lock: 'use_lock' },
        ambiguous: [],
        licence: 'GPL',
        optOuts: [],
      },
    ]);
    expect(evidence.modules[0]?.symbols).toContain('kthread_stop');
  });

  test('comes to the right total with the lock, in every case, by threads that the host counted', () => {
    expect(of(evidence, 'locked')).toMatchObject([
      {
        case: 'example',
        hidden: false,
        reached: 'unloaded',
        final: '240000',
        expected: '240000',
        threadsMade: 4,
      },
      { case: 'secret-case', hidden: true, reached: 'unloaded', final: '432075', threadsMade: 7 },
    ]);
    for (const run of of(evidence, 'locked')) {
      expect(run.list).toHaveLength(run.nThreads);
      expect(run.outlived).toEqual([]);
      expect(run.findings).toEqual([]);
      expect(run.parameters.use_lock).toBe('1');
    }
  });

  test('loses updates without it, given steps enough', () => {
    const runs = of(evidence, 'unlocked');
    const lost = runs.find(({ final, expected }) => final !== undefined && final !== expected);
    expect(lost?.parameters.use_lock).toBe('0');
    expect(BigInt(lost?.final ?? 0)).toBeLessThan(BigInt(lost?.expected ?? 0));
  });

  test('is unloaded while its threads are at work, and again and again', () => {
    const early = evidence.checks.lab?.runs.find(({ shape }) => shape === 'early');
    expect(early).toMatchObject({ reached: 'unloaded', locked: true });
    expect(early?.threadsAtUnload).toBeGreaterThan(0);
    // So the stock kernel was not asked for it.
    expect(of(evidence, 'locked', 'early')).toEqual([]);
    expect(of(evidence, 'locked', 'reload')).toMatchObject([
      { reached: 'unloaded', cycles: 3, threadsMade: 8, final: '12000' },
    ]);
  });

  test('is checked on the checked kernel', () => {
    const check = evidence.checks.lab;
    // That updates are lost without the lock has shown.
    expect(check?.runs.map(({ locked }) => locked)).toEqual([true, true]);
    expect(check?.findings).toEqual([]);
  });

  test.runIf(here.ok)('has its style judged', () => {
    expect(evidence.style?.lines).toBeGreaterThan(80);
    expect(evidence.style?.worst[0]).toMatchObject({ file: 'src/lab.c' });
  });

  test('is not run again by who knows the finished steps', async () => {
    const names = ['build:lab', 'run:example:locked', 'run:secret-case:locked', 'check:lab'];
    expect([...done.keys()]).toEqual(expect.arrayContaining(names));
    const nobody = () => Promise.reject(new Error('a machine was started'));
    const again = await grade(
      files,
      { early: ['locked'], reloadCycles: 3, check: true, style: here.ok },
      { checked: await checkedKernel(context), done, startGuest: nobody },
    );
    expect(again).toEqual(JSON.parse(JSON.stringify(evidence)));
  });

  test('neither expected values nor names of cases came into a machine', () => {
    expect(given.filter((text) => text.includes('insmod')).length).toBeGreaterThanOrEqual(5);
    for (const text of given) expect(text).not.toMatch(/432075|240000|secret-case|example/);
  });
});

/** A machine whose QEMU somebody ends while the module runs. */
async function endedFromOutside(inner: Context, kernel: Kernel, vcpus: number): Promise<Guest> {
  const guest = await machine(inner, kernel, vcpus);
  const run = guest.run.bind(guest);
  return Object.assign(guest, {
    run: (script: string, options: Parameters<Guest['run']>[1]) => {
      let begun = false;
      const onOutput = (chunk: Uint8Array) => {
        options.onOutput?.(chunk);
        if (!begun) void guest.kill();
        begun = true;
      };
      return run(script, { ...options, onOutput });
    },
  });
}

describe('a QEMU that dies', () => {
  const files = { 'lab.c': module('lab', ownLock) };
  const [first] = settings.cases;
  const cases = first === undefined ? [] : [first];

  test('once is tried again', async () => {
    let starts = 0;
    const startGuest: GradeRequest['startGuest'] = (...wanted) => {
      starts += 1;
      return starts === 1 ? endedFromOutside(...wanted) : machine(...wanted);
    };
    const { runs, errors } = await grade(files, { cases }, { startGuest });
    expect(starts).toBe(2);
    expect(errors).toEqual([]);
    expect(runs).toMatchObject([{ reached: 'unloaded', final: '240000' }]);
  });

  test('again is an error of this computer, and no step is finished by it', async () => {
    const finished: string[] = [];
    const { runs, errors } = await grade(
      files,
      { cases },
      { startGuest: endedFromOutside, onStep: (name) => void finished.push(name) },
    );
    expect(runs).toEqual([]);
    expect(errors).toMatchObject([{ name: 'GuestDied', concerns: 'runs' }]);
    expect(finished).toEqual(['build:lab']);
  });
});

test('without the checked kernel the stock one unloads it while its threads are at work', async () => {
  const evidence = await grade({ 'lab.c': module('lab', ownLock) }, { early: ['locked'] });
  const early = of(evidence, 'locked', 'early').at(-1);
  expect(early).toMatchObject({ reached: 'unloaded', outlived: [] });
  expect(early?.threadsAtUnload).toBeGreaterThan(0);
});

test('three modules, one for each kind of lock', async () => {
  const evidence = await grade({
    Makefile: 'obj-m += no_lock.o own_spinlock.o atomic_add.o\n',
    'no_lock.c': module('no_lock'),
    'own_spinlock.c': module('own_spinlock', ownLock),
    'atomic_add.c': module('atomic_add', {
      before: 'atomic64_add(inc, (atomic64_t *)data);\n\t\tcontinue;',
    }),
  });
  expect(evidence.modules.map(({ name, roles }) => [name, roles])).toEqual([
    ['no_lock', ['unlocked']],
    ['own_spinlock', ['locked']],
    ['atomic_add', ['locked']],
  ]);
  expect(evidence.errors).toEqual([]);
  for (const run of of(evidence, 'locked')) expect(run.final).toBe(run.expected);
  expect(new Set(of(evidence, 'locked').map((run) => run.module))).toEqual(
    new Set(['atomic_add', 'own_spinlock']),
  );
  expect(of(evidence, 'unlocked').some(({ final, expected }) => final !== expected)).toBe(true);
});

test('an oops in init is said, with its console, and costs this submission alone', async () => {
  const { runs, errors } = await grade({ 'lab.c': module('lab', { init: '*(volatile int *)NULL = 1;' }) });
  expect(errors).toEqual([]);
  expect(runs).toMatchObject([
    {
      reached: 'load-failed',
      findings: expect.arrayContaining([expect.objectContaining({ kind: 'oops', severity: 'error' })]),
    },
    { reached: 'load-failed' },
  ]);
  expect(runs[0]?.console).toContain('BUG: kernel NULL pointer dereference');
});

test('a module that cannot be unloaded is stuck, and after two of them no more is tried', async () => {
  const limits = { ...settings.limits, runSeconds: 10, unloadSeconds: 4 };
  const text = { head: 'static DECLARE_COMPLETION(never);\n', exit: 'wait_for_completion(&never);' };
  const { runs, untried } = await grade({ 'lab.c': module('lab', text) }, { limits, reloadCycles: 3 });
  expect(runs.map(({ reached }) => reached)).toEqual(['stuck', 'stuck']);
  expect(runs[0]?.said).toMatch(/^rmmod had not returned after \d+ s: rmmod waits in finish\+0x/);
  expect(untried).toMatchObject([{ shape: 'reload', role: 'locked' }]);
});

test('a product is not made by threads', async () => {
  const { runs } = await grade({
    'lab.c': module('lab', { threads: false, total: '(long long)thread_num * inc * iterations' }),
  });
  expect(runs.map(({ final, expected, threadsMade }) => [final === expected, threadsMade])).toEqual([
    [true, 0],
    [true, 0],
  ]);
});

test('the answer for the defaults is not the answer', async () => {
  const { runs } = await grade({ 'lab.c': module('lab', { ...ownLock, total: '10000000' }) });
  expect(runs.map(({ final }) => final)).toEqual(['10000000', '10000000']);
  expect(runs.map(({ expected }) => expected)).toEqual(['240000', '432075']);
});

test('interfaces that newer kernels dropped are named, and brought back where that is allowed', async () => {
  const files = {
    'lab.c': module('lab', {
      ...ownLock,
      init: 'struct timespec now;\n\n\tgetnstimeofday(&now);\n\tif (now.tv_nsec < 0)\n\t\tdo_exit(0);',
    }),
  };
  const [refused] = (await grade(files)).modules;
  expect(refused?.build).toMatchObject({ status: 'compile-error', compatibility: false });
  expect(refused?.build.dropped.map(({ call }) => call)).toContain('getnstimeofday');
  const { modules, runs } = await grade(files, { compatibility: true });
  expect(modules[0]?.build).toMatchObject({ status: 'built', compatibility: true });
  expect(modules[0]?.build.dropped[0]).toMatchObject({ file: 'lab.c', since: '5.6' });
  for (const run of runs) expect(run.final).toBe(run.expected);
});
