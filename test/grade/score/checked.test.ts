/** What the checked kernel shows, and how modules come and go: locks, memory, lifetime; style, report, manual points. */
import { describe, expect, test } from 'vitest';
import type { GradeRun } from '../../../grade/engine/evidence.ts';
import { readDecisions } from '../../../grade/score/decisions.ts';
import { score } from '../../../grade/score/score.ts';
import {
  candidate,
  check,
  checkRun,
  criterion,
  evidence,
  finding,
  mark,
  module,
  rubric,
  rubricWith,
  runs,
  scored,
} from './sample.ts';

const found = (...findings: ReturnType<typeof finding>[]) => scored({ checks: { lab: check({ findings }) } });

describe('faults that the checked kernel finds', () => {
  test.each([
    ['data-race', 'no-race'],
    ['deadlock', 'lock-misuse'],
    ['lock-order', 'lock-misuse'],
    ['lock-not-released', 'lock-misuse'],
    ['sleep-in-atomic', 'lock-misuse'],
    ['soft-lockup', 'lock-misuse'],
    ['hung-task', 'lock-misuse'],
    ['leak', 'leaks'],
    ['double-free', 'leaks'],
    ['use-after-free', 'leaks'],
    ['list-corruption', 'leaks'],
    ['out-of-bounds', 'leaks'],
    ['oops', 'leaks'],
    ['thread-left-running', 'nothing-left'],
    ['unload-hang', 'lock-misuse'],
  ] as const)('%s costs %s, and that alone', (kind, id) => {
    const result = found(finding(kind));
    expect(mark(result, id)).toBe('fail 0');
    const others = result.criteria.filter((one) => one.id !== id).map(({ status }) => status);
    expect(new Set(others)).toEqual(new Set(['pass']));
    const { what, details, hint } = criterion(result, id);
    expect(what).toContain(`The kernel saw ${kind}.`);
    expect(hint).toContain(kind === 'thread-left-running' ? 'kthread_stop()' : 'Look at the lock.');
    expect(details[0]).toMatchObject({
      status: 'fail',
      places: [{ file: 'lab.c', line: 42, function: 'worker' }],
      raw: 'BUG: as the kernel says it',
    });
  });

  test('updates that were lost under the lock cost the exact total too, whatever luck the other kernel had', () => {
    const result = found(finding('lost-updates'));
    expect([mark(result, 'no-race'), mark(result, 'total')]).toEqual(['fail 0', 'fail 0']);
    expect(criterion(result, 'total').what).toContain('by luck: on the checked kernel');
    expect(criterion(result, 'total').details[0]).toMatchObject({ status: 'fail', places: [{ line: 42 }] });
    const free = found(finding('lost-updates', { severity: 'note', runs: [3] }));
    expect(mark(free, 'total')).toBe('pass 20');
  });

  test('the first with its line, and how many more there are', () => {
    const { what } = criterion(found(finding('leak'), finding('oops', { count: 3 })), 'leaks');
    expect(what).toBe('Memory leak at lab.c:42: The kernel saw leak. (1 more fault below)');
  });

  test.each([
    ['of a note', { severity: 'note' as const }, 'pass 10'],
    ['of a warning', { severity: 'warning' as const }, 'pass 10'],
    ['without the lock alone', { runs: [3] }, 'pass 10'],
    ['with the lock too', { runs: [1, 3] }, 'fail 0'],
  ])('a race %s', (_, over, expected) => {
    expect(mark(found(finding('data-race', over)), 'no-race')).toBe(expected);
  });

  test('without a lock much goes wrong, a leak excepted', () => {
    expect(mark(found(finding('list-corruption', { runs: [3] })), 'leaks')).toBe('pass 5');
    expect(mark(found(finding('leak', { runs: [3] })), 'leaks')).toBe('fail 0');
    const free = check({ findings: [finding('use-after-free'), finding('data-race')] });
    const two = {
      modules: [module({ name: 'lab', roles: ['locked'] }), module({ name: 'free', roles: ['unlocked'] })],
      checks: { lab: check(), free },
    };
    expect(mark(scored(two), 'leaks')).toBe('pass 5');
    expect(mark(scored(two), 'no-race')).toBe('pass 10');
    expect(
      mark(
        scored({ ...two, checks: { lab: check(), free: check({ findings: [finding('leak')] }) } }),
        'leaks',
      ),
    ).toBe('fail 0');
  });

  test.each([
    ['__no_kcsan', 'no-race'],
    ['data_race', 'no-race'],
    ['KCSAN_SANITIZE := n', 'no-race'],
    ['kmemleak_ignore', 'leaks'],
    ['kasan_disable_current', 'leaks'],
    ['__no_sanitize_address', 'leaks'],
    ['lockdep_off', 'lock-misuse'],
  ])('%s leaves %s open, whatever was found', (what, id) => {
    const modules = [module({ optOuts: [{ file: 'lab.c', line: 9, what }] })];
    const result = scored({ modules });
    expect(mark(result, id)).toBe('review -');
    expect(result.criteria.filter(({ status }) => status === 'review')).toHaveLength(1);
    expect(criterion(result, id).what).toContain(`It asks the checker to look away with ${what} at lab.c:9.`);
    const worse = scored({
      modules,
      checks: { lab: check({ findings: [finding('lost-updates'), finding('leak'), finding('deadlock')] }) },
    });
    expect(mark(worse, id)).toBe('review -');
    expect(criterion(worse, id).what).toContain('Even so it found');
    const lenient = scored({ modules }, rubricWith('review: []'));
    expect(mark(lenient, id)).toMatch(/^inconclusive/);
  });

  test('no run that came to its end', () => {
    const lost = [checkRun({ reached: 'machine-lost' }), checkRun({ number: 3, locked: false })];
    const result = scored({ checks: { lab: check({ runs: lost, findings: [finding('load-failed')] }) } });
    expect(mark(result, 'no-race')).toBe('fail 0');
    expect(criterion(result, 'leaks').what).toContain(
      'The run of lab.ko on the checked kernel did not come to its end, so nothing can be said for it. The module cannot be loaded at lab.c:42',
    );
    const slow = scored({ checks: { lab: check({ runs: [checkRun({ reached: 'stuck' })] }) } });
    expect(mark(slow, 'no-race')).toBe('inconclusive 10');
  });

  test('what only a clock says is no fault, unless no run ever ended', () => {
    const late = [finding('soft-lockup', { places: [], what: 'The machine stopped answering.' })];
    const checks = { lab: check({ findings: late }) };
    expect(mark(scored({ checks }), 'lock-misuse')).toBe('inconclusive 5');
    expect(criterion(scored({ checks }), 'lock-misuse').what).toContain(
      'The machine stopped answering. That shows nothing.',
    );
    const stuck = runs(rubric, () => ({ reached: 'stuck' as const, said: 'rmmod had not returned.' }));
    expect(mark(scored({ checks, runs: stuck }), 'lock-misuse')).toBe('fail 0');
    expect(mark(found(finding('unload-hang', { runs: [2] })), 'early-unload')).toBe('pass 5');
  });

  test('updates that were lost under the lock are a race that nobody saw', () => {
    const short = runs(rubric, (run) =>
      run.role === 'locked' && run.case === 'drawn-1'
        ? { final: String(Number(run.expected) - run.increment) }
        : {},
    );
    const result = scored({ runs: short });
    expect(mark(result, 'no-race')).toBe('fail 0');
    expect(criterion(result, 'no-race').what).toContain(
      'updates were lost in 1 run. Look at the lock in lab.c.',
    );
    const fixed = runs(rubric, (run) => (run.role === 'locked' ? { final: '40' } : {}));
    expect(mark(scored({ runs: fixed }), 'no-race')).toBe('pass 10');
  });

  test('a module that was not checked is ours to answer for', () => {
    expect(mark(scored({ checks: {} }), 'leaks')).toBe('error -');
  });

  test('one that only the stock kernel compiles is for a person, whatever the rubric says', () => {
    const message = '#error "no checkers"';
    const { build } = module(
      {},
      {
        status: 'compile-error',
        diagnostics: [{ file: 'lab.c', line: 3, severity: 'error', message }],
        log: `lab.c:3: error: ${message}`,
      },
    );
    for (const of of [rubric, rubricWith('review: []')]) {
      const result = scored({ checks: {}, unchecked: { lab: build } }, of);
      expect(result).toMatchObject({ status: 'review', raw: null });
      for (const id of ['no-race', 'lock-misuse', 'leaks']) expect(mark(result, id)).toBe('review -');
      expect(criterion(result, 'leaks').what).toBe(
        'It compiles for the kernel that it was run on, but not for the checked one, so no fault could be looked for: lab.ko does not compile, 1 error: at lab.c:3: #error "no checkers".',
      );
      expect(criterion(result, 'leaks').details).toMatchObject([
        { status: 'review', places: [{ file: 'lab.c', line: 3 }], raw: build.log },
      ]);
    }
  });
});

