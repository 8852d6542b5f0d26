/** What runs on the stock kernel show: parameters, threads, totals, lists. */
import { describe, expect, test } from 'vitest';
import type { GradeRun } from '../../../grade/engine/evidence.ts';
import { check, criterion, finding, mark, module, rubric, rubricWith, runs, scored } from './sample.ts';

type Change = (run: GradeRun) => Partial<GradeRun>;
const scoredWith = (change: Change, over: Parameters<typeof scored>[0] = {}, of = rubric) =>
  scored({ runs: runs(of, change), ...over }, of);
const whole =
  (change: Change): Change =>
  (run) =>
    run.shape === 'whole' ? change(run) : {};
const locked = (change: Change): Change => whole((run) => (run.role === 'locked' ? change(run) : {}));
const unlocked = (change: Change): Change => whole((run) => (run.role === 'unlocked' ? change(run) : {}));
const without = (run: GradeRun, key: 'final' | 'threadsMade') =>
  ({ ...run, [key]: undefined }) as unknown as GradeRun;
const say = (kind: string, message = 'It is said.', severity: 'error' | 'warning' | 'note' = 'error') => ({
  findings: [{ kind, severity, message }],
});

describe('parameters', () => {
  test('the answer for the default parameters, whatever is given', () => {
    const result = scoredWith(whole(() => ({ final: '10000000' })));
    expect(mark(result, 'parameters')).toBe('fail 0');
    expect(criterion(result, 'parameters').what).toContain(
      'the total is 10000000 whatever it is given, which fits n_threads=10 increment=2 n_times=500000: it does not follow its parameters.',
    );
    expect(mark(result, 'total')).toBe('fail 0');
  });

  test('one parameter that is not followed', () => {
    const result = scoredWith(locked((run) => ({ final: String(run.nThreads * run.nTimes * 2) })));
    expect(mark(result, 'parameters')).toBe('fail 0');
    const details = criterion(result, 'parameters').details.filter(({ status }) => status === 'fail');
    expect(details.map(({ what }) => what).join()).toMatch(
      /increment=\d is not followed, it takes 2 in every run/,
    );
    // The public case is given what the module takes anyway.
    expect(details.map((one) => one.case)).toEqual(['drawn-1', 'drawn-2']);
    expect(criterion(result, 'parameters').what).toBe(
      '1 of 3 cases show that it follows its parameters. Those that did not are hidden.',
    );
  });

  test('a total of another’s parameters, and one that is too large', () => {
    const one = rubricWith('cases: [{name: public, n_threads: 4, increment: 2, n_times: 100}]');
    expect(
      criterion(
        scoredWith(
          locked(() => ({ final: '10000000' })),
          {},
          one,
        ),
        'parameters',
      ).what,
    ).toContain('It fits n_threads=10');
    expect(
      criterion(
        scoredWith(
          locked(() => ({ final: '802' })),
          {},
          one,
        ),
        'parameters',
      ).what,
    ).toContain('above the 800');
    expect(
      criterion(
        scoredWith(
          locked(() => ({ final: '799' })),
          {},
          one,
        ),
        'parameters',
      ).what,
    ).toContain('no multiple of the increment 2');
  });

  test('lost updates are no fault of the parameters', () => {
    const result = scoredWith(locked((run) => ({ final: String(Number(run.expected) - run.increment) })));
    expect(mark(result, 'parameters')).toBe('pass 7');
  });

  test('names: missing, ambiguous, unknown', () => {
    const { increment: _, ...two } = module().parameters;
    const missing = scored({ modules: [module({ parameters: two })] });
    expect(mark(missing, 'parameters')).toBe('fail 0');
    expect(criterion(missing, 'parameters').what).toContain('lab.ko has no parameter that means increment');
    const unknown = scored({ modules: [module({ parameters: {}, unrecognised: ['a', 'b', 'c'] })] });
    expect(mark(unknown, 'parameters')).toBe('review -');
    expect(criterion(unknown, 'parameters').what).toContain(
      'one of the parameters a, b and c of lab.ko means n_threads',
    );
    const ambiguous = scored({
      modules: [module({ ambiguous: [{ role: 'n_times', candidates: ['n', 'cnt'] }] })],
    });
    expect(mark(ambiguous, 'parameters')).toBe('review -');
    expect(ambiguous).toMatchObject({ status: 'review', raw: null, final: null, provisional: 93 });
    expect(ambiguous.reviews).toEqual([
      'It follows its parameters: Each of the parameters n and cnt of lab.ko may be the one that means n_times.',
    ]);
  });

  test('what the module itself says it runs with', () => {
    const result = scoredWith(
      locked(() => say('parameters-ignored', 'The module was given n_threads=3 and says it runs with 10.')),
    );
    expect(mark(result, 'parameters')).toBe('fail 0');
  });
});

