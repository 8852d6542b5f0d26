import { describe, expect, test } from 'vitest';
import { criterion, mark, module, rubricWith, scored } from './sample.ts';

const one = (build: Parameters<typeof module>[1], over: Parameters<typeof module>[0] = {}) =>
  scored({ modules: [module(over, build)] });

describe('builds', () => {
  test.each([
    [
      'a mistake, with its line',
      {
        status: 'compile-error' as const,
        what: 'make failed',
        diagnostics: [
          { file: 'lab.c', line: 7, severity: 'error' as const, message: 'expected ; before return' },
        ],
        log: 'lab.c:7:1: error: expected ; before return',
      },
      'lab.ko does not compile, 1 error: at lab.c:7: expected ; before return.',
    ],
    [
      'a file of the host',
      {
        status: 'compile-error' as const,
        what: '',
        diagnostics: [
          {
            file: 'lab.c',
            line: 3,
            severity: 'error' as const,
            message: '/etc/ssh/key: No such file or directory',
          },
        ],
      },
      'No such file or directory',
    ],
    [
      'a build without end',
      { status: 'too-slow' as const, what: 'It was ended after 60 s' },
      'took more than its time: It was ended after 60 s.',
    ],
    [
      'a memory hog',
      { status: 'too-large' as const, what: 'It wanted 16 GB.' },
      'used more than it may: It wanted 16 GB.',
    ],
    [
      'a name that kbuild refuses',
      { status: 'refused' as const, what: 'A module cannot be called module' },
      'A module cannot be called module.',
    ],
  ])('%s', (_, build, says) => {
    const result = one(build);
    expect(mark(result, 'builds')).toBe('fail 0');
    expect(criterion(result, 'builds').what).toContain(says);
    expect(criterion(result, 'builds').details[0]).toMatchObject({ status: 'fail' });
  });

  test('what was not looked at is for a person to see, whatever the rest is worth', () => {
    const unread = ['There are too many Makefiles: the 64 nearest the top are read, not x/Makefile.'];
    const result = scored({ modules: [module()], unread });
    expect(criterion(result, 'builds')).toMatchObject({
      status: 'review',
      what: `${unread[0]} Of what was looked at: lab.ko compiles.`,
    });
    expect(result).toMatchObject({ status: 'review', final: null });
  });

  test('calls that newer kernels dropped: which, since when, and what took their place', () => {
    const dropped = [
      {
        call: 'do_exit()',
        since: '5.17',
        instead: 'kthread_complete_and_exit() ends a thread',
        file: 'lab.c',
        line: 30,
      },
    ];
    const result = one({ status: 'compile-error', what: 'make failed', dropped });
    expect(criterion(result, 'builds').what).toContain(
      'do_exit() at lab.c:30 is no more since Linux 5.17: kthread_complete_and_exit() ends a thread.',
    );
    expect(criterion(result, 'builds').details[0]?.places).toEqual([{ file: 'lab.c', line: 30 }]);
    const given = one({ dropped, compatibility: true });
    expect(mark(given, 'builds')).toBe('partial 5');
    expect(criterion(given, 'builds').what).toContain('do_exit() at lab.c:30');
    expect(mark(given, 'total')).toBe('pass 20');
  });

  test('one of two modules', () => {
    const modules = [module(), module({ name: 'other' }, { status: 'compile-error', what: 'make failed' })];
    const result = scored({ modules });
    expect(mark(result, 'builds')).toBe('partial 5');
    expect(criterion(result, 'builds').what).toBe(
      '1 of 2 modules compile. other.ko does not compile: make failed.',
    );
    const all = rubricWith(
      'assignment: {points: 5}\ncriteria: [{id: a, title: A, points: 5, check: builds}]',
    );
    expect(mark(scored({ modules }, all), 'a')).toBe('fail 0');
  });

  test('a licence that is not free is named', () => {
    const result = one({}, { licence: 'Proprietary' });
    expect(mark(result, 'builds')).toBe('pass 10');
    expect(criterion(result, 'builds').what).toContain('“Proprietary” is not compatible with the GPL');
    expect(criterion(one({}), 'builds').what).toBe('lab.ko compiles.');
  });

  test('no module at all', () => {
    const result = scored({ modules: [], runs: [], checks: {} });
    expect(mark(result, 'builds')).toBe('fail 0');
    expect(criterion(result, 'builds').what).toBe('There is no kernel module in what was handed in.');
  });
});

describe('warnings', () => {
  const warning = (line: number) => ({
    file: 'lab.c',
    line,
    severity: 'warning' as const,
    message: 'unused variable x',
    flag: '-Wunused-variable',
  });
  test.each([
    [0, 'pass 5'],
    [1, 'partial 4'],
    [4, 'partial 1'],
    [5, 'fail 0'],
    [30, 'fail 0'],
  ])('%i of them: %s', (count, expected) => {
    const diagnostics = Array.from({ length: count }, (_, at) => warning(at + 1));
    const result = one({ diagnostics });
    expect(mark(result, 'warnings')).toBe(expected);
    expect(criterion(result, 'warnings').details.length).toBe(Math.min(count, 20));
  });

  test('the same one of two modules counts once, and errors do not', () => {
    const diagnostics = [warning(1), { ...warning(1) }, { ...warning(2), severity: 'note' as const }];
    const result = scored({ modules: [module({}, { diagnostics }), module({ name: 'b' }, { diagnostics })] });
    expect(mark(result, 'warnings')).toBe('partial 4');
    expect(criterion(result, 'warnings').what).toBe(
      'The compiler gives 1 warning, the first at lab.c:1: unused variable x.',
    );
    expect(criterion(result, 'warnings').details[0]?.what).toBe('unused variable x. [-Wunused-variable]');
  });
});