describe('a lock of one’s own', () => {
  test('or the kernel’s, with its places', () => {
    const forbidden = [{ file: 'lab.c', line: 12, what: 'spin_lock' }];
    const result = scored({ modules: [module({ symbols: ['_raw_spin_lock', '_printk'], forbidden })] });
    expect(mark(result, 'own-lock')).toBe('fail 0');
    expect(criterion(result, 'own-lock').what).toBe(
      'lab.ko uses _raw_spin_lock of the kernel at lab.c:12, and the lock is to be its own.',
    );
    expect(criterion(result, 'own-lock').details[0]?.places).toEqual([{ file: 'lab.c', line: 12 }]);
  });

  test.each(['mutex_lock', 'mutex_trylock', '_raw_spin_lock_irqsave', 'down_write'])('%s', (symbol) => {
    expect(mark(scored({ modules: [module({ symbols: [symbol] })] }), 'own-lock')).toBe('fail 0');
  });

  test.each(['_raw_spin_unlock', 'down', 'complete', 'kthread_stop', 'mutex_is_locked'])(
    '%s is no lock taken',
    (symbol) => {
      expect(mark(scored({ modules: [module({ symbols: [symbol] })] }), 'own-lock')).toBe('pass 5');
    },
  );

  test('one module of several is enough', () => {
    const modules = [
      module({ name: 'lab', roles: ['locked'] }),
      module({ name: 'mutex', roles: ['locked'], symbols: ['mutex_lock'] }),
      module({ name: 'free', roles: ['unlocked'], symbols: ['mutex_lock'] }),
    ];
    const result = scored({ modules, checks: { lab: check(), mutex: check(), free: check() } });
    expect(mark(result, 'own-lock')).toBe('pass 5');
    expect(criterion(result, 'own-lock').what).toContain(
      'Another one, mutex.ko, uses mutex_lock of the kernel.',
    );
  });

  test('one for each thread is for review, and its race costs no less', () => {
    const remarks = [
      finding('lock-not-shared', {
        severity: 'warning',
        what: 'lock() is given mine, a variable of worker() itself.',
      }),
    ];
    const result = scored({ checks: { lab: check({ remarks, findings: [finding('data-race')] }) } });
    expect(mark(result, 'own-lock')).toBe('review -');
    expect(mark(result, 'no-race')).toBe('fail 0');
    expect(result).toMatchObject({ status: 'review', raw: null });
    expect(result.reviews[0]).toContain('lock() is given mine');
  });
});