describe('threads', () => {
  test.each([
    ['none', () => ({ threadsMade: 0 }), 'fail 0', '0 of 10 threads seen.'],
    ['too few', (run: GradeRun) => ({ threadsMade: run.nThreads - 1 }), 'fail 0', '9 of 10 threads seen.'],
    ['too many', () => ({ threadsMade: 40 }), 'fail 0', '40 threads seen, and 10 were asked for.'],
    ['one that helps', (run: GradeRun) => ({ threadsMade: run.nThreads + 1 }), 'pass 10', ''],
    ['one after another', () => ({ threadsAtOnce: 1 }), 'pass 10', 'They ran one after another'],
    [
      'not traced',
      () => say('no-tracing', 'x', 'note'),
      'review -',
      'tracing of threads, which was on, was off',
    ],
    [
      'lost before they were counted',
      (run: GradeRun) => ({
        ...without(run, 'threadsMade'),
        reached: 'machine-lost' as const,
        said: 'Kernel panic',
      }),
      'fail 0',
      'the machine ended in the middle of the run and was thrown away: Kernel panic.',
    ],
    [
      'not counted',
      (run: GradeRun) => without(run, 'threadsMade'),
      'inconclusive 10',
      'its threads could not be counted',
    ],
  ])('%s', (_, change, expected, says) => {
    const result = scoredWith(whole(change));
    expect(mark(result, 'threads')).toBe(expected);
    expect(criterion(result, 'threads').what).toContain(says);
  });

  test('a share of the cases', () => {
    const result = scoredWith(whole((run) => (run.case === 'public' ? { threadsMade: 0 } : {})));
    expect(mark(result, 'threads')).toBe('partial 6.667');
    expect(criterion(result, 'threads').what).toBe(
      '2 of 3 cases have the threads that were asked for. With threads=10 inc=2 times=20000 on 2 virtual CPUs: 0 of 10 threads seen.',
    );
  });

  test('threads in turn are for review where the rubric says so', () => {
    const strict = rubricWith('review: [never-overlapped]');
    expect(
      mark(
        scoredWith(
          whole(() => ({ threadsAtOnce: 1 })),
          {},
          strict,
        ),
        'threads',
      ),
    ).toBe('review -');
  });
});

