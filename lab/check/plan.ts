/** Which runs a check makes: for each lock the same few, so that what one shows the others can be held against. */
import type { LabConfig } from '../config.ts';
import type { CheckedKind, LockKind } from '../names.ts';
import { ownParameters, type ParameterUse } from '../parameters.ts';
import { plan } from '../plan.ts';
import type { CheckSpec, Shape } from './evidence.ts';

/** The runs of one lock on one kernel, which share a machine. */
export interface CheckGroup {
  readonly kernel: CheckedKind;
  readonly lock: LockKind;
  readonly locked: boolean;
  readonly asItIs: boolean;
  /** With the most steps that each may have. */
  readonly specs: readonly CheckSpec[];
  /** `false`: leaks are not looked for after these runs, which saves seconds. */
  readonly leaks?: boolean;
  /** Whether these runs go on in the machine of the group before, once that is done with it and where it still serves. */
  readonly joins?: boolean;
  /** The same run with other steps; absent where the module has no parameter for them. */
  readonly withSteps?: (spec: CheckSpec, nTimes: number) => CheckSpec;
}

export interface CheckPlan {
  readonly groups: readonly CheckGroup[];
  /** What is run otherwise than it was asked for, in words. */
  readonly notes: readonly string[];
}

/**
 * Threads and steps of the runs, in turns. Under a lock the checked kernel takes some 40 µs for a step, a hundred times
 * as long as a plain one, and more where threads fight for it or the computer is busy: the first run has few steps and
 * tells how many the others get (`fitted`), but enough that threads which start one after another meet. Whether a module
 * that is run as it is takes a lock is not known.
 */
function shapes(
  { nThreads, nTimes }: LabConfig,
  how: 'unlocked' | 'locked' | 'unknown',
): { shape: Shape; nThreads: number; nTimes: number }[] {
  const few = Math.min(4, Math.max(2, nThreads));
  const steps = (most: number) => Math.min(nTimes, most);
  const locked = how !== 'unlocked';
  return [
    { shape: 'whole', nThreads: few, nTimes: steps(how === 'locked' ? 10_000 : 25_000) },
    { shape: 'early', nThreads: few, nTimes: steps(locked ? 50_000 : 400_000) },
    { shape: 'whole', nThreads, nTimes: steps(locked ? 2_000 : 10_000) },
    { shape: 'whole', nThreads: 2, nTimes: steps(locked ? 15_000 : 25_000) },
  ];
}

/** Every access to memory is looked at, so one run with each way to end is enough. */
const kasanRuns = 2;

export interface PlanOptions {
  /** Of each lock. */
  readonly runs: number;
  /** Whether the kernel that sees each read and write of memory that is not the module's is at hand. */
  readonly kasan: boolean;
}

/**
 * A plan with `runs` runs of each lock of the configuration. A module that cannot be told which lock to take is run
 * as it is, and has to be right. Throws what `plan` throws.
 */
