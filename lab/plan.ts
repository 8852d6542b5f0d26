/** From the configuration to the runs: what each is given and what it must come to. */
import type { LabConfig } from './config.ts';
import { labError } from './errors.ts';
import type { LockKind } from './names.ts';
import { ownParameters, type ParameterUse } from './parameters.ts';

export interface RunSpec {
  readonly lock: LockKind;
  readonly nThreads: number;
  readonly increment: number;
  readonly nTimes: number;
  readonly vcpus: number;
  /** nThreads × increment × nTimes as decimal text: it may pass 2^53. Kept on the host; a guest is never told. */
  readonly expected: string;
  /** As insmod gets them, `name=value`, in this order. */
  readonly moduleParams: Readonly<Record<string, string>>;
}

/**
 * One run for each lock of the configuration. `use` says how the module names its parameters (from
 * `resolveParameters` for a student's). Throws `LockNotSelectable` when several locks are wanted and the module
 * cannot be told which to take.
 */
export function plan(
  config: LabConfig,
  use: ParameterUse = ownParameters,
  module: { readonly name: string; readonly has: readonly string[] } = { name: 'lab3', has: [] },
): RunSpec[] {
  const { nThreads, increment, nTimes, vcpus } = config;
  const lockParameter = use.params.lock;
  const unknown = config.locks.filter(
    (lock) => lockParameter === undefined || use.lockValues[lock] === undefined,
  );
  // A single run of a module without a choice of locks is what it is; two runs alike would prove nothing.
  if (unknown.length > 0 && (config.locks.length > 1 || lockParameter !== undefined)) {
    throw labError('LockNotSelectable', { module: module.name, locks: config.locks, has: module.has });
  }
  const expected = String(BigInt(nThreads) * BigInt(increment) * BigInt(nTimes));
  return config.locks.map((lock) => {
    const given = { n_threads: nThreads, increment, n_times: nTimes, lock: use.lockValues[lock] };
    const moduleParams: Record<string, string> = {};
    for (const [role, value] of Object.entries(given)) {
      const name = use.params[role as keyof typeof given];
      if (name !== undefined && value !== undefined) moduleParams[name] = String(value);
    }
    return { lock, nThreads, increment, nTimes, vcpus, expected, moduleParams };
  });
}