describe('the total under the lock', () => {
  test.each([
    [
      'lost updates',
      (run: GradeRun) => ({ final: String(Number(run.expected) - 2 * run.increment) }),
      'fail 0',
      'must be 400000: 2 of 200000 updates were lost.',
    ],
    ['too much', () => ({ final: '99999999' }), 'fail 0', 'more than all steps can make'],
    [
      'no total',
      (run: GradeRun) => without(run, 'final'),
      'fail 0',
      'it printed no total that could be recognised',
    ],
    [
      'a flood',
      (run: GradeRun) => ({ ...without(run, 'final'), droppedBytes: 20_000 }),
      'review -',
      '20 KiB of its log were dropped, and the total is not among what is left',
    ],
    ['a flood with a total', () => ({ droppedBytes: 20_000 }), 'pass 20', ''],
    [
      'two totals',
      () => say('ambiguous-total', 'Several numbers may be the total.'),
      'review -',
      'which number is the total cannot be told',
    ],
    [
      'cut to 32 bits',
      () => ({ ...say('overflow', 'The total 1 is the right one cut to 32 bits.'), final: '1' }),
      'fail 0',
      'cut to 32 bits',
    ],
    [
      'an oops in init',
      () => ({
        reached: 'load-failed' as const,
        said: 'insmod was ended by signal 9',
        ...say('oops', 'A NULL pointer was used. In oops_init() of lab.'),
      }),
      'fail 0',
      'it could not be loaded: insmod was ended by signal 9. A NULL pointer was used. In oops_init() of lab.',
    ],
    [
      'init that hangs',
      () => ({ reached: 'stuck' as const, said: 'insmod had not returned after 25 s.', final: '0' }),
      'fail 0',
      'insmod had not returned after 25 s.',
    ],
    [
      'powered off',
      () => ({ reached: 'machine-lost' as const, said: 'reboot: Power down' }),
      'fail 0',
      'thrown away: reboot: Power down.',
    ],
    [
      'rmmod that hangs when all is printed',
      () => ({ reached: 'stuck' as const, said: 'rmmod had not returned.' }),
      'pass 20',
      '',
    ],
    [
      'its time was up',
      () => ({ ...say('time-limit'), final: '2' }),
      'fail 0',
      'had not finished when the time of a run was up',
    ],
    [
      'forged',
      () => say('tampering', 'The tools of the guest were changed.'),
      'review -',
      'he tools of the guest were changed.',
    ],
    ['without tracing', () => say('no-tracing', 'x', 'note'), 'review -', 'tracing was turned off meanwhile'],
    [
      'an imitation',
      () => say('imitation', 'The module printed a line. Its words: BUG: PASS', 'note'),
      'pass 20',
      'It prints lines that look like the kernel’s (“BUG: PASS”); they are its own words and count for nothing.',
    ],
    ['one after another', () => ({ threadsAtOnce: 1 }), 'pass 20', 'the lock was never fought for'],
  ])('%s', (_, change, expected, says) => {
    const result = scoredWith(locked(change));
    expect(mark(result, 'total')).toBe(expected);
    expect(criterion(result, 'total').what).toContain(says);
  });

  test('what only a hidden case shows is not told', () => {
    const result = scoredWith(locked((run) => (run.hidden ? { final: '4' } : {})));
    const { what, details } = criterion(result, 'total');
    expect(mark(result, 'total')).toBe('fail 0');
    expect(what).toBe('1 of 3 cases have the exact total under the lock. Those that did not are hidden.');
    expect(details.map(({ case: id, visibility }) => `${id} ${visibility}`)).toEqual([
      'public visible',
      'drawn-1 hidden',
      'drawn-2 hidden',
    ]);
  });

  test('a case that was not run is ours, one that the module made impossible is not', () => {
    const part = runs().filter((run) => run.case !== 'drawn-2');
    expect(mark(scored({ runs: part }), 'total')).toBe('error -');
    const untried = [
      {
        case: 'drawn-2',
        role: 'locked' as const,
        shape: 'whole' as const,
        why: 'The machine had hung 2 times',
      },
    ];
    const result = scored({ runs: part, untried });
    expect(mark(result, 'total')).toBe('fail 0');
  });

  test('no lock, or nobody knows which', () => {
    const free = scored({ modules: [module({ roles: ['unlocked'] })] });
    expect(mark(free, 'total')).toBe('fail 0');
    expect(criterion(free, 'total').what).toBe(
      'No module that was handed in keeps its threads apart with a lock (there is lab.ko).',
    );
    const two = [
      module({ name: 'v1', roles: [], why: 'Neither says which' }),
      module({ name: 'v2', roles: [], why: 'Neither says which' }),
    ];
    const unclear = scored({ modules: two, runs: [], checks: {} });
    for (const id of [
      'parameters',
      'total',
      'race-shown',
      'list',
      'own-lock',
      'no-race',
      'leaks',
      'early-unload',
      'reload',
    ])
      expect(mark(unclear, id), id).toMatch(/^(?:review|skipped) -$/);
    expect(criterion(unclear, 'own-lock').what).toContain(
      'It cannot be told which module keeps its threads apart with a lock: Neither says which.',
    );
    expect(unclear.status).toBe('review');
    const broken = scored({
      modules: [
        module({ roles: ['unlocked'] }),
        module({ name: 'l', roles: ['locked'] }, { status: 'compile-error', what: 'x' }),
      ],
    });
    expect(criterion(broken, 'total').what).toContain(
      'l.ko, which keeps its threads apart with a lock, does not compile.',
    );
  });

  test('credit for each case', () => {
    const each = rubricWith(
      'assignment: {points: 9}\ncriteria: [{id: t, title: T, points: 9, check: total, credit: each}]\nreview: []',
    );
    const lose = locked((run) => (run.case === 'drawn-1' ? { final: '0' } : {}));
    expect(mark(scoredWith(lose, {}, each), 't')).toBe('partial 6');
    const unclear = locked((run) => (run.case === 'drawn-1' ? say('ambiguous-total') : {}));
    expect(mark(scoredWith(unclear, {}, each), 't')).toBe('inconclusive 9');
  });
});

