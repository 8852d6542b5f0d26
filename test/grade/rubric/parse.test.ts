import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseRubric, rubricHash } from '../../../grade/rubric/parse.ts';
import { newRubric, rubricSchema } from '../../../grade/rubric/write.ts';
import { LabError } from '../../../lab/errors.ts';

function mistakes(text: string): string[] {
  try {
    parseRubric(text, 'rubric.yaml');
  } catch (error) {
    if (error instanceof LabError && error.name === 'RubricInvalid') return error.message.split('\n');
    throw error;
  }
  return [];
}

const standard = parseRubric('', 'rubric.yaml');
const criteria = (...items: string[]) => `assignment: {points: 1}\ncriteria:\n${items.join('\n')}\n`;
const builds = '  - {id: builds, title: B, points: 1, check: builds}';

describe('a new rubric', () => {
  test('is the very same as an empty one', () => {
    expect(parseRubric(newRubric(), 'rubric.yaml')).toEqual(standard);
    expect(JSON.stringify(parseRubric(newRubric(), 'rubric.yaml'))).toBe(JSON.stringify(standard));
  });

  test('shows every setting, with lines that fit a window', () => {
    const text = newRubric();
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(110);
    for (const key of ['due:', 'env:', 'cut_off_days:', 'compatibility:', 'lock_values:', 'forbid:']) {
      expect(text).toContain(key);
    }
  });

  test('comes to a hundred points, with the criteria of the exercise', () => {
    expect(standard.assignment.points).toBe(100);
    expect(standard.criteria.map(({ id, points }) => `${id} ${points}`)).toEqual([
      'builds 10',
      'warnings 5',
      'parameters 7',
      'threads 10',
      'total 20',
      'race-shown 5',
      'list 7',
      'own-lock 5',
      'no-race 10',
      'lock-misuse 5',
      'leaks 5',
      'early-unload 5',
      'reload 3',
      'nothing-left 3',
    ]);
    for (const { id, check, needs } of standard.criteria) {
      expect(check).toBe(id);
      if (id !== 'builds') expect(needs).toContain('builds');
      if (!['builds', 'warnings', 'threads'].includes(id)) expect(needs).toContain('threads');
    }
  });

  test.each(['\n', '# only a comment\n', '---\n', '\ufeff', 'assignment:\nlate:\n'])(
    '%j is all defaults',
    (text) => {
      expect(parseRubric(text, 'rubric.yaml')).toEqual(standard);
    },
  );
});

describe('the schema', () => {
  const schema = z.fromJSONSchema(rubricSchema() as Parameters<typeof z.fromJSONSchema>[0]);

  test('takes a new rubric as editors read it', () => {
    expect(schema.safeParse(parse(newRubric())).error?.issues ?? []).toEqual([]);
  });

  test.each([
    'assignment: {titel: x}',
    'late: {per: week}',
    'criteria: [{id: a, title: A, points: 1}]',
    'limits: {run_seconds: 0}',
    'limits: {build_memory_mib: 16}',
    'machine: {vcpus: many}',
  ])('refuses what the reader refuses: %s', (text) => {
    expect(schema.safeParse(parse(text)).success).toBe(false);
    expect(mistakes(text).length).toBeGreaterThan(0);
  });
});

