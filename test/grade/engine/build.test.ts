import { describe, expect, test, vi } from 'vitest';
import { compile, droppedIn, failedBuild } from '../../../grade/engine/build.ts';
import { withCompatibility } from '../../../grade/engine/compat.ts';
import { defaultSettings } from '../../../grade/engine/request.ts';
import { labError } from '../../../lab/errors.ts';
import { buildModule } from '../../../provision/builder/build.ts';
import { makeContext } from '../../provision/context.ts';
import { stock } from '../../provision/kernel/stored-kernel.ts';

vi.mock('../../../provision/builder/build.ts', () => ({ buildModule: vi.fn() }));

const source = {
  folder: 'the submission',
  name: 'lab',
  files: new Map([
    ['Kbuild', Buffer.from('obj-m := lab.o\n')],
    ['lab.c', Buffer.from('\nstruct timespec now;\ngetnstimeofday(&now);\ndo_exit(0);\n')],
  ]),
  originals: new Map([['lab.c', 'src/lab.c']]),
  notes: [],
  sha256: 'f'.repeat(64),
};
const error = (line: number, message: string) => ({
  file: 'src/lab.c',
  line,
  severity: 'error' as const,
  message,
});

describe('dropped interfaces', () => {
  test('are named with since when, what instead, and where', () => {
    const diagnostics = [
      error(2, "storage size of 'now' isn't known"),
      error(3, "implicit declaration of function 'getnstimeofday'"),
      error(4, '"do_exit" is not defined, or not exported to modules by this kernel'),
      error(4, '"do_exit" is not defined, or not exported to modules by this kernel'),
      { ...error(1, "'do_exit' again"), severity: 'warning' as const },
    ];
    expect(droppedIn(diagnostics, source, '6.12.117')).toMatchObject([
      { call: 'timespec', since: '5.6', file: 'src/lab.c', line: 2 },
      { call: 'getnstimeofday', since: '5.6', line: 3 },
      {
        call: 'do_exit',
        since: '5.17',
        line: 4,
        instead: expect.stringContaining('kthread_complete_and_exit'),
      },
    ]);
  });

  test('are none of a kernel that still has them, nor what only lacks an #include', () => {
    expect(droppedIn([error(4, '"do_exit" is not defined')], source, '5.10.0')).toEqual([]);
    expect(droppedIn([error(1, "implicit declaration of function 'kmalloc'")], source, '6.12.0')).toEqual([]);
  });
});

test('faults of the source are evidence, faults of the computer are not', () => {
  const diagnostics = [error(2, 'expected ;')];
  const failed = labError(
    'ModuleDoesNotCompile',
    { module: 'lab', kernel: '6.12', errors: 1, diagnostics },
    { detail: 'lab.c:2: expected ;' },
  );
  expect(failedBuild(failed)).toMatchObject({
    status: 'compile-error',
    diagnostics,
    log: 'lab.c:2: expected ;',
  });
  expect(failedBuild(labError('BuildTooSlow', { module: 'lab', seconds: 60 }))?.status).toBe('too-slow');
  expect(failedBuild(labError('BuildFloods', { module: 'lab', mebibytes: 4 }))?.status).toBe('too-large');
  expect(failedBuild(labError('ModuleNamedModule', { folder: 'x' }))?.status).toBe('refused');
  expect(failedBuild(labError('BuilderBroken', { builder: 'sandbox', reason: 'x' }))).toBeUndefined();
  expect(failedBuild(new Error('a bug'))).toBeUndefined();
});

test('a build has the time and the memory that the rubric gives it', async () => {
  const limits = { ...defaultSettings.limits, buildSeconds: 7, buildMemoryBytes: 2 ** 29 };
  const settings = { ...defaultSettings, limits };
  await compile(await makeContext(), source, stock, { builder: 'auto', settings });
  const given = vi.mocked(buildModule).mock.lastCall?.[4];
  expect(given).toMatchObject({ timeLimitMs: 7_000, memoryLimitBytes: 2 ** 29 });
});

test('the compatibility header is read before the student’s files, and the source is another one', async () => {
  const helped = await withCompatibility(source);
  expect(Buffer.from(helped.files.get('Kbuild') ?? []).toString()).toBe(
    'obj-m := lab.o\nccflags-y += -include $(src)/lab3-compat.h\n',
  );
  expect(Buffer.from(helped.files.get('lab3-compat.h') ?? []).toString()).toContain(
    'kthread_complete_and_exit',
  );
  expect(helped.sha256).not.toBe(source.sha256);
  expect(source.files.has('lab3-compat.h')).toBe(false);
});