describe('coming and going', () => {
  const changed = (shape: GradeRun['shape'], over: Partial<GradeRun>) =>
    scored({ runs: runs(rubric, (run) => (run.shape === shape ? over : {})) });

  test.each([
    [
      'early',
      { reached: 'stuck', said: 'rmmod had not returned after 15 s.' },
      'early-unload',
      'fail 0',
      'rmmod had not returned after 15 s.',
    ],
    ['early', { reached: 'machine-lost', said: 'Kernel panic' }, 'early-unload', 'fail 0', 'Kernel panic.'],
    [
      'early',
      { outlived: ['worker/1', 'worker/2'] },
      'early-unload',
      'fail 0',
      '2 threads still running in freed code after the module was gone (worker/1 and worker/2).',
    ],
    [
      'early',
      { threadsAtUnload: 0 },
      'early-unload',
      'inconclusive 5',
      'its threads had ended before it could be unloaded',
    ],
    [
      'early',
      { findings: [{ kind: 'oops', severity: 'error', message: 'A NULL pointer was used.' }] },
      'early-unload',
      'fail 0',
      'A NULL pointer was used.',
    ],
    [
      'reload',
      { cycles: 3, reached: 'load-failed', said: 'insmod: File exists' },
      'reload',
      'fail 0',
      '3 of 5 loads and unloads went well, then it could not be loaded: insmod: File exists.',
    ],
    ['reload', { cycles: 4 }, 'reload', 'fail 0', '4 of 5 loads'],
    ['reload', { cycles: 12 }, 'reload', 'pass 3', '5 times'],
    ['whole', { outlived: ['worker'] }, 'nothing-left', 'fail 0', '1 thread still running in freed code'],
    [
      'whole',
      { reached: 'stuck', said: 'rmmod: ERROR: Module lab is in use' },
      'nothing-left',
      'fail 0',
      'it cannot be unloaded: rmmod: ERROR: Module lab is in use.',
    ],
  ] as const)('%s %j: %s %s', (shape, over, id, expected, says) => {
    const result = changed(shape, over as Partial<GradeRun>);
    expect(mark(result, id)).toBe(expected);
    expect(criterion(result, id).what).toContain(says);
  });

  test('an early run that came too late does not count beside one in time', () => {
    const early = runs().filter(({ shape }) => shape === 'early');
    const late = early.map((run) => ({ ...run, threadsAtUnload: 0 }));
    expect(
      mark(
        scored({ runs: [...runs().filter(({ shape }) => shape !== 'early'), ...late, ...early] }),
        'early-unload',
      ),
    ).toBe('pass 5');
  });

  test('not tried on the stock kernel, the checked one’s word counts', () => {
    const rest = runs().filter(({ shape }) => shape !== 'early');
    expect(mark(scored({ runs: rest }), 'early-unload')).toBe('pass 5');
    const stuck = check({ runs: [checkRun(), checkRun({ number: 2, shape: 'early', reached: 'stuck' })] });
    expect(mark(scored({ runs: rest, checks: { lab: stuck } }), 'early-unload')).toBe('fail 0');
    const none = check({ runs: [checkRun()] });
    expect(mark(scored({ runs: rest, checks: { lab: none } }), 'early-unload')).toBe('error -');
    const untried = [
      {
        case: 'public',
        role: 'locked' as const,
        shape: 'early' as const,
        why: 'The machine had died 2 times.',
      },
    ];
    const result = scored({ runs: rest, checks: { lab: none }, untried });
    expect(mark(result, 'early-unload')).toBe('fail 0');
    expect(criterion(result, 'early-unload').what).toBe('It was not tried: The machine had died 2 times.');
  });

  test('a thread that is left by an early unloading', () => {
    const result = found(finding('thread-left-running', { runs: [2] }));
    expect(mark(result, 'early-unload')).toBe('fail 0');
    expect(criterion(result, 'early-unload').what).toContain('A thread outlived the module');
  });

  test('a share of the cycles where the rubric gives it', () => {
    const each = rubricWith(
      'assignment: {points: 10}\ncriteria: [{id: r, title: R, points: 10, check: reload, credit: each, cycles: 4}]',
    );
    const part = runs(each, (run) => (run.shape === 'reload' ? { cycles: 3 } : {}));
    expect(mark(scored({ runs: part }, each), 'r')).toBe('partial 7.5');
  });
});