describe('the race without the lock', () => {
  test.each([
    ['shown', () => ({}), 'pass 5', 'Lost updates, as the exercise wants to see.'],
    [
      'right by luck',
      (run: GradeRun) => ({ final: run.expected }),
      'inconclusive 5',
      'no updates were lost in 3 runs',
    ],
    ['above', () => ({ final: '99999999' }), 'fail 0', 'above the 400000'],
    [
      'not to the end',
      () => ({ reached: 'stuck' as const, said: 'rmmod had not returned.' }),
      'fail 0',
      'rmmod had not returned.',
    ],
    ['no total', (run: GradeRun) => without(run, 'final'), 'fail 0', 'no total'],
    [
      'parameters that are not followed',
      () => ({ final: '40' }),
      'fail 0',
      'because the parameters were not followed',
    ],
    ['unclear', () => say('ambiguous-total'), 'review -', 'could not be told'],
    ['cut short', () => ({ ...say('time-limit'), final: '2' }), 'inconclusive 5', 'no fault'],
  ])('%s', (_, change, expected, says) => {
    const result = scoredWith(unlocked(change));
    expect(mark(result, 'race-shown')).toBe(expected);
    expect(criterion(result, 'race-shown').what).toContain(says);
  });

  test('one run that shows it is enough, and the checked kernel’s word too', () => {
    const once = scoredWith(unlocked((run) => (run.case === 'public' ? {} : { final: run.expected })));
    expect(mark(once, 'race-shown')).toBe('pass 5');
    const note = finding('data-race', { severity: 'note', runs: [3] });
    const seen = scoredWith(
      unlocked((run) => ({ final: run.expected })),
      { checks: { lab: check({ findings: [note] }) } },
    );
    expect(mark(seen, 'race-shown')).toBe('pass 5');
    expect(criterion(seen, 'race-shown').details.at(-1)?.places).toEqual([
      { file: 'lab.c', line: 42, function: 'worker' },
    ]);
  });

  test('no module without the lock', () => {
    const result = scored({ modules: [module({ roles: ['locked'] })] });
    expect(criterion(result, 'race-shown').what).toContain(
      'No module that was handed in runs its threads without a lock',
    );
  });

  test('less for luck where the rubric says so', () => {
    const half = rubricWith(
      'assignment: {points: 5}\ncriteria: [{id: r, title: R, points: 5, check: race-shown, inconclusive: 0.5}]',
    );
    expect(
      mark(
        scoredWith(
          unlocked((run) => ({ final: run.expected })),
          {},
          half,
        ),
        'r',
      ),
    ).toBe('inconclusive 2.5');
  });
});

describe('the list', () => {
  test.each([
    [
      'short',
      (run: GradeRun) => ({ list: run.list.slice(1) }),
      'fail 0',
      'the list has 9 nodes for 10 threads.',
    ],
    ['none', () => ({ list: [] }), 'fail 0', 'no list was recognised'],
    [
      'impossible',
      (run: GradeRun) => ({ list: run.list.map(() => '99999999999') }),
      'fail 0',
      'holds 99999999999',
    ],
    ['flooded', () => ({ list: [], droppedBytes: 5 }), 'review -', 'log were dropped'],
    [
      'garbled',
      () => ({ list: [], ...say('garbled', '2 lines cannot be read.', 'warning') }),
      'review -',
      '2 lines cannot be read.',
    ],
  ])('%s', (_, change, expected, says) => {
    const result = scoredWith(locked(change));
    expect(mark(result, 'list')).toBe(expected);
    expect(criterion(result, 'list').what).toContain(says);
  });

  test('without the lock it may suffer from the same race', () => {
    expect(mark(scoredWith(unlocked(() => ({ list: [] }))), 'list')).toBe('pass 7');
  });
});

test('words of a student are one line and rule no terminal', () => {
  const result = scoredWith(locked(() => ({ reached: 'load-failed', said: '\u001b[2Jinsmod\n\u202e=1+1' })));
  expect(criterion(result, 'total').what).not.toMatch(/[\u001b\n\u202e]/u);
});
