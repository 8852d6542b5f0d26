import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradesSchema } from '../../../grade/document.ts';
import type { Evidence, GradeRun } from '../../../grade/engine/evidence.ts';
import { checkNames } from '../../../grade/names.ts';
import { score } from '../../../grade/score/score.ts';
import { faultKinds, remarkKinds } from '../../../lab/check/kinds.ts';
import {
  candidate,
  check,
  checkRun,
  criterion,
  evidence,
  finding,
  hash,
  mark,
  module,
  rubric,
  rubricWith,
  run,
  runs,
  scored,
} from './sample.ts';

const studentSchema = gradesSchema.shape.students.element;

describe('a whole mark', () => {
  test('of a submission that is right in everything', () => {
    const result = scored();
    expect(result.criteria.map(({ id, status }) => `${id} ${status}`)).toEqual(
      rubric.criteria.map(({ id }) => `${id} pass`),
    );
    expect(result).toMatchObject({
      status: 'graded',
      raw: 100,
      penalty: 0,
      final: 100,
      provisional: 100,
      reviews: [],
    });
    for (const { hint } of result.criteria) expect(hint).toBeUndefined();
    expect(studentSchema.safeParse(result).error).toBeUndefined();
  });

  test('is the same every time, byte for byte', () => {
    expect(JSON.stringify(scored())).toBe(JSON.stringify(scored()));
  });

  test('of one who handed in nothing is said, and no silent zero', () => {
    const { submission: _, ...absent } = candidate;
    const result = score(rubric, absent, undefined);
    expect(result).toMatchObject({ status: 'not_submitted', raw: 0, final: 0 });
    expect(new Set(result.criteria.map(({ status }) => status))).toEqual(new Set(['not_submitted']));
    expect(studentSchema.safeParse(result).error).toBeUndefined();
  });

  test('of what was not graded yet is an error and no zero', () => {
    const result = score(rubric, candidate, undefined);
    expect(result).toMatchObject({ status: 'error', raw: null, final: null, provisional: 0 });
    const report = rubricWith(
      'criteria: [{id: r, title: Report, points: 100, check: report, files: ["*.md"]}]',
    );
    expect(score(report, candidate, undefined).criteria).toMatchObject([{ status: 'error', earned: null }]);
  });
});

describe('a doubt about whose it is', () => {
  const doubtful = { ...candidate, doubts: ['identity-unclear'] as const, remarks: ['Taken for Ada.'] };
  const settled = new Map([['ada', new Map([['identity-unclear', { points: 0 }]])]]);

  test('leaves the mark open until a person has looked', () => {
    const result = score(rubric, doubtful, evidence());
    expect(result).toMatchObject({ status: 'review', raw: null, final: null, provisional: 100 });
    expect(result.reviews).toEqual(['Taken for Ada.']);
    expect(score(rubric, doubtful, evidence(), settled)).toMatchObject({ status: 'graded', final: 100 });
    expect(score(rubricWith('review: [flood]'), doubtful, evidence())).toMatchObject({ final: 100 });
  });

  test('about when it was handed in matters where something is due', () => {
    const timeless = { ...candidate, doubts: ['time-unclear'] as const };
    expect(score(rubric, timeless, evidence())).toMatchObject({ status: 'graded', final: 100 });
    const due = rubricWith('assignment: {due: "2027-03-01T23:59"}');
    expect(score(due, timeless, evidence())).toMatchObject({ status: 'review', final: null });
    const settledTime = new Map([['ada', new Map([['time-unclear', { points: 0 }]])]]);
    expect(score(due, timeless, evidence(), settledTime)).toMatchObject({ status: 'graded', final: 100 });
  });

  test('is no zero for who may have handed something in', () => {
    const { submission: _submission, ...nothing } = doubtful;
    expect(score(rubric, nothing, undefined)).toMatchObject({ status: 'review', raw: null, final: null });
    expect(score(rubric, nothing, undefined, settled)).toMatchObject({ status: 'not_submitted', final: 0 });
  });

  test('is what a person gave for who handed in nothing', () => {
    const { submission: _submission, doubts: _doubts, ...nothing } = doubtful;
    const given = new Map([[nothing.key, new Map([['builds', { points: 8 }]])]]);
    const result = score(rubric, nothing, undefined, given);
    expect(result).toMatchObject({ status: 'graded', raw: 8, final: 8 });
    expect(mark(result, 'warnings')).toBe('not_submitted 0');
  });
});

