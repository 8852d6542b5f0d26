/** All runs of a submission on the stock kernel, each step of them kept as it ends. */
import type { Context } from '../../provision/context.ts';
import { keeper } from '../intake/patterns.ts';
import { type Role, roles } from '../names.ts';
import type { GradeRun, RunShape, Untried } from './evidence.ts';
import type { Recognised } from './recognise.ts';
import type { GradeCase, GradeRequest } from './request.ts';
import type { RunModule } from './run.ts';
import { earlyRuns, wholeRuns } from './runs.ts';
import type { Steps } from './steps.ts';

export interface Trials {
  readonly runs: readonly GradeRun[];
  readonly untried: readonly Untried[];
}

type Candidate = Recognised & { readonly built: NonNullable<Recognised['built']> };

/** Machines that hung or died: what two of them showed, a third would show again. */
const mostLost = 2;

export async function tryAll(
  context: Context,
  request: GradeRequest,
  modules: readonly Recognised[],
  steps: Steps,
): Promise<Trials> {
  const { settings } = request;
  const runs: GradeRun[] = [];
  const untried: Untried[] = [];
  const [publicCase = settings.cases[0]] = settings.cases.filter(({ hidden }) => !hidden);
  const takers = new Map(roles.map((role) => [role, takersOf(modules, role, settings.forbiddenSymbols)]));
  /** Loaded again and again, in the machine of its public run. */
  const reloaded = (role: Role) => role === (takers.get('locked')?.length ? 'locked' : 'unlocked');

  /** One step: runs of one shape, of the modules that are to make them. */
  const take = async (
    step: string,
    { id }: GradeCase,
    role: Role,
    shape: RunShape,
    candidates: readonly Candidate[],
    work: (module: RunModule) => Promise<GradeRun[]>,
  ) => {
    if (candidates.length === 0) return;
    const leave = (why: string) => untried.push({ case: id, role, shape, why });
    const fit = candidates.filter((one) => lostBy(runs, one, role) < mostLost);
    if (fit.length === 0)
      return leave(`The machine had hung or died ${mostLost} times in runs of this module before.`);
    if (steps.hopeless('runs')) return leave('This computer had failed at runs before.');
    const made = await steps.take(step, 'runs', async () => {
      const all: GradeRun[] = [];
      for (const one of fit) all.push(...(await work(await asRunModule(one))));
      return all;
    });
    if (made !== undefined) runs.push(...made);
  };

  for (const one of settings.cases) {
    for (const role of roles) {
      const [first, ...others] = takers.get(role) ?? [];
      // Further modules of one kind have to be right too, but not in every case.
      const candidates = first === undefined ? [] : one === publicCase ? [first, ...others] : [first];
      // A total without the lock is nobody's to foretell: once a race has shown, another case shows no more of it.
      if (
        role === 'unlocked' &&
        one !== publicCase &&
        candidates.some(({ evidence }) => hasShownRace(runs, evidence.name))
      )
        continue;
      const often = one === publicCase && reloaded(role) ? first?.evidence.name : undefined;
      await take(`run:${one.id}:${role}`, one, role, 'whole', candidates, (module) =>
        wholeRuns(context, request, module, role, one, {
          shown: hasShownRace(runs, module.id),
          cycles: module.id === often ? settings.reloadCycles : 0,
        }),
      );
      if (often === undefined || settings.reloadCycles === 0) continue;
      if (runs.some(({ shape }) => shape === 'reload')) continue;
      const once = runs.some((run) => run.case === one.id && run.role === role);
      const why = once
        ? 'The machine had hung or died before the module had been loaded and unloaded once.'
        : 'The run that it would have followed was not made.';
      untried.push({ case: one.id, role, shape: 'reload', why });
    }
  }
  if (publicCase !== undefined) {
    for (const role of settings.early) {
      const candidates = (takers.get(role) ?? []).slice(0, 1);
      await take(`early:${role}`, publicCase, role, 'early', candidates, (module) =>
        earlyRuns(context, request, module, role, publicCase),
      );
    }
  }
  return { runs, untried };
}

/** Modules of a role that were built: those with a lock of their own first. */
function takersOf(modules: readonly Recognised[], role: Role, forbidden: readonly string[]): Candidate[] {
  const able = modules.flatMap((one): Candidate[] => {
    const { evidence, built } = one;
    return built !== undefined && evidence.roles.includes(role) ? [{ ...one, built }] : [];
  });
  const borrows = ({ evidence }: Candidate) => evidence.symbols.some((symbol) => keeper(forbidden)(symbol));
  return able.sort((a, b) => Number(borrows(a)) - Number(borrows(b)));
}

async function asRunModule({ evidence, parameters, built }: Candidate): Promise<RunModule> {
  return { id: evidence.name, name: built.name, ko: await built.ko(), parameters };
}

const lostBy = (runs: readonly GradeRun[], { evidence }: Candidate, role: Role) =>
  runs.filter(
    (run) =>
      run.module === evidence.name &&
      run.role === role &&
      run.shape !== 'reload' &&
      (run.reached === 'stuck' || run.reached === 'machine-lost'),
  ).length;

const hasShownRace = (runs: readonly GradeRun[], id: string) =>
  runs.some(
    (run) =>
      run.module === id &&
      run.role === 'unlocked' &&
      run.reached === 'unloaded' &&
      run.final !== undefined &&
      run.final !== run.expected,
  );