export function planCheck(
  config: LabConfig,
  { runs, kasan }: PlanOptions,
  use: ParameterUse = ownParameters,
  module: { readonly name: string; readonly has: readonly string[] } = { name: 'lab3', has: [] },
): CheckPlan {
  const notes: string[] = kasan ? [] : [withoutKasan];
  const known = config.locks.filter(
    (lock) => use.params.lock !== undefined && use.lockValues[lock] !== undefined,
  );
  const asItIs = known.length === 0 && (use.params.lock === undefined || config.locks.length > 1);
  const locks: readonly LockKind[] = asItIs
    ? [config.locks.length === 1 ? (config.locks[0] ?? 'own') : 'own']
    : known;
  if (asItIs)
    notes.push(
      `${module.name} has no parameter that chooses the lock: it is run as it is, and its total has to be right.`,
    );
  else if (known.length < config.locks.length) {
    const missing = config.locks.filter((lock) => !known.includes(lock));
    notes.push(`${module.name} cannot be told to take the lock ${missing.join(', ')}: not run.`);
  }
  const parameters = asItIs ? { ...use, params: withoutLock(use) } : use;
  let number = 0;
  const group = (kernel: CheckedKind, lock: LockKind, runs: number): CheckGroup => {
    const locked = lock !== 'none';
    const kinds = shapes(config, asItIs ? 'unknown' : locked ? 'locked' : 'unlocked');
    const specs = Array.from({ length: runs }, (_, at): CheckSpec => {
      const { shape, nThreads, nTimes } = kinds[at % kinds.length] ??
        kinds[0] ?? { shape: 'whole', nThreads: 2, nTimes: 1 };
      const [spec] = plan({ ...config, nThreads, nTimes, locks: [lock] }, parameters, module);
      if (spec === undefined) throw new TypeError('a plan of one lock has one run');
      number += 1;
      return { ...spec, number, shape, locked, asItIs, kernel };
    });
    const name = parameters.params.n_times;
    if (name === undefined) return { kernel, lock, locked, asItIs, specs };
    const withSteps = (spec: CheckSpec, nTimes: number): CheckSpec => ({
      ...spec,
      nTimes,
      expected: String(BigInt(spec.nThreads) * BigInt(spec.increment) * BigInt(nTimes)),
      moduleParams: { ...spec.moduleParams, [name]: String(nTimes) },
    });
    return { kernel, lock, locked, asItIs, specs, withSteps };
  };
  const groups = locks.map((lock) => group('checked', lock, runs));
  if (kasan) groups.push(...locks.map((lock) => group('kasan', lock, Math.min(runs, kasanRuns))));
  return { groups, notes };
}

/** What nobody can see without that kernel: docs/adr/007. */
const withoutKasan =
  'Reads of memory that was freed, or that lies beside a block, were not looked for: that takes a second kernel, made by `lab3 kernel build --kind kasan`.';

const withoutLock = ({ params }: ParameterUse): ParameterUse['params'] => {
  const { lock: _lock, ...rest } = params;
  return rest;
};

/** What a run may take, in ms: threads that are to be unloaded early must not end before. */
const budgetMs = { whole: 2_500, early: 6_000, fold: Number.POSITIVE_INFINITY };
const leastSteps = 200;

/**
 * A run with as many steps as there is time for, at the pace of one that has been.
 *
 * @param stepMs what a step of any thread took; undefined where no run has told
 * @param lost whether a run did not come to its end: the next one is not given longer than that
 */
export function fitted(
  group: CheckGroup,
  spec: CheckSpec,
  stepMs: number | undefined,
  lost = false,
): CheckSpec {
  if (group.withSteps === undefined) return spec;
  if (stepMs === undefined)
    return lost ? group.withSteps(spec, Math.min(spec.nTimes, group.specs[0]?.nTimes ?? leastSteps)) : spec;
  const fit = Math.floor(budgetMs[spec.shape] / (stepMs * spec.nThreads));
  if (fit >= spec.nTimes) return spec;
  return group.withSteps(spec, Math.min(spec.nTimes, Math.max(leastSteps, fit)));
}

const foldSteps = 1_000_000_000;

/** So many steps that a loop with something in it cannot end within five seconds. */
export function foldSpec(
  group: CheckGroup,
  config: LabConfig,
  use: ParameterUse,
  number: number,
): CheckSpec | undefined {
  // Without a parameter for the steps there is nothing to raise; and only the checked kernel makes each step slow.
  if (use.params.n_times === undefined || group.kernel !== 'checked') return undefined;
  const parameters = group.asItIs ? { ...use, params: withoutLock(use) } : use;
  const [spec] = plan({ ...config, nThreads: 2, nTimes: foldSteps, locks: [group.lock] }, parameters);
  return (
    spec && {
      ...spec,
      number,
      shape: 'fold',
      locked: group.locked,
      asItIs: group.asItIs,
      kernel: group.kernel,
    }
  );
}