describe('needs', () => {
  const broken = () =>
    scored({
      modules: [module({}, { status: 'compile-error', what: 'make failed' })],
      runs: [],
      checks: {},
    });

  test('what needs a failed criterion is skipped, earns nothing yet is no zero, and names it', () => {
    const result = broken();
    expect(mark(result, 'builds')).toBe('fail 0');
    for (const { id } of rubric.criteria.slice(1)) expect(mark(result, id)).toBe('skipped -');
    expect(criterion(result, 'total').what).toBe('Not tried, because “It compiles” (builds) did not pass.');
    expect(result).toMatchObject({ status: 'graded', raw: 0, final: 0 });
  });

  test('without threads nothing beyond the build is earned', () => {
    for (const made of [0, 2]) {
      const result = scored({ runs: runs(rubric, () => ({ threadsMade: made })) });
      expect(result.criteria.filter(({ earned }) => earned !== null).map(({ id }) => id)).toEqual([
        'builds',
        'warnings',
        'threads',
      ]);
      expect(result).toMatchObject({ status: 'graded', raw: 15 });
      expect(criterion(result, 'own-lock').what).toBe(
        'Not tried, because “It makes its threads” (threads) did not pass.',
      );
    }
  });

  test('what is shown to be wrong, or for a person, is said without threads too', () => {
    const none = runs(rubric, () => ({ threadsMade: 0 }));
    const unnamed = module({ parameters: { increment: 'inc', n_times: 'times' }, unrecognised: ['a', 'b'] });
    expect(mark(scored({ runs: none, modules: [unnamed] }), 'parameters')).toBe('review -');
    const checks = { lab: check({ findings: [finding('deadlock')] }) };
    expect(mark(scored({ runs: none, checks }), 'lock-misuse')).toBe('fail 0');
    const borrowed = module({ symbols: ['mutex_lock'] });
    expect(mark(scored({ runs: none, modules: [borrowed] }), 'own-lock')).toBe('fail 0');
  });

  test('the computer’s failures do not matter where the student’s came first', () => {
    const errors = [{ name: 'QemuMissing', message: 'QEMU is not there.', concerns: 'runs' as const }];
    const modules = [module({}, { status: 'compile-error', what: 'make failed' })];
    expect(score(rubric, candidate, evidence({ modules, errors })).status).toBe('graded');
  });
});

describe('a failure of this computer', () => {
  test.each([
    ['build', rubric.criteria.map(({ id }) => id)],
    [
      'runs',
      [
        'parameters',
        'threads',
        'total',
        'race-shown',
        'list',
        'early-unload',
        'reload',
        'nothing-left',
        'no-race',
        'leaks',
        'own-lock',
        'lock-misuse',
      ],
    ],
    ['check', ['no-race', 'lock-misuse', 'leaks']],
  ] as const)('%s', (concerns, ids) => {
    const errors = [{ name: 'QemuLost', message: 'QEMU went away.', concerns }];
    const result = scored({ errors });
    const wrong = result.criteria.filter(({ status }) => status === 'error').map(({ id }) => id);
    expect(wrong.toSorted()).toEqual([...ids].toSorted());
    expect(result).toMatchObject({ status: 'error', raw: null, final: null });
    expect(result.criteria.every(({ status, earned }) => status === 'pass' || earned === null)).toBe(true);
    expect(result.provisional).toBe(
      rubric.criteria.filter(({ id }) => !wrong.includes(id)).reduce((sum, { points }) => sum + points, 0),
    );
  });

  test('is said as one', () => {
    const errors = [{ name: 'QemuLost', message: 'QEMU went away', concerns: 'check' as const }];
    expect(scored({ errors }).reviews).toEqual(['QemuLost: QEMU went away.']);
    expect(criterion(scored({ errors }), 'leaks').what).toBe(
      'Not marked: the computer that grades failed (QemuLost). It is not the student’s doing, and is tried again.',
    );
  });
});

test('an archive that was refused fails once, and the rest is skipped', () => {
  const refused =
    'The archive holds the path “../../etc/passwd”, which leads out of its folder; it was refused.';
  const result = scored({ refused, modules: [], runs: [], checks: {} });
  expect(mark(result, 'builds')).toBe('fail 0');
  expect(criterion(result, 'builds').what).toBe(refused);
  expect(mark(result, 'total')).toBe('skipped -');
  expect(result).toMatchObject({ status: 'graded', raw: 0 });
  const { submission } = candidate;
  const same =
    submission && score(rubric, { ...candidate, submission: { ...submission, refused } }, evidence());
  expect(same && criterion(same, 'builds').what).toBe(refused);
});