describe('style, report and points by hand', () => {
  const of = rubricWith(
    `assignment: {points: 30}
criteria:
  - {id: s, title: Style, points: 10, check: style, thresholds: {full: 2, none: 12}}
  - {id: r, title: Report, points: 10, check: report, files: [report*.pdf]}
  - {id: m, title: Talk, points: 10, check: manual}
`,
  );
  const style = (errors: number, warnings: number) => ({
    errors,
    warnings,
    checks: 99,
    lines: 120,
    worst: [{ file: 'lab.c', line: 3, severity: 'ERROR', what: 'code indent should use tabs' }],
  });

  test.each([
    [1, 1, 'pass 10'],
    [2, 5, 'partial 5'],
    [12, 0, 'fail 0'],
    [500, 500, 'fail 0'],
  ])('%i errors and %i warnings of style: %s', (errors, warnings, expected) => {
    const result = scored({ style: style(errors, warnings) }, of);
    expect(mark(result, 's')).toBe(expected);
    expect(criterion(result, 's').details[0]).toMatchObject({
      what: 'ERROR: code indent should use tabs.',
      places: [{ file: 'lab.c', line: 3 }],
    });
  });

  test('a report by its name', () => {
    expect(mark(scored({ report: ['doc/Report_1.PDF'] }, of), 'r')).toBe('pass 10');
    expect(mark(scored({ report: ['notes.pdf'] }, of), 'r')).toBe('fail 0');
    expect(criterion(scored({ report: [] }, of), 'r').what).toBe('There is no report.');
  });

  const students = new Set(['ada']);
  const header = ['student', 'criterion', 'points', 'comment'];
  const decide = (...rows: string[][]) => readDecisions({ header, rows }, 'decisions.csv', of, students);

  test('points by hand are open until they are given', () => {
    const open = scored({}, of);
    expect(mark(open, 'm')).toBe('review -');
    expect(open).toMatchObject({ status: 'review', raw: null, provisional: 20 });
    const settled = score(of, candidate, evidence(), decide(['ada', 'm', '7.5', 'Clear, but short']));
    expect(mark(settled, 'm')).toBe('partial 7.5');
    expect(criterion(settled, 'm').what).toBe('A person decided: 7.5 of 10 points. Clear, but short.');
    expect(settled).toMatchObject({ status: 'graded', raw: 27.5, reviews: [] });
  });

  test('a decision goes before what was judged, and what was found stays', () => {
    const all = score(of, candidate, evidence(), decide(['ada', 'm', '0', ''], ['ada', 'r', '10', '']));
    expect(mark(all, 'm')).toBe('fail 0');
    expect(mark(all, 'r')).toBe('pass 10');
    expect(criterion(all, 'r').what).toContain('Found before: There is a report: report.pdf.');
  });

  test('what needs a criterion goes by the decision', () => {
    const modules = [module({ optOuts: [{ file: 'lab.c', line: 9, what: '__no_kcsan' }] })];
    const decisions = readDecisions(
      { header, rows: [['ada', 'no-race', '0', 'Cheating']] },
      'd.csv',
      rubric,
      students,
    );
    expect(score(rubric, candidate, evidence({ modules }), decisions)).toMatchObject({
      status: 'graded',
      raw: 90,
    });
    const builds = readDecisions({ header, rows: [['ada', 'builds', '0', '']] }, 'd.csv', rubric, students);
    expect(mark(score(rubric, candidate, evidence(), builds), 'total')).toBe('skipped -');
  });
});
