import { describe, expect, test } from 'vitest';
import { memoryLimit } from '../../../provision/kernel/build-job.ts';
import { BuildLog } from '../../../provision/kernel/build-log.ts';

const limits = { milliseconds: 600_000, memoryBytes: 2 ** 31 };
const exited = (status: number) => ({ status, end: 'exited' as const });

function logOf(...lines: string[]): BuildLog {
  const log = new BuildLog('checked', 'amd64');
  for (const line of lines) log.add(line);
  return log;
}

function failure(log: BuildLog, end: Parameters<BuildLog['judge']>[1]): unknown {
  try {
    log.judge('checked', end, limits, '/cache/x');
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('what building a kernel says', () => {
  test('is counted by the files that are made', () => {
    const log = logOf(
      'lab3: unpack',
      'lab3: compile',
      '  SYNC    include/config/auto.conf',
      '  CC      kernel/fork.o',
      '  HOSTCC  scripts/basic/fixdep',
      '  CC      kernel/signal.o with words',
      'Kernel: arch/x86/boot/bzImage is ready  (#1)',
    );
    expect(log).toMatchObject({
      phase: 'compile',
      done: 3,
      tail: expect.stringContaining('bzImage is ready'),
    });
    expect(failure(log, exited(0))).toBeUndefined();
  });

  test('tells how long each phase took', () => {
    let now = 5000;
    const log = new BuildLog('checked', 'amd64', () => now);
    for (const [line, at] of [
      ['lab3: unpack', 6000],
      ['  CC      kernel/fork.o', 9000],
      ['lab3: compile', 14_400],
      ['lab3: done', 254_600],
    ] as const) {
      now = at;
      log.add(line);
    }
    expect(log.spent).toBe('unpack 8 s, compile 240 s');
  });

  test('names settings that kconfig did not take', () => {
    const log = logOf('lab3: configure', 'lab3: refused CONFIG_KCSAN=y CONFIG_SMP=y');
    expect(failure(log, exited(3))).toMatchObject({
      name: 'KernelBuildFailed',
      message: expect.stringContaining('CONFIG_KCSAN=y, CONFIG_SMP=y (at the step "configure")'),
    });
  });

  test.each([
    ['cc1: fatal error: error writing to /tmp/x.s: No space left on device', 'DiskFull'],
    ['gcc: fatal error: Killed signal terminated program cc1', 'KernelBuildNoMemory'],
    ['cc1: out of memory allocating 65536 bytes after a total of 4096 bytes', 'KernelBuildNoMemory'],
    ['kernel/fork.c:1:1: error: unknown type', 'KernelBuildFailed'],
  ])('tells whose fault it is: %s', (line, name) => {
    expect(failure(logOf('lab3: compile', line), exited(2))).toMatchObject({ name, detail: line });
  });

  test('says how far it came when it took too long or too much', () => {
    const log = logOf('lab3: compile', '  CC      a.o');
    expect(failure(log, { status: 137, end: 'too-slow' })).toMatchObject({
      name: 'KernelBuildTooSlow',
      params: { minutes: 10, done: 1 },
    });
    expect(failure(log, { status: 137, end: 'out-of-memory' })).toMatchObject({
      name: 'KernelBuildNoMemory',
    });
  });

  test('keeps the end of what is not progress, bounded', () => {
    const log = logOf(...Array.from({ length: 1000 }, (_, at) => `warning ${at}`));
    expect(log.tail.split('\n')).toHaveLength(60);
    expect(log.tail).toContain('warning 999');
  });
});

test('memory: what the compilers need, never more than most of what there is', () => {
  const gibibyte = 2 ** 30;
  expect(memoryLimit(2, 16 * gibibyte)).toBe(2 * gibibyte);
  expect(memoryLimit(16, 4 * gibibyte)).toBeLessThan(3.3 * gibibyte);
  expect(memoryLimit(2, 0.5 * gibibyte)).toBe(gibibyte);
});