test('one’s own hint goes before ours', () => {
  const own = rubricWith(
    'assignment: {points: 5}\ncriteria: [{id: a, title: A, points: 5, check: builds, hint: See chapter 3.}]',
  );
  const modules = [module({}, { status: 'compile-error', what: 'make failed' })];
  expect(criterion(scored({ modules }, own), 'a').hint).toBe('See chapter 3.');
  expect(criterion(scored({}, own), 'a').hint).toBeUndefined();
});

describe('any evidence gives a valid document', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom('', 'lab', '<script>', '\u001b[31m', '=1+1', '__proto__', 'insmod: in use'),
  );
  const name = fc.constantFrom('lab', 'lab_lock', '__proto__');
  const roles = fc.subarray(['unlocked', 'locked'] as const);
  const amount = fc.integer({ min: 1, max: 20 });
  const decimals = fc.integer({ min: -5, max: 2_000_000 }).map(String);
  const place = { file: fc.constantFrom('lab.c', 'ядро.c'), line: fc.integer({ min: 1, max: 99 }) };
  const finds = fc.array(
    fc.record({
      kind: fc.constantFrom(
        'oops',
        'imitation',
        'ambiguous-total',
        'tampering',
        'dropped',
        'garbled',
        'overflow',
        'x',
      ),
      severity: fc.constantFrom('error' as const, 'warning' as const, 'note' as const),
      message: text,
    }),
    { maxLength: 3 },
  );
  const modules = fc
    .record({
      name,
      roles,
      why: text,
      licence: text,
      parameters: fc.dictionary(fc.constantFrom('n_threads', 'increment', 'n_times', 'lock'), text),
      ambiguous: fc.constantFrom([], [{ role: 'n_threads', candidates: ['a', 'b'] }]),
      symbols: fc.array(fc.constantFrom('mutex_lock', '_printk'), { maxLength: 2 }),
      optOuts: fc.array(
        fc.record({ ...place, what: fc.constantFrom('__no_kcsan', 'kmemleak_ignore', 'x') }),
        { maxLength: 2 },
      ),
      build: fc.record({
        status: fc.constantFrom(
          'built' as const,
          'built' as const,
          'compile-error' as const,
          'refused' as const,
          'too-slow' as const,
        ),
        what: text,
        diagnostics: fc.array(
          fc.record({
            ...place,
            severity: fc.constantFrom('error' as const, 'warning' as const),
            message: text,
          }),
          { maxLength: 3 },
        ),
        dropped: fc.array(fc.record({ call: text, since: text, instead: text, ...place }), { maxLength: 2 }),
        compatibility: fc.boolean(),
        log: text,
      }),
    })
    .map(({ build, ...rest }) => module(rest, build));
  const oneRun = fc
    .record({
      case: fc.constantFrom('public', 'drawn-1', 'drawn-2', 'other'),
      hidden: fc.boolean(),
      role: fc.constantFrom('unlocked' as const, 'locked' as const),
      shape: fc.constantFrom('whole' as const, 'whole' as const, 'early' as const, 'reload' as const),
      module: name,
      nThreads: amount,
      increment: amount,
      nTimes: amount,
      reached: fc.constantFrom(
        'unloaded' as const,
        'unloaded' as const,
        'load-failed' as const,
        'stuck' as const,
        'machine-lost' as const,
      ),
      said: text,
      cycles: fc.integer({ min: 0, max: 20 }),
      final: fc.option(decimals, { nil: undefined }),
      list: fc.array(decimals, { maxLength: 20 }),
      threadsMade: fc.option(fc.nat(20), { nil: undefined }),
      threadsAtOnce: fc.option(fc.nat(20), { nil: undefined }),
      outlived: fc.array(text, { maxLength: 2 }),
      findings: finds,
      console: text,
      droppedBytes: fc.constantFrom(0, 0, 5000),
    })
    .map(({ final, threadsMade, threadsAtOnce, ...over }): GradeRun => {
      const { final: _f, threadsMade: _m, threadsAtOnce: _o, ...base } = run(over);
      return {
        ...base,
        ...(final === undefined ? {} : { final }),
        ...(threadsMade === undefined ? {} : { threadsMade }),
        ...(threadsAtOnce === undefined ? {} : { threadsAtOnce }),
      };
    });
  const finding_ = fc
    .record({
      kind: fc.constantFrom(...faultKinds, ...remarkKinds),
      severity: fc.constantFrom('error' as const, 'warning' as const, 'note' as const),
      what: text,
      runs: fc.subarray([1, 2, 3]),
      raw: text,
    })
    .map(({ kind, ...over }) => finding(kind, over));
  const documents = fc
    .record({
      findings: fc.array(finding_, { maxLength: 3 }),
      remarks: fc.array(finding_, { maxLength: 2 }),
      runs: fc.array(
        fc
          .record({
            number: fc.constantFrom(1, 2, 3),
            locked: fc.boolean(),
            shape: fc.constantFrom('whole' as const, 'early' as const),
            reached: fc.constantFrom('unloaded' as const, 'stuck' as const, 'machine-lost' as const),
          })
          .map(checkRun),
        { maxLength: 3 },
      ),
    })
    .map(check);
  const any: fc.Arbitrary<Evidence> = fc
    .record({
      modules: fc.array(modules, { maxLength: 3 }),
      runs: fc.oneof(fc.array(oneRun, { maxLength: 8 }), fc.constant(runs())),
      checks: fc.dictionary(name, documents),
      report: fc.array(text, { maxLength: 2 }),
      refused: fc.option(text, { nil: undefined, freq: 10 }),
      errors: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        fc.array(
          fc.record({
            name: text,
            message: text,
            concerns: fc.constantFrom('build' as const, 'runs' as const, 'check' as const, 'style' as const),
          }),
          { maxLength: 2 },
        ),
      ),
      style: fc.option(
        fc.record({
          errors: fc.nat(60),
          warnings: fc.nat(60),
          checks: fc.nat(9),
          lines: fc.nat(999),
          worst: fc.array(fc.record({ ...place, severity: text, what: text }), { maxLength: 2 }),
        }),
        { nil: undefined },
      ),
    })
    .map(({ refused, style, ...rest }) => ({
      ...rest,
      ...(refused === undefined ? {} : { refused }),
      ...(style === undefined ? {} : { style }),
    }));
  // Each check with both kinds of credit, without needs: nothing hides behind a skip.
  const everything = rubricWith(
    `assignment: {points: 34, due: 2026-05-01T12:00}\nlate: {share: 0.333, per: hour, most: 0.9}\ncriteria:\n${checkNames
      .flatMap((name) =>
        ['all', 'each'].map(
          (credit) =>
            `  - {id: ${name}-${credit}, title: T, points: 1, check: ${name}, credit: ${credit}, inconclusive: 0.5}`,
        ),
      )
      .join('\n')}\n`,
  );

  test.each([
    ['of the exercise', rubric],
    ['with every check twice', everything],
  ])('by the rubric %s', (_, of) => {
    fc.assert(
      fc.property(any, fc.constantFrom(undefined, '2026-05-01T13:30:00Z'), (found, submittedAt) => {
        const { submission } = candidate;
        const own = submission && { ...submission, ...(submittedAt === undefined ? {} : { submittedAt }) };
        const result = score(of, own === undefined ? candidate : { ...candidate, submission: own }, found);
        expect(studentSchema.safeParse(result).error).toBeUndefined();
        expect(result.criteria.map(({ id }) => id)).toEqual(of.criteria.map(({ id }) => id));
        for (const [at, { status, earned, what, details }] of result.criteria.entries()) {
          const points = of.criteria[at]?.points ?? 0;
          expect(earned === null).toBe(['skipped', 'review', 'error'].includes(status));
          expect(earned ?? 0).toBeLessThanOrEqual(points);
          if (earned === 0) expect(status).toBe('fail');
          if (status === 'fail') expect(earned).toBe(0);
          if (status === 'pass') expect(earned).toBe(points);
          expect(what).toMatch(/\S/);
          expect(what).not.toMatch(/undefined|\[object|NaN|[\p{Cc}\p{Cf}]/u);
          for (const one of details) expect(one.what).not.toMatch(/undefined|\[object|NaN|[\p{Cc}\p{Cf}]/u);
        }
        const open = result.criteria.some(({ status }) => status === 'review' || status === 'error');
        expect(result.raw === null).toBe(open);
        expect(result.final === null).toBe(open);
        expect(result.status).toMatch(open ? /^(?:review|error)$/ : /^graded$/);
        expect(result.provisional).toBeLessThanOrEqual(result.raw ?? of.assignment.points);
        if (result.raw !== null) expect(result.final).toBe(result.provisional);
        expect(JSON.stringify(score(of, candidate, found))).toBe(JSON.stringify(score(of, candidate, found)));
      }),
      { numRuns: 300 },
    );
  });
});

test('marks rest on the submission that was graded', () => {
  expect(scored().submission).toEqual({
    source: 'ada/lab.zip',
    others: [],
    sha256: hash,
    files: ['lab.c'],
    notes: [],
    modules: [
      {
        name: 'lab',
        files: ['lab.c'],
        roles: ['unlocked', 'locked'],
        parameters: { n_threads: 'threads', increment: 'inc', n_times: 'times', lock: 'use_lock' },
      },
    ],
  });
});
