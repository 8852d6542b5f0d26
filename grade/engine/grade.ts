/** One submission in, all that is known of it out: recognition, builds, runs, checks, style. No mark is given here. */
import type { CheckDocument } from '../../lab/check/document.ts';
import type { Context } from '../../provision/context.ts';
import { keeper } from '../intake/patterns.ts';
import type { Role } from '../names.ts';
import { failedBuild } from './build.ts';
import { caseOfCheck, checkOne } from './check.ts';
import type { Evidence, GradeRun, ModuleEvidence, StyleEvidence } from './evidence.ts';
import { tryEarly, tryHarder, tryLuck } from './further.ts';
import { patternsFor } from './patterns.ts';
import { type Recognised, recognise } from './recognise.ts';
import type { GradeRequest } from './request.ts';
import { type Steps, stepsOf } from './steps.ts';
import { judgeStyle } from './style.ts';
import { hasShownRace, hasStayed, tookAllMachines, tryCases } from './trials.ts';

/**
 * What the submission did is in the evidence, and so is what this computer could not do; only interruptions, and what
 * `onStep` throws, pass through. Leaves no machine, container or file.
 */
export async function gradeSubmission(context: Context, request: GradeRequest): Promise<Evidence> {
  const { files, documents, settings } = request;
  const report = [...files.keys(), ...documents].filter(keeper(settings.reportFiles)).sort();
  const nothing = { modules: [], runs: [], checks: {}, report, errors: [] };
  if (request.refused !== undefined) return { ...nothing, refused: request.refused };
  if (![...files.keys()].some((name) => name.endsWith('.c')))
    return { ...nothing, refused: 'There is no .c file in it.' };

  const steps = stepsOf(request);
  const recognised = await recognise(context, request, steps);
  if (recognised === undefined) return { ...nothing, errors: steps.errors };
  const { modules, unread } = recognised;
  const cases = await tryCases(context, request, modules, steps);
  const checked = settings.check
    ? await checkAll(context, request, modules, cases.runs, steps)
    : { checks: new Map<string, CheckDocument>(), unchecked: new Map<string, ModuleEvidence['build']>() };
  const luck = await tryLuck(context, request, modules, steps, cases, checked.checks);
  const harder = await tryHarder(context, request, modules, steps, cases, checked.checks);
  const early = await tryEarly(context, request, modules, steps, cases, checked.checks);
  const untried = [...cases.untried, ...luck.untried, ...early.untried];
  const style = settings.style ? await styleOf(context, request, steps) : undefined;
  return {
    modules: modules.map(({ evidence }) => evidence),
    ...(unread.length === 0 ? {} : { unread }),
    runs: [...cases.runs, ...luck.runs, ...harder.runs, ...early.runs],
    ...(untried.length === 0 ? {} : { untried }),
    // A module may be called `constructor`: in a plain object that is there before anybody put it there.
    checks: Object.fromEntries(checked.checks),
    ...(checked.unchecked.size === 0 ? {} : { unchecked: Object.fromEntries(checked.unchecked) }),
    ...(style === undefined ? {} : { style }),
    report,
    errors: steps.errors,
  };
}

/** A check that could not be made for the source’s own reasons says why. */
type CheckStep = { readonly document: CheckDocument } | { readonly build: ModuleEvidence['build'] };

/** By module name. */
interface Checked {
  readonly checks: ReadonlyMap<string, CheckDocument>;
  readonly unchecked: ReadonlyMap<string, ModuleEvidence['build']>;
}

async function checkAll(
  context: Context,
  request: GradeRequest,
  modules: readonly Recognised[],
  runs: readonly GradeRun[],
  steps: Steps,
): Promise<Checked> {
  const { checked, settings } = request;
  const checks = new Map<string, CheckDocument>();
  const unchecked = new Map<string, ModuleEvidence['build']>();
  const made = { checks, unchecked };
  // Where updates were lost without the lock, the checked kernel has no more to say of that; with it, it has.
  const isNews = ({ name, roles }: ModuleEvidence, role: Role) =>
    role === 'locked' || !roles.includes('locked') || !hasShownRace(runs, name);
  const rolesToCheck = ({ evidence }: Recognised) =>
    evidence.roles.filter((role) => settings.checkRuns[role] > 0 && isNews(evidence, role));
  const able = modules.filter((module) => module.built !== undefined && rolesToCheck(module).length > 0);
  if (able.length === 0 || settings.cases.length === 0) return made;
  if (checked === undefined) {
    const message = 'There is no checked kernel here, so nothing was checked.';
    steps.fail({ name: 'CheckedKernelMissing', message, concerns: 'check' });
    return made;
  }
  for (const module of able) {
    const { evidence, parameters, built } = module;
    if (built === undefined || steps.hopeless('check')) continue;
    const console = runs.find((run) => run.module === evidence.name && run.shape === 'whole')?.console;
    const step = await steps.take(`check:${evidence.name}`, 'check', async (): Promise<CheckStep> => {
      try {
        const document = await checkOne(context, request, checked, {
          source: built.source,
          roles: rolesToCheck(module),
          chooses: evidence.roles.length > 1,
          parameters,
          patterns: patternsFor(console ?? '', settings.patterns),
          case: caseOfCheck(settings.cases),
          stays: hasStayed(runs, evidence.name),
          takesMachines: tookAllMachines(runs, evidence.name),
        });
        return { document };
      } catch (error) {
        const build = failedBuild(error);
        if (build === undefined) throw error;
        return { build };
      }
    });
    if (step === undefined) continue;
    if ('document' in step) checks.set(evidence.name, step.document);
    else unchecked.set(evidence.name, step.build);
  }
  return made;
}

async function styleOf(
  context: Context,
  request: GradeRequest,
  steps: Steps,
): Promise<StyleEvidence | undefined> {
  const { workshop } = request;
  if (workshop === undefined) {
    const message =
      'The coding style was not looked at: perl, which checkpatch.pl needs, runs only in the sandbox or in Docker.';
    steps.fail({ name: 'NoKernelBuilder', message, concerns: 'style' });
    return undefined;
  }
  return steps.take('style', 'style', () =>
    judgeStyle(context, { files: request.files, stock: request.stock, workshop, mirror: request.mirror }),
  );
}
