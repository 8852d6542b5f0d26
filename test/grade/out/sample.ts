/** Marks of a class as grading makes them: any number of students, the same ones each time. */
import type { CriterionResult, GradeDetail, Grades, StudentResult } from '../../../grade/document.ts';
import { type CheckName, roles, type Status } from '../../../grade/names.ts';

const sha = (digit: string) => digit.repeat(64);

export const sampleCriteria: Grades['criteria'] = [
  criterion('builds', 'The module builds', 1),
  criterion('warnings', 'No compiler warnings', 0.5),
  criterion('parameters', 'Parameters are followed', 1),
  criterion('threads', 'Threads are really created', 1),
  criterion('total', 'Exact total under the lock', 2),
  criterion('race-shown', 'The race is shown without the lock', 0.5),
  criterion('list', 'Every thread leaves its node', 0.5),
  criterion('own-lock', 'The lock is built from atomics', 1),
  criterion('no-race', 'No data race under the lock', 1),
  criterion('leaks', 'Nothing leaks', 0.5),
  criterion('early-unload', 'Unloads while threads work', 0.5),
  criterion('style', 'Kernel coding style', 0.5, 'after_published'),
];

function criterion(
  check: CheckName,
  title: string,
  points: number,
  visibility: Grades['criteria'][number]['visibility'] = 'visible',
) {
  return { id: check, title, points, check, visibility };
}

const firstNames =
  'Anna Boris Clara Daria Emil Fatima Georg Hanna Ivan Julia Karl Lena Maksym Nora Oleg Petra Quentin Rosa Stepan Tereza'.split(
    ' ',
  );
const lastNames =
  'Petrenko Müller García Дорошенко Novák Rossi Dubois Ковальчук Schmidt O’Neill Nguyễn Иванова Kowalski 李 Öztürk'.split(
    ' ',
  );

/** A number from 0 to 1 that depends on nothing but its arguments. */
function chance(...seeds: number[]): number {
  let state = 2_166_136_261;
  for (const seed of seeds) state = Math.imul(state ^ (seed + 0x9e37), 16_777_619) ^ (state >>> 13);
  return ((state >>> 0) % 10_007) / 10_007;
}

export function sampleGrades(count = 6): Grades {
  const students = Array.from({ length: count }, (_, at) => sampleStudent(at)).sort((a, b) =>
    a.key < b.key ? -1 : 1,
  );
  const similar =
    students.length < 4 ? [] : [pair(students[0], students[2], 0.94), pair(students[1], students[3], 0.87)];
  return { ...gradesFrame, students, similar };
}

const pair = (a: StudentResult | undefined, b: StudentResult | undefined, share: number) => ({
  a: a?.key ?? '',
  b: b?.key ?? '',
  share,
  tokens: 412,
});

export const gradesFrame: Grades = {
  schema: 'lab3.grades/1',
  tool: 'lab3 0.1.0',
  assignment: { title: 'Kernel threads', points: 10, due: '2026-11-20T23:59:00', timeZone: 'Europe/Kyiv' },
  rubric: { sha256: sha('a') },
  kernel: { release: '6.12.48+deb13-amd64', version: '6.12.48-1', checked: '6.12.48-checked' },
  seedSha256: sha('b'),
  criteria: sampleCriteria,
  students: [],
  similar: [],
  unmatched: [{ source: 'notes.txt', why: 'It is no submission: neither an archive nor a source file.' }],
};

