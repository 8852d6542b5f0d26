/** The tries of one case: an unlocked run that is right is given more steps, an early one until it finds threads at work. */
import type { Context } from '../../provision/context.ts';
import type { Role } from '../names.ts';
import type { GradeRun } from './evidence.ts';
import type { GradeCase, GradeRequest } from './request.ts';
import { makeRun, type RunModule } from './run.ts';

type Request = Pick<GradeRequest, 'startGuest' | 'stock' | 'settings'>;

/** Threads that start one after another in an emulated machine meet when each has a hundred thousand steps or more. */
const factors = [1, 16, 64];
const mostTotal = 2n ** 31n - 1n;

/** Threads at work are not what loading again and again is about. */
const reloadSteps = 1_000;

/**
 * Whole runs of a case, and of the first of them what came of loading it `cycles` times. `shown`: whether a run of this module has lost updates before; while none has, one that is right
 * by luck is tried with more steps. A total that fits in 32 bits goes on to do so.
 */
export async function wholeRuns(
  context: Context,
  request: Request,
  module: RunModule,
  role: Role,
  one: GradeCase,
  { shown, cycles }: { readonly shown: boolean; readonly cycles: number },
): Promise<GradeRun[]> {
  const runs: GradeRun[] = [];
  const often = cycles > 0 ? { reload: { cycles, nTimes: Math.min(one.nTimes, reloadSteps) } } : {};
  for (const factor of factors) {
    const nTimes = one.nTimes * factor;
    if (factor > 1 && !fits(one, nTimes)) break;
    const { run, reload, elapsedMs } = await makeRun(context, request, module, {
      case: { ...one, nTimes },
      role,
      shape: 'whole',
      ...(factor === 1 ? often : {}),
    });
    runs.push(run, ...(reload === undefined ? [] : [reload]));
    const lucky = role === 'unlocked' && !shown && run.reached === 'unloaded' && run.final === run.expected;
    // Without a parameter for the steps there is nothing to raise.
    if (!lucky || module.parameters.params.n_times === undefined) break;
    if (elapsedMs > request.settings.limits.scaleSeconds * 1000) break;
  }
  return runs;
}

function fits({ nThreads, increment, nTimes }: GradeCase, more: number): boolean {
  const total = (steps: number) => BigInt(nThreads) * BigInt(Math.abs(increment)) * BigInt(steps);
  return total(nTimes) > mostTotal || total(more) <= mostTotal;
}

/** Enough for threads to be at work still when a script comes back to unload them. */
const earlySteps = [1_000_000, 8_000_000];

/** Unloads while threads are at work; with more steps where they had ended by then. */
export async function earlyRuns(
  context: Context,
  request: Request,
  module: RunModule,
  role: Role,
  one: GradeCase,
): Promise<GradeRun[]> {
  const runs: GradeRun[] = [];
  for (const steps of earlySteps) {
    const { run, elapsedMs } = await makeRun(context, request, module, {
      case: { ...one, nTimes: Math.max(one.nTimes, steps) },
      role,
      shape: 'early',
    });
    runs.push(run);
    const tooLate = run.reached === 'unloaded' && (run.threadsAtUnload ?? 1) === 0;
    if (!tooLate || module.parameters.params.n_times === undefined) break;
    if (elapsedMs > request.settings.limits.scaleSeconds * 1000) break;
  }
  return runs;
}
