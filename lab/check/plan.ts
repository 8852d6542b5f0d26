/** Which runs a check makes: for each lock the same few, so that what one shows the others can be held against. */
import type { LabConfig } from '../config.ts';
import type { LockKind } from '../names.ts';
import { ownParameters, type ParameterUse } from '../parameters.ts';
import { plan } from '../plan.ts';
import type { CheckSpec, Shape } from './evidence.ts';

/** The runs of one lock, which share a machine. */
export interface CheckGroup {
  readonly lock: LockKind;
  readonly locked: boolean;
  readonly asItIs: boolean;
  readonly specs: readonly CheckSpec[];
}

export interface CheckPlan {
  readonly groups: readonly CheckGroup[];
  /** What is run otherwise than it was asked for, in words. */
  readonly notes: readonly string[];
}

/**
 * Threads and steps of the runs, in turns. Under a lock the checked kernel takes some 40 µs for a step, a hundred times
 * as long as a plain one: few steps, but enough that threads which start one after another meet.
 */
function shapes(
  { nThreads, nTimes }: LabConfig,
  locked: boolean,
): { shape: Shape; nThreads: number; nTimes: number }[] {
  const few = Math.min(4, Math.max(2, nThreads));
  const steps = (most: number) => Math.min(nTimes, most);
  return [
    { shape: 'whole', nThreads: few, nTimes: steps(locked ? 10_000 : 25_000) },
    { shape: 'early', nThreads: few, nTimes: steps(locked ? 50_000 : 400_000) },
    { shape: 'whole', nThreads, nTimes: steps(locked ? 2_000 : 10_000) },
    { shape: 'whole', nThreads: 2, nTimes: steps(locked ? 15_000 : 25_000) },
  ];
}

/**
 * A plan with `runs` runs of each lock of the configuration. A module that cannot be told which lock to take is run
 * as it is, and has to be right. Throws what `plan` throws.
 */
export function planCheck(
  config: LabConfig,
  runs: number,
  use: ParameterUse = ownParameters,
  module: { readonly name: string; readonly has: readonly string[] } = { name: 'lab3', has: [] },
): CheckPlan {
  const notes: string[] = [];
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
  const groups = locks.map((lock) => {
    const kinds = shapes(config, lock !== 'none');
    const specs = Array.from({ length: runs }, (_, at): CheckSpec => {
      const { shape, nThreads, nTimes } = kinds[at % kinds.length] ??
        kinds[0] ?? { shape: 'whole', nThreads: 2, nTimes: 1 };
      const [spec] = plan({ ...config, nThreads, nTimes, locks: [lock] }, parameters, module);
      if (spec === undefined) throw new TypeError('a plan of one lock has one run');
      number += 1;
      return { ...spec, number, shape, locked: lock !== 'none', asItIs };
    });
    return { lock, locked: lock !== 'none', asItIs, specs };
  });
  return { groups, notes };
}

const withoutLock = ({ params }: ParameterUse): ParameterUse['params'] => {
  const { lock: _lock, ...rest } = params;
  return rest;
};

const foldSteps = 1_000_000_000;

/** So many steps that a loop with something in it cannot end within a second. */
export function foldSpec(
  group: CheckGroup,
  config: LabConfig,
  use: ParameterUse,
  number: number,
): CheckSpec | undefined {
  // Without a parameter for the steps there is nothing to raise.
  if (use.params.n_times === undefined) return undefined;
  const parameters = group.asItIs ? { ...use, params: withoutLock(use) } : use;
  const [spec] = plan({ ...config, nThreads: 2, nTimes: foldSteps, locks: [group.lock] }, parameters);
  return spec && { ...spec, number, shape: 'fold', locked: group.locked, asItIs: group.asItIs };
}
