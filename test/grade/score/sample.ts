/** Evidence of a submission that is right in everything, to be changed in the point that a test is about. */

import type { CriterionResult, StudentResult } from '../../../grade/document.ts';
import type { Evidence, GradeRun, ModuleEvidence } from '../../../grade/engine/evidence.ts';
import type { Candidate } from '../../../grade/intake/submission.ts';
import { drawCases } from '../../../grade/rubric/cases.ts';
import { parseRubric } from '../../../grade/rubric/parse.ts';
import type { Rubric } from '../../../grade/rubric/rubric.ts';
import { score } from '../../../grade/score/score.ts';
import type { CheckDocument, CheckFinding, CheckRun } from '../../../lab/check/document.ts';

/** One case that is public and two that are drawn, so that one of several can go wrong. */
const cases = `cases:
  - {name: public, n_threads: 10, increment: 2, n_times: 20_000, visibility: visible}
  - {name: drawn, count: 2, n_threads: 3..12, increment: 3..9, n_times: 4000..12_000 +500}
`;

/** The rubric of the exercise with one more setting. */
export const rubricWith = (text: string): Rubric =>
  parseRubric(text.includes('cases:') ? text : `${cases}${text}`, 'rubric.yaml');

export const rubric = rubricWith('');

export const hash = 'a'.repeat(64);

export const candidate: Candidate = {
  key: 'ada',
  name: 'Ada Lovelace',
  identities: { email: 'ada@example.org' },
  onRoster: true,
  submission: {
    source: 'ada/lab.zip',
    files: new Map([['lab.c', new Uint8Array([1])]]),
    documents: [],
    sha256: hash,
    notes: [],
  },
  others: [],
};

export function module(
  over: Partial<ModuleEvidence> = {},
  build: Partial<ModuleEvidence['build']> = {},
): ModuleEvidence {
  return {
    name: 'lab',
    files: ['lab.c'],
    roles: ['unlocked', 'locked'],
    why: 'The parameter use_lock chooses.',
    build: {
      status: 'built',
      what: '',
      diagnostics: [],
      dropped: [],
      compatibility: false,
      log: '',
      ...build,
    },
    parameters: { n_threads: 'threads', increment: 'inc', n_times: 'times', lock: 'use_lock' },
    ambiguous: [],
    licence: 'GPL',
    symbols: ['_printk', 'kthread_create_on_node'],
    optOuts: [],
    ...over,
  };
}

export function run(over: Partial<GradeRun> = {}): GradeRun {
  const { nThreads = 7, increment = 3, nTimes = 1000, role = 'locked' } = over;
  const expected = String(nThreads * increment * nTimes);
  return {
    case: 'public',
    hidden: false,
    role,
    shape: 'whole',
    module: 'lab',
    nThreads,
    increment,
    nTimes,
    vcpus: 2,
    expected,
    parameters: { threads: String(nThreads), inc: String(increment), times: String(nTimes) },
    reached: 'unloaded',
    said: '',
    final:
      role === 'locked'
        ? expected
        : String(Math.floor(Number(expected) / increment / 2) * increment - increment),
    list: Array.from({ length: nThreads }, (_, at) => String((at + 1) * increment)),
    threadsMade: nThreads,
    threadsAtOnce: nThreads,
    outlived: [],
    findings: [],
    console: 'Total: 1\n',
    droppedBytes: 0,
    ...over,
  };
}

export function checkRun(over: Partial<CheckRun> = {}): CheckRun {
  return {
    number: 1,
    kernel: 'checked',
    lock: 'own',
    locked: true,
    nThreads: 4,
    increment: 3,
    nTimes: 1000,
    vcpus: 2,
    shape: 'whole',
    parameters: {},
    expected: '12000',
    final: '12000',
    reached: 'unloaded',
    elapsedMs: 100,
    droppedBytes: 0,
    ...over,
  };
}

export function finding(kind: CheckFinding['kind'], over: Partial<CheckFinding> = {}): CheckFinding {
  return {
    kind,
    severity: 'error',
    places: [{ file: 'lab.c', line: 42, function: 'worker', role: 'writes' }],
    what: `The kernel saw ${kind}.`,
    look: 'Look at the lock.',
    tasks: [],
    cpus: [],
    count: 1,
    runs: [1],
    raw: 'BUG: as the kernel says it',
    ...over,
  };
}

export function check(over: Partial<CheckDocument> = {}): CheckDocument {
  return {
    schema: 'lab3.check/1',
    createdAt: '2026-01-01T00:00:00Z',
    tool: 'lab3',
    module: { name: 'lab', files: ['lab.c'] },
    guest: {
      provider: 'qemu',
      arch: 'amd64',
      kernel: '6.12',
      vcpus: 2,
      memoryMiB: 256,
      accelerator: 'tcg',
      hypervisor: 'QEMU',
    },
    build: {
      builder: 'sandbox',
      compiler: 'gcc',
      kernelRelease: '6.12',
      vermagic: '6.12',
      arch: 'amd64',
      sourceSha256: hash,
      warnings: [],
      cached: false,
      elapsedMs: 1,
    },
    debugInfo: true,
    runs: [
      checkRun(),
      checkRun({ number: 2, shape: 'early' }),
      checkRun({ number: 3, lock: 'none', locked: false, final: '9000' }),
    ],
    findings: [],
    remarks: [],
    notes: [],
    ...over,
  };
}

/** Every case of the rubric in both roles, an early unload and a reload. */
export function runs(
  of: Rubric = rubric,
  change: (run: GradeRun) => Partial<GradeRun> = () => ({}),
): GradeRun[] {
  const whole = drawCases(of, 'a seed of the tests', candidate.key).flatMap((one) =>
    (['unlocked', 'locked'] as const).map((role) =>
      run({
        case: one.id,
        hidden: one.hidden,
        role,
        nThreads: one.nThreads,
        increment: one.increment,
        nTimes: one.nTimes,
        vcpus: one.vcpus,
      }),
    ),
  );
  const all = [...whole, run({ shape: 'early' }), run({ shape: 'reload', cycles: 10 })];
  return all.map((one) => ({ ...one, ...change(one) }));
}

export function evidence(over: Partial<Evidence> = {}): Evidence {
  return {
    modules: [module()],
    runs: runs(),
    checks: { lab: check() },
    style: { errors: 0, warnings: 0, checks: 0, lines: 100, worst: [] },
    report: ['report.pdf'],
    errors: [],
    ...over,
  };
}

export function scored(over: Partial<Evidence> = {}, of: Rubric = rubric): StudentResult {
  return score(of, candidate, evidence(over));
}

export function criterion(result: StudentResult, id: string): CriterionResult {
  const found = result.criteria.find((one) => one.id === id);
  if (found === undefined) throw new TypeError(`no criterion ${id}`);
  return found;
}

/** `pass 10`, `review -`, … */
export function mark(result: StudentResult, id: string): string {
  const { status, earned } = criterion(result, id);
  return `${status} ${earned ?? '-'}`;
}
