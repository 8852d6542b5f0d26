/** A module on the checked kernel: few runs, since a class has many modules, but each kind of run that shows something. */
import type { CheckDocument } from '../../lab/check/document.ts';
import { type CheckGroup, type CheckPlan, foldSpec, planCheck } from '../../lab/check/plan.ts';
import { defaultConfig, type LabConfig } from '../../lab/config.ts';
import type { LockKind } from '../../lab/names.ts';
import type { Patterns } from '../../lab/outcome.ts';
import type { ParameterUse } from '../../lab/parameters.ts';
import type { ModuleSource } from '../../provision/builder/builder.ts';
import { checkModule } from '../../provision/check/check.ts';
import type { Context } from '../../provision/context.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import type { Role } from '../names.ts';
import { compile } from './build.ts';
import { type KnownParameters, useOf } from './parameters.ts';
import type { GradeCase, GradeRequest } from './request.ts';

export interface CheckWish {
  readonly source: ModuleSource;
  readonly roles: readonly Role[];
  /** Whether a parameter of it chooses the role. */
  readonly chooses: boolean;
  readonly parameters: KnownParameters;
  readonly patterns: Patterns;
  /** Whether the module is known to hang or end its machines. */
  readonly takesMachines: boolean;
  /** Whether its threads are known to stay until it is unloaded. */
  readonly stays: boolean;
  /** Taken within bounds. */
  readonly case: CheckCase;
}

type CheckCase = Pick<GradeCase, 'nThreads' | 'increment' | 'vcpus'>;

/**
 * A finding says with which numbers it was made, to whoever may see the criterion: so they are those of a case that everybody
 * may see, or else the exercise's own.
 */
export function caseOfCheck(cases: readonly GradeCase[]): CheckCase {
  return cases.find(({ hidden }) => !hidden) ?? defaultConfig();
}

const lockOf: Record<Role, LockKind> = { unlocked: 'none', locked: 'own' };
/** The checked kernel takes a hundred times as long for a step: more threads would show no more. */
const mostThreads = 6;
/** The most; the plan has bounds of its own, and fits later runs to the pace of the first. */
const steps = 500_000;

/** Without a lock the race shows within milliseconds. */
const mostFreeSteps = 10_000;

/** Throws faults of this computer; `failedBuild` tells a source that only the checked kernel does not compile. */
export async function checkOne(
  context: Context,
  request: Pick<GradeRequest, 'startGuest' | 'builder' | 'mirror' | 'settings' | 'tool'>,
  kernel: Kernel,
  wish: CheckWish,
): Promise<CheckDocument> {
  const { source, roles, chooses, parameters, patterns } = wish;
  const module = await compile(context, source, kernel, request);
  const known = useOf(parameters);
  // A module that is all of one kind is run as it is: its lock parameter, if any, is not for us to set.
  const use = chooses ? known : { ...known, params: withoutLock(known) };
  const config: LabConfig = {
    ...defaultConfig(),
    nThreads: Math.min(Math.max(wish.case.nThreads, 2), mostThreads),
    increment: wish.case.increment,
    nTimes: steps,
    vcpus: Math.max(wish.case.vcpus, 2),
  };
  return checkModule(context, {
    plan: leanPlan(config, roles, request.settings.checkRuns, use, module.name),
    foldSpec: (group: CheckGroup, number) => foldSpec(group, config, use, number),
    source,
    stays: wish.stays,
    ...(wish.takesMachines ? { mostLost: 1 } : {}),
    kernels: { checked: { module, startGuest: (vcpus) => request.startGuest(context, kernel, vcpus) } },
    patterns,
    tool: request.tool,
  });
}

export function leanPlan(
  config: LabConfig,
  roles: readonly Role[],
  runs: Readonly<Record<Role, number>>,
  use: ParameterUse,
  name: string,
): CheckPlan {
  // Leaks have an age to wait for, which passes while the other kind runs.
  const lockedFirst = [...roles].sort((a, b) => Number(b === 'locked') - Number(a === 'locked'));
  const plans = lockedFirst.map((role) =>
    planCheck({ ...config, locks: [lockOf[role]] }, { runs: runs[role], kasan: false }, use, {
      name,
      has: [],
    }),
  );
  let number = 0;
  const groups = plans.flatMap(({ groups }, at) =>
    groups.map((group) => ({
      ...group,
      // A machine less to start, for a second's wait until leaks have been looked for.
      joins: at > 0,
      // What leaks without the lock leaks with it.
      leaks: group.locked || roles.length === 1,
      specs: group.specs.map((spec) => {
        number += 1;
        const free = !group.locked && !group.asItIs && group.withSteps !== undefined;
        const lean = free ? group.withSteps(spec, Math.min(spec.nTimes, mostFreeSteps)) : spec;
        return { ...lean, number };
      }),
    })),
  );
  return { groups, notes: [...new Set(plans.flatMap(({ notes }) => notes))] };
}

function withoutLock({ params }: ParameterUse): ParameterUse['params'] {
  const { lock: _lock, ...rest } = params;
  return rest;
}