export function sampleStudent(at: number, changes: Partial<StudentResult> = {}): StudentResult {
  const name = `${firstNames[at % firstNames.length]} ${lastNames[(at * 7 + Math.floor(at / 20)) % lastNames.length]}`;
  const key = `s${String(at).padStart(4, '0')}`;
  const kind = chance(at, 1);
  const absent = kind < 0.05;
  const talent = 0.45 + chance(at, 2) * 0.55;
  const crashed = kind > 0.93;
  const late = !absent && chance(at, 3) < 0.12;
  const criteria = sampleCriteria.map((each, place) =>
    absent ? result(each, 'not_submitted') : result(each, statusOf(at, place, talent, crashed)),
  );
  const open = criteria.some(({ earned }) => earned === null);
  const provisional = round(criteria.reduce((sum, { earned }) => sum + (earned ?? 0), 0));
  const raw = open ? null : provisional;
  const penalty = late && raw !== null ? round(raw * 0.1) : 0;
  const failing = criteria.some(({ status }) => status === 'error');
  return {
    key,
    name,
    identities: {
      canvas_id: String(40_000 + at),
      moodle_id: String(7_000 + at),
      login: `user${at}`,
      email: `user${at}@uni.example`,
    },
    onRoster: at % 50 !== 17,
    ...(absent
      ? {}
      : {
          submission: {
            source: `${name} ${7000 + at}.zip`,
            others: late ? [`${name} first try.zip`] : [],
            submittedAt: '2026-11-21T08:14:03Z',
            sha256: sha('c'),
            files: ['spin.c', 'Makefile'],
            notes: ['An extra folder level was taken away.'],
            modules: [
              {
                name: 'spin',
                files: ['spin.c'],
                roles: [...roles],
                parameters: { n_threads: 'threads', lock: 'use_lock' },
              },
            ],
          },
        }),
    status: absent ? 'not_submitted' : failing ? 'error' : open ? 'review' : 'graded',
    ...(late ? { late: { seconds: 93_000, share: 0.1 } } : {}),
    raw: absent ? 0 : raw,
    penalty,
    final: absent ? 0 : raw === null ? null : round(raw - penalty),
    provisional,
    criteria,
    reviews: open && !failing ? ['A checker is asked to look away at spin.c:12 (data_race).'] : [],
    ...changes,
  };
}

const round = (points: number) => Math.round(points * 1000) / 1000;

function statusOf(at: number, place: number, talent: number, crashed: boolean): Status {
  if (place === 0) return talent > 0.5 ? 'pass' : 'fail';
  if (talent <= 0.5) return 'skipped';
  if (crashed && place === 8) return chance(at, 9) < 0.5 ? 'review' : 'error';
  const luck = chance(at, place, 5) * (place === 4 || place === 8 || place === 10 ? 1.35 : 0.95);
  return luck < talent ? 'pass' : luck < talent + 0.14 ? 'partial' : 'fail';
}

function result({ id, points, check }: Grades['criteria'][number], status: Status): CriterionResult {
  const earned =
    status === 'pass'
      ? points
      : status === 'partial'
        ? round(points / 2)
        : status === 'fail' || status === 'not_submitted'
          ? 0
          : null;
  return {
    id,
    status,
    // Whoever's module does not build has nothing else to be tried: worth nothing, and said to be skipped.
    earned: status === 'skipped' ? 0 : earned,
    what:
      status === 'pass'
        ? 'All that was tried went well.'
        : status === 'skipped'
          ? 'The module does not build.'
          : `Not all of it (${check}) went well.`,
    ...(status === 'fail' || status === 'partial' ? { hint: 'Keep the threads apart while they add.' } : {}),
    details: status === 'not_submitted' || status === 'skipped' ? [] : details(check, status),
  };
}

function details(check: CheckName, status: Status): GradeDetail[] {
  if (check === 'builds' || check === 'warnings')
    return [
      {
        visibility: 'visible',
        status,
        what: status === 'pass' ? 'gcc built spin.ko.' : 'gcc did not build spin.ko: 1 error.',
        ...(status === 'pass'
          ? {}
          : {
              places: [{ file: 'spin.c', line: 42, function: 'worker', text: '\tn_times += increment' }],
              raw: "spin.c:42:31: error: expected ';' before '}' token",
            }),
      },
    ];
  return [
    {
      case: 'public-1',
      visibility: 'visible',
      status,
      what: status === 'pass' ? 'The total was 21000000.' : 'The total was 20871134; 21000000 was right.',
      parameters: { threads: '7', increment: '3', n_times: '1000000', use_lock: '1' },
      vcpus: 4,
      ...(status === 'pass'
        ? {}
        : { places: [{ file: 'src/spin.c', line: 58, function: 'add', text: '\tn_total += increment;' }] }),
    },
    {
      case: 'secret-1',
      visibility: 'hidden',
      status,
      what: 'HIDDEN-WORDS',
      parameters: { threads: '13', secret_increment: '777' },
      vcpus: 2,
      places: [{ file: 'secret.c', line: 99, text: 'HIDDEN-LINE' }],
      raw: 'HIDDEN-RAW',
    },
  ];
}