test('every setting', () => {
  const rubric = parseRubric(
    `assignment:
  title: Лабораторная 3
  points: 12.5
  due: 2027-03-01T23:59
  time_zone: Europe/Moscow
submission:
  keep: ['*.c']
  roster: {name: [ФИО], id: Номер}
  roles: {unlocked: [bad*], locked: [good*]}
module:
  params: {n_threads: [m], lock: []}
  lock_values: {unlocked: [0], locked: [1, yes]}
  patterns: {total: ["Global_Counter = %i\\n"]}
limits: {build_seconds: 10, build_memory_mib: 512, console_kib: 64}
machine: {vcpus: 4}
cases:
  - {name: one, n_threads: 4, increment: 1e3, n_times: 500_000}
  - {name: many, count: 3, n_threads: [2, 4], increment: 1..3, n_times: 1e3..1e5 +1_000, vcpus: [1, 2]}
seed: {file: seed.txt}
criteria:
  - {id: b, title: Builds, points: 10, check: builds, compatibility: {allow: true}}
  - id: own
    title: Own lock
    points: 2.5
    check: own-lock
    needs: [b]
    credit: each
    inconclusive: 0.5
    hint: See chapter 3.
    visibility: hidden
    forbid: mutex_lock*
late: {per: hour, share: 0.05, grace_minutes: 0, most: 1, cut_off_days: 3}
review: []
`.replaceAll('\n', '\r\n'),
    'rubric.yaml',
  );
  expect(rubric.assignment).toEqual({
    title: 'Лабораторная 3',
    points: 12.5,
    due: '2027-03-01T23:59',
    timeZone: 'Europe/Moscow',
  });
  expect(rubric.submission.roster).toMatchObject({ name: ['ФИО'], id: ['Номер'], email: [] });
  expect(rubric.module.params).toMatchObject({
    n_threads: ['m'],
    increment: standard.module.params.increment,
  });
  expect(rubric.module.lockValues).toEqual({ unlocked: ['0'], locked: ['1', 'yes'] });
  expect(rubric.limits).toEqual({
    ...standard.limits,
    buildSeconds: 10,
    buildMemoryMib: 512,
    consoleKib: 64,
  });
  expect(rubric.cases).toEqual([
    { name: 'one', nThreads: { oneOf: [4] }, increment: { oneOf: [1000] }, nTimes: { oneOf: [500_000] } },
    {
      name: 'many',
      count: 3,
      nThreads: { oneOf: [2, 4] },
      increment: { from: 1, to: 3, step: 1 },
      nTimes: { from: 1000, to: 100_000, step: 1000 },
      vcpus: { oneOf: [1, 2] },
    },
  ]);
  expect(rubric.seed).toEqual({ env: 'LAB3_GRADE_SEED', file: 'seed.txt' });
  expect(rubric.criteria).toEqual([
    {
      id: 'b',
      title: 'Builds',
      points: 10,
      check: 'builds',
      needs: [],
      credit: 'all',
      inconclusive: 1,
      visibility: 'visible',
      compatibility: { allow: true, penalty: 0.5 },
    },
    {
      id: 'own',
      title: 'Own lock',
      points: 2.5,
      check: 'own-lock',
      needs: ['b'],
      credit: 'each',
      inconclusive: 0.5,
      hint: 'See chapter 3.',
      visibility: 'hidden',
      forbid: ['mutex_lock*'],
    },
  ]);
  expect(rubric.late).toEqual({ per: 'hour', share: 0.05, graceMinutes: 0, most: 1, cutOffDays: 3 });
  expect(rubric.review).toEqual([]);
});

