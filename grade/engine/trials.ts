/** All runs of a submission on the stock kernel, each step of them kept as it ends. */
import type { CheckDocument } from '../../lab/check/document.ts';
import type { Context } from '../../provision/context.ts';
import { keeper } from '../intake/patterns.ts';
import { type Role, roles } from '../names.ts';
import type { GradeRun, RunShape, Untried } from './evidence.ts';
import type { Recognised } from './recognise.ts';
import type { GradeCase, GradeRequest } from './request.ts';
import type { RunModule } from './run.ts';
import { earlyRuns, harderRuns, wholeRuns } from './runs.ts';
import type { Steps } from './steps.ts';

export interface Trials {
  readonly runs: readonly GradeRun[];
  readonly untried: readonly Untried[];
}

type Candidate = Recognised & { readonly built: NonNullable<Recognised['built']> };

/** What two machines that hung or died showed, a third would show again. */
const mostLost = 2;

/** The cases of the rubric, and loading again and again. */
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
      // A total without the lock is nobody's to foretell: once a race has shown, another case shows no more of it.
      if (
        role === 'unlocked' &&
        one !== publicCase &&
        candidates.some(({ evidence }) => hasShownRace(runs, evidence.name))
      )
        continue;
      const often = one === publicCase && reloaded(role) ? first?.evidence.name : undefined;
      const wish = { step: `run:${one.id}:${role}`, case: one.id, role, shape: 'whole' } as const;
      await take(steps, { runs, untried }, wish, candidates, (module) =>
        wholeRuns(context, request, module, role, one, {
          raise: raiseAfter(runs, module.id),
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

/**
 * The public case under the lock once more, with steps enough to lose some, of a module whose lock nobody vouches for: it asks
 * the checkers to look away, or the checked kernel saw a race under it. By the case's own steps such a module is right as often
 * as not.
 */
export async function tryHarder(
  context: Context,
  request: GradeRequest,
  modules: readonly Recognised[],
  steps: Steps,
  { runs: before }: Trials,
  checks: Readonly<Record<string, CheckDocument>>,
): Promise<Trials> {
  const runs = [...before];
  const untried: Untried[] = [];
  const publicCase = publicCaseOf(request);
  const [first] = takersOf(modules, 'locked', request.settings.forbiddenSymbols);
  const mine = runs.filter(
    ({ module, role, shape }) => module === first?.evidence.name && role === 'locked' && shape === 'whole',
  );
  const isExact = mine.length > 0 && mine.every(({ final, expected }) => final === expected);
  if (publicCase === undefined || first === undefined || !isExact) return { runs: [], untried };
  const { name, optOuts } = first.evidence;
  const races = checks[name]?.findings.some(
    ({ kind, severity }) => kind === 'data-race' && severity === 'error',
  );
  if (optOuts.length === 0 && !races) return { runs: [], untried };
  const wish = { step: 'harder:locked', case: publicCase.id, role: 'locked', shape: 'whole' } as const;
  await take(steps, { runs, untried }, wish, [first], (module) =>
    harderRuns(context, request, module, publicCase),
  );
  // What was left out is nobody's loss: the case was run.
  return { runs: runs.slice(before.length), untried: [] };
}

/**
 * Unloads while threads are at work, of modules that the checked kernel has not seen well through just that: what it saw is
 * worth more, and a machine less is to be started.
 */
export async function tryEarly(
  context: Context,
  request: GradeRequest,
  modules: readonly Recognised[],
  steps: Steps,
  { runs: before }: Trials,
  checks: Readonly<Record<string, CheckDocument>>,
): Promise<Trials> {
  const { settings } = request;
  const runs = [...before];
  const untried: Untried[] = [];
  const publicCase = publicCaseOf(request);
  if (publicCase === undefined) return { runs: [], untried };
  for (const role of settings.early) {
    const [first] = takersOf(modules, role, settings.forbiddenSymbols);
    if (first === undefined || wentWellEarly(checks[first.evidence.name], role)) continue;
    const wish = { step: `early:${role}`, case: publicCase.id, role, shape: 'early' } as const;
    await take(steps, { runs, untried }, wish, [first], (module) =>
      earlyRuns(context, request, module, role, publicCase),
    );
  }
  return { runs: runs.slice(before.length), untried };
}

/** Threads were there when it was unloaded, and in that run nothing was found. */
function wentWellEarly(check: CheckDocument | undefined, role: Role): boolean {
  const early = check?.runs.find(
    ({ shape, locked, reached, threadsAtUnload = 0 }) =>
      shape === 'early' && locked === (role === 'locked') && reached === 'unloaded' && threadsAtUnload > 0,
  );
  if (check === undefined || early === undefined) return false;
  return !check.findings.some(({ severity, runs }) => severity === 'error' && runs.includes(early.number));
}

function publicCaseOf({ settings }: GradeRequest): GradeCase | undefined {
  return settings.cases.find(({ hidden }) => !hidden) ?? settings.cases[0];
}

/** One step: runs of one shape, of the modules that are to make them. They are added to the trials. */
async function take(
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
function raiseAfter(runs: readonly GradeRun[], id: string): 'no' | 'first' | 'later' {
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
