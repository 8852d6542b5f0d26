/** The runs of a submission on the stock kernel that need nothing but the module, each step of them kept as it ends. */
import type { Context } from '../../provision/context.ts';
import { keeper } from '../intake/patterns.ts';
import { type Role, roles } from '../names.ts';
import type { GradeRun, RunShape, Untried } from './evidence.ts';
import type { Recognised } from './recognise.ts';
import type { GradeCase, GradeRequest } from './request.ts';
import type { RunModule } from './run.ts';
import { wholeRuns } from './runs.ts';
import type { Steps } from './steps.ts';

export interface Trials {
  readonly runs: readonly GradeRun[];
  readonly untried: readonly Untried[];
}

type Candidate = Recognised & { readonly built: NonNullable<Recognised['built']> };

/** What two machines that hung or died showed, a third would show again. */
const mostLost = 2;

/** The cases of the rubric, but for further ones without the lock, and loading again and again. */
export async function tryCases(
  context: Context,
  request: GradeRequest,
  modules: readonly Recognised[],
  steps: Steps,
): Promise<Trials> {
  const { settings } = request;
  const runs: GradeRun[] = [];
  const untried: Untried[] = [];
  const publicCase = publicCaseOf(request);
  const takers = new Map(roles.map((role) => [role, takersOf(modules, role, settings.forbiddenSymbols)]));
  /** Loaded again and again, in the machine of its public run. */
  const reloaded = (role: Role) => role === (takers.get('locked')?.length ? 'locked' : 'unlocked');

  for (const one of settings.cases) {
    for (const role of roles) {
      const [first, ...others] = takers.get(role) ?? [];
      // Further modules of one kind have to be right too, but not in every case.
      const candidates = first === undefined ? [] : one === publicCase ? [first, ...others] : [first];
      if (role === 'unlocked' && one !== publicCase) continue;
      const often = one === publicCase && reloaded(role) ? first?.evidence.name : undefined;
      const wish = { step: `run:${one.id}:${role}`, case: one.id, role, shape: 'whole' } as const;
      await take(steps, { runs, untried }, wish, candidates, (module) =>
        wholeRuns(context, request, module, role, one, {
          raise: raiseAfter(runs, module.id),
          stays: hasStayed(runs, module.id),
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
  return { runs, untried };
}

export function publicCaseOf({ settings }: GradeRequest): GradeCase | undefined {
  return settings.cases.find(({ hidden }) => !hidden) ?? settings.cases[0];
}

/** One step: runs of one shape, of the modules that are to make them. They are added to the trials. */
export async function take(
  steps: Steps,
  { runs, untried }: { readonly runs: GradeRun[]; readonly untried: Untried[] },
  {
    step,
    ...wish
  }: { readonly step: string; readonly case: string; readonly role: Role; readonly shape: RunShape },
  candidates: readonly Candidate[],
  work: (module: RunModule) => Promise<GradeRun[]>,
): Promise<void> {
  if (candidates.length === 0) return;
  const leave = (why: string) => untried.push({ ...wish, why });
  const fit = candidates.filter(({ evidence: { name } }) => !isHopeless(runs, name, wish.role));
  if (fit.length === 0)
    return void leave('The machine had hung or died in runs of this module before, as it would again.');
  if (steps.hopeless('runs')) return void leave('This computer had failed at runs before.');
  const made = await steps.take(step, 'runs', async () => {
    const all: GradeRun[] = [];
    for (const one of fit) all.push(...(await work(await asRunModule(one))));
    return all;
  });
  if (made !== undefined) runs.push(...made);
}

/** Modules of a role that were built: those with a lock of their own first. */
export function takersOf(
  modules: readonly Recognised[],
  role: Role,
  forbidden: readonly string[],
): Candidate[] {
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

/**
 * Whether a run of this role would end as those before it did: one of them took its machine with it, and so did another of the
 * module's.
 */
function isHopeless(runs: readonly GradeRun[], id: string, role: Role): boolean {
  const lost = lostBy(runs, id);
  return lost.some((run) => run.role === role) && weightOf(lost) >= mostLost;
}

const lostBy = (runs: readonly GradeRun[], id: string) =>
  runs.filter(
    ({ module, shape, reached }) =>
      module === id && shape !== 'reload' && (reached === 'stuck' || reached === 'machine-lost'),
  );

/** One that was stuck on all of its processors counts for two, for it takes a minute. */
const weightOf = (lost: readonly GradeRun[]) =>
  lost.reduce((sum, { findings }) => sum + (findings.some(({ kind }) => kind === 'soft-lockup') ? 2 : 1), 0);

/** Whether no whole run of a module left its machine as it was: then a check need not insist either. */
export function tookAllMachines(runs: readonly GradeRun[], id: string): boolean {
  const whole = runs.filter(({ module, shape }) => module === id && shape === 'whole');
  return whole.length > 1 && lostBy(whole, id).length === whole.length;
}

/** Whether the next unlocked run of a module has more steps than its case says. */
export function raiseAfter(runs: readonly GradeRun[], id: string): 'no' | 'first' | 'later' {
  if (hasShownRace(runs, id) || lostBy(runs, id).some(({ role }) => role === 'unlocked')) return 'no';
  return runs.some((run) => run.module === id && run.role === 'unlocked') ? 'later' : 'first';
}

/** Whether an unlocked run of the module lost updates: fewer than all of them came to the total. */
export const hasShownRace = (runs: readonly GradeRun[], id: string) =>
  runs.some(
    (run) =>
      run.module === id &&
      run.role === 'unlocked' &&
      run.reached === 'unloaded' &&
      run.final !== undefined &&
      run.final !== run.expected,
  );

/** Whether threads of a module were there still when it was told to go, although nothing ran any more. */
export const hasStayed = (runs: readonly GradeRun[], id: string) =>
  runs.some(
    ({ module, shape, reached, threadsAtUnload = 0, findings }) =>
      module === id &&
      shape === 'whole' &&
      reached === 'unloaded' &&
      threadsAtUnload > 0 &&
      !findings.some(({ kind }) => kind === 'time-limit'),
  );
