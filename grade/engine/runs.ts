/** The tries of one case: an unlocked run is given steps enough to lose some, an early one enough to find threads at work. */
import type { Context } from '../../provision/context.ts';
import type { Role } from '../names.ts';
import type { GradeRun } from './evidence.ts';
import type { GradeCase, GradeRequest } from './request.ts';
import { makeRun, type RunModule } from './run.ts';

type Request = Pick<GradeRequest, 'startGuest' | 'stock' | 'settings'>;

/**
 * Times as many steps as the case says. Threads that start one after another in an emulated machine meet when each has a
 * hundred thousand steps or more: with fewer an unlocked run is right as often as not, and all that it costs is a machine.
 */
const factors = [16, 64];
/** Of a case after one that was right by luck with all of these. */
const laterFactors = [64];
const mostTotal = 2n ** 31n - 1n;

/** Threads at work are not what loading again and again is about. */
const reloadSteps = 1_000;

/**
 * Whole runs of a case, and of the first of them what came of loading it `cycles` times. `raise`: an unlocked run has more
 * steps than the case says, and one that is right by luck is tried with still more, `later` with these at once. A total that
 * fits in 32 bits goes on to do so.
 */
export async function wholeRuns(
  context: Context,
  request: Request,
  module: RunModule,
  role: Role,
  one: GradeCase,
  {
    raise,
    cycles,
    stays,
  }: { readonly raise: 'no' | 'first' | 'later'; readonly cycles: number; readonly stays: boolean },
): Promise<GradeRun[]> {
  const often = cycles > 0 ? { reload: { cycles, nTimes: Math.min(one.nTimes, reloadSteps) } } : {};
  const make = async (nTimes: number, more: object) => {
    const { run, reload, elapsedMs } = await makeRun(context, request, module, {
      case: { ...one, nTimes },
      timedBy: one,
      stays,
      role,
      shape: 'whole',
      ...more,
    });
    return { run, runs: reload === undefined ? [run] : [run, reload], elapsedMs };
  };
  // Without a parameter for the steps there is nothing to raise.
  const raised = role === 'unlocked' && raise !== 'no' && module.parameters.params.n_times !== undefined;
  const steps = raised ? raisedSteps(one, raise === 'later' ? laterFactors : factors) : [];
  const runs: GradeRun[] = [];
  for (const nTimes of steps) {
    const made = await make(nTimes, runs.length === 0 ? often : {});
    const { run, elapsedMs } = made;
    // So many steps are our wish, not the rubric's: what does not end with them is tried with its own.
    if (run.reached === 'stuck' || run.findings.some(({ kind }) => kind === 'time-limit')) break;
    runs.push(...made.runs);
    if (run.reached !== 'unloaded' || run.final !== run.expected) break;
    if (elapsedMs > request.settings.limits.scaleSeconds * 1000) break;
  }
  return runs.length > 0 ? runs : (await make(one.nTimes, often)).runs;
}

const raisedSteps = (one: GradeCase, factors: readonly number[]) =>
  factors.map((factor) => one.nTimes * factor).filter((nTimes) => fits(one, nTimes));

function fits({ nThreads, increment, nTimes }: GradeCase, more: number): boolean {
  const total = (steps: number) => BigInt(nThreads) * BigInt(Math.abs(increment)) * BigInt(steps);
  return total(nTimes) > mostTotal || total(more) <= mostTotal;
}

/** Locked runs with more steps than the case says, until one loses some; what does not end with so many says nothing. */
export async function harderRuns(
  context: Context,
  request: Request,
  module: RunModule,
  one: GradeCase,
): Promise<GradeRun[]> {
  const runs: GradeRun[] = [];
  if (module.parameters.params.n_times === undefined) return runs;
  for (const nTimes of raisedSteps(one, factors)) {
    const plan = { case: { ...one, nTimes }, role: 'locked', shape: 'whole' } as const;
    const { run, elapsedMs } = await makeRun(context, request, module, plan);
    if (run.reached !== 'unloaded' || run.findings.some(({ kind }) => kind === 'time-limit')) break;
    runs.push(run);
    if (run.final !== run.expected || elapsedMs > request.settings.limits.scaleSeconds * 1000) break;
  }
  return runs;
}

/**
 * Steps of all threads together, enough for them to be at work still when a script comes back to unload them. Who waits for their
 * end in its init function, or does not look whether it should stop, takes all of them: the first are a second of an emulated
 * machine's.
 */
const earlySteps = [2_500_000, 10_000_000, 80_000_000];
/** Threads are made in less, on any computer: an init function that takes this long waits for their end, and would for longer. */
const waitsInInitMs = 500;

/** Unloads while threads are at work; with more steps where they had ended by then. */
export async function earlyRuns(
  context: Context,
  request: Request,
  module: RunModule,
  role: Role,
  one: GradeCase,
): Promise<GradeRun[]> {
  const runs: GradeRun[] = [];
  const tries = new Set(earlySteps.map((all) => Math.max(one.nTimes, Math.ceil(all / one.nThreads))));
  for (const nTimes of tries) {
    const {
      run,
      elapsedMs,
      loadMs = 0,
    } = await makeRun(context, request, module, {
      case: { ...one, nTimes },
      role,
      shape: 'early',
    });
    runs.push(run);
    const tooLate = run.reached === 'unloaded' && (run.threadsAtUnload ?? 1) === 0;
    if (!tooLate || loadMs >= waitsInInitMs || module.parameters.params.n_times === undefined) break;
    if (elapsedMs > request.settings.limits.scaleSeconds * 1000) break;
  }
  return runs;
}
