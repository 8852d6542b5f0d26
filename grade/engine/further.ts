/** Runs on the stock kernel that hang on what those before and the checked kernel showed. */
import type { CheckDocument } from '../../lab/check/document.ts';
import type { Context } from '../../provision/context.ts';
import type { Role } from '../names.ts';
import type { GradeRun, Untried } from './evidence.ts';
import type { Recognised } from './recognise.ts';
import type { GradeRequest } from './request.ts';
import { earlyRuns, harderRuns, wholeRuns } from './runs.ts';
import type { Steps } from './steps.ts';
import { hasShownRace, hasStayed, publicCaseOf, raiseAfter, type Trials, take, takersOf } from './trials.ts';

/**
 * Further cases without the lock, of a module that was right by luck in the public one. A total without the lock is nobody's to
 * foretell: where a race has shown, or why none can, another case shows no more of it.
 */
export async function tryLuck(
  context: Context,
  request: GradeRequest,
  modules: readonly Recognised[],
  steps: Steps,
  { runs: before }: Trials,
  checks: ReadonlyMap<string, CheckDocument>,
): Promise<Trials> {
  const { settings } = request;
  const runs = [...before];
  const untried: Untried[] = [];
  const publicCase = publicCaseOf(request);
  const [first] = takersOf(modules, 'unlocked', settings.forbiddenSymbols);
  for (const one of settings.cases) {
    if (first === undefined || one === publicCase) continue;
    const { name } = first.evidence;
    if (hasShownRace(runs, name) || cannotRace(runs, name) || explainsRace(checks.get(name))) continue;
    const wish = { step: `run:${one.id}:unlocked`, case: one.id, role: 'unlocked', shape: 'whole' } as const;
    await take(steps, { runs, untried }, wish, [first], (module) =>
      wholeRuns(context, request, module, 'unlocked', one, {
        raise: raiseAfter(runs, module.id),
        stays: hasStayed(runs, module.id),
        cycles: 0,
      }),
    );
  }
  return { runs: runs.slice(before.length), untried };
}

/** Whether threads lived one at a time even with the most steps that were tried. */
function cannotRace(runs: readonly GradeRun[], id: string): boolean {
  const [most] = runs
    .filter(({ module, role, shape }) => module === id && role === 'unlocked' && shape === 'whole')
    .sort((a, b) => b.nTimes - a.nTimes);
  return most !== undefined && most.nThreads > 1 && most.threadsAtOnce === 1;
}

/** Whether the checked kernel saw the race without the lock, or what keeps it from showing. */
function explainsRace(check: CheckDocument | undefined): boolean {
  // Where it was run with the lock too, only a race that is none of the lock's is a note.
  const withLock = check?.runs.some(({ locked }) => locked);
  const seen = check?.findings.some(
    ({ kind, severity }) => kind === 'data-race' && (severity === 'note' || !withLock),
  );
  // Threads that a lock keeps in a row say nothing of those without.
  const free = new Set(check?.runs.flatMap(({ locked, number }) => (locked ? [] : [number])));
  const told = check?.remarks.some(
    ({ kind, runs }) =>
      (kind === 'loop-folded' || kind === 'never-overlapped') && runs.some((number) => free.has(number)),
  );
  return seen === true || told === true;
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
  checks: ReadonlyMap<string, CheckDocument>,
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
  const races = checks
    .get(name)
    ?.findings.some(({ kind, severity }) => kind === 'data-race' && severity === 'error');
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
  checks: ReadonlyMap<string, CheckDocument>,
): Promise<Trials> {
  const { settings } = request;
  const runs = [...before];
  const untried: Untried[] = [];
  const publicCase = publicCaseOf(request);
  if (publicCase === undefined) return { runs: [], untried };
  for (const role of settings.early) {
    const [first] = takersOf(modules, role, settings.forbiddenSymbols);
    if (first === undefined || wentWellEarly(checks.get(first.evidence.name), role)) continue;
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