describe('mistakes', () => {
  test.each([
    [
      'assignement: {}',
      'rubric.yaml:1:1: there is no setting assignement; allowed: one of assignment submission',
    ],
    ['machine: {vcpus: 0}', 'rubric.yaml:1:18: machine.vcpus is 0; allowed: a whole number from 1 to 64'],
    [
      'machine: {vcpus: [2]}',
      'rubric.yaml:1:18: machine.vcpus is a list, but it is a value itself; allowed: a whole',
    ],
    ['machine: 2', 'rubric.yaml:1:10: machine is a section: its settings are written below it'],
    ['late: {share: 1.5}', 'rubric.yaml:1:15: late.share is 1.5; allowed: a number from 0 to 1 with at most'],
    ['late: {per: days}', 'rubric.yaml:1:13: late.per is days; allowed: one of day hour; did you mean day?'],
    [
      'assignment: {due: 2027-02-30T10:00}',
      'rubric.yaml:1:19: assignment.due is 2027-02-30T10:00, which is no date with a time; allowed: a date with a time',
    ],
    [
      'assignment: {time_zone: Mosow}',
      'rubric.yaml:1:25: assignment.time_zone is Mosow; allowed: a time zone',
    ],
    [
      'assignment: {time_zone: Europe/Mosow}',
      'rubric.yaml:1:25: assignment.time_zone is Europe/Mosow; allowed: a time zone by its IANA name, such as Europe/Moscow; did you mean Europe/Moscow?',
    ],
    [
      'assignment: {points: 90}',
      'rubric.yaml:1:22: assignment.points is 90, and the points of the criteria come to 100; allowed: 100',
    ],
    [
      'cases: [{name: a, n_threads: 2..4, increment: 1, n_times: 5}]',
      'rubric.yaml:1:30: cases[0].n_threads has 3 values, and case a has no count to draw by; allowed: one number',
    ],
    [
      'cases: [{name: a, count: 1, n_threads: 8..4, increment: 1, n_times: 5}]',
      'rubric.yaml:1:40: cases[0].n_threads is 8..4, which goes down: write 4..8',
    ],
    [
      'cases: [{name: a}]',
      'rubric.yaml:1:9: cases[0] has no n_threads; allowed: a whole number from 1 to 1024',
    ],
    ['cases: []', 'rubric.yaml:1:8: cases has 0 cases; allowed: a list of 1 to 20 cases'],
    ['review: [opt-outs]', 'rubric.yaml:1:10: review[0] is opt-outs; allowed: one of opt-out'],
    ['review: [flood, flood]', 'rubric.yaml:1:17: review has flood twice'],
    [
      'module: {patterns: {total: ["total"]}}',
      'rubric.yaml:1:29: module.patterns.total[0] is total, which has no number to read; write {value} in its place',
    ],
    [
      'module: {params: {lock: [a b]}}',
      'rubric.yaml:1:26: module.params.lock[0] is “a b”; allowed: the name of',
    ],
    ['- 1', 'rubric.yaml:1:1: a rubric has sections, as in assignment: with title: below it'],
    ['late: {per: day}\nlate: {per: day}', 'rubric.yaml:2:1: late is set twice'],
    [
      criteria('  - {id: a, title: A, points: 1, check: build}'),
      'rubric.yaml:3:41: criteria[0].check is build; allowed: one of builds warnings',
    ],
    [
      criteria(builds, '  - {id: builds, title: B, points: 0, check: manual}'),
      'rubric.yaml:4:10: two criteria are called builds',
    ],
    [
      criteria(builds, '  - {id: b, title: B, points: 0, check: manual, needs: [build]}'),
      'rubric.yaml:4:57: criteria[1].needs has build, and there is no criterion of that id; allowed: one of builds; did you mean builds?',
    ],
    [
      criteria(builds, '  - {id: b, title: B, points: 0, check: manual, needs: [b]}'),
      'rubric.yaml:4:56: b needs itself, through what it needs',
    ],
    [
      criteria(builds, '  - {id: b, title: B, points: 0, check: manual, cycles: 3}'),
      'rubric.yaml:4:57: criteria[1].cycles is no setting of the check manual; allowed: with check: reload',
    ],
    [
      criteria('  - {id: b, title: B, points: 1, check: style, thresholds: {full: 5, none: 5}}'),
      'rubric.yaml:3:60: criteria[0].thresholds.full is 5, not below none, which is 5',
    ],
    [
      criteria('  - {id: B!, title: B, points: 1, check: style}'),
      'rubric.yaml:3:10: criteria[0].id is “B!”; allowed: a name: small letters',
    ],
    [
      criteria('  - {id: b, title: B, points: 0.1234, check: style}'),
      'rubric.yaml:3:31: criteria[0].points is 0.1234; allowed: a number from 0',
    ],
    [criteria('  -'), 'rubric.yaml:3:4: criteria[0] is empty; allowed: a section with id title'],
  ])('%j', (text, message) => {
    const found = mistakes(text);
    expect(found[0]?.slice(0, message.length)).toBe(message);
    expect(found).toHaveLength(text.includes('{name: a}') ? 3 : 1);
  });

  test('all at once, in the order of the file', () => {
    const found = mistakes('machine: {vcpus: 0}\nfoo: 1\nlate: {per: x, share: 2}\n');
    expect(found.map((line) => line.split(' ')[0])).toEqual([
      'rubric.yaml:1:18:',
      'rubric.yaml:2:1:',
      'rubric.yaml:3:13:',
      'rubric.yaml:3:23:',
    ]);
  });

  test('brackets without end, and a file that is too large', () => {
    expect(mistakes('['.repeat(30_000))).toEqual([
      expect.stringMatching(/^rubric\.yaml:1:\d+: brackets are nested too deeply here$/),
    ]);
    expect(mistakes('#'.repeat(300_000))).toEqual([
      'rubric.yaml:1:1: it has 300000 characters, and more than 262144 are not read',
    ]);
  });

  test('a bomb of aliases is not expanded', () => {
    const levels = Array.from({ length: 40 }, (_, at) => `  - &x${at} [${`*x${at - 1},`.repeat(9)}]`);
    expect(mistakes(`cases:\n  - &x-1 [1]\n${levels.join('\n')}\n`).length).toBeGreaterThan(0);
    expect(mistakes('submission: &a\n  keep: *a\n').length).toBeGreaterThan(0);
  });
});

test('any text is read or refused with a place, never with a crash', () => {
  const words = fc.constantFrom(
    ...newRubric().split(/(?<=\n)|(?<=[ :])/),
    '&a ',
    '*a ',
    '{',
    ']',
    '\t',
    '- ',
    '? ',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 40 }), (parts) => {
      for (const line of mistakes(parts.join(''))) {
        expect(line).toMatch(/^(?:rubric\.yaml:[1-9]\d*:[1-9]\d*: \S|and \d+ more$)/);
      }
    }),
    { numRuns: 300 },
  );
});

test('the hash is of the text, however its lines end', () => {
  expect(rubricHash('a: 1\r\nb: 2\r\n')).toBe(rubricHash('\ufeffa: 1\nb: 2\n'));
  expect(rubricHash('a: 1\n')).not.toBe(rubricHash('a: 2\n'));
});
