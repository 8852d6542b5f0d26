/** Runs and modules that a check looks at, and the detail of one run. */
import type { GradeDetail } from '../document.ts';
import type { GradeRun, ModuleEvidence, RunShape, Untried } from '../engine/evidence.ts';
import type { Role, Status } from '../names.ts';
import { caseVisibility } from '../rubric/cases.ts';
import { fail, failed, type Judgement, open, type Question, stricter } from './judgement.ts';
import { capital, listed, sentence, shown, tail } from './words.ts';

export function runsOf({ evidence }: Question, shape: RunShape, role?: Role): readonly GradeRun[] {
  return evidence.runs.filter((run) => run.shape === shape && (role === undefined || run.role === role));
}

export function isBuilt({ build }: ModuleEvidence): boolean {
  return build.status === 'built';
}

export function playing({ evidence }: Question, role: Role): readonly ModuleEvidence[] {
  return evidence.modules.filter(({ roles }) => roles.includes(role));
}

const called: Readonly<Record<Role, string>> = {
  unlocked: 'runs its threads without a lock',
  locked: 'keeps its threads apart with a lock',
};

/** Why nothing can be asked of a role: no module plays it, or nobody can tell which. Undefined where one does. */
export function missing(question: Question, role: Role): Judgement | undefined {
  const { modules } = question.evidence;
  const players = playing(question, role);
  if (players.some(isBuilt)) return undefined;
  if (players.length > 0) {
    const names = listed(players.map(({ name }) => `${name}.ko`));
    return fail(`${names}, which ${called[role]}, does not compile.`, {
      hint: 'Mend what the compiler says.',
    });
  }
  const unclear = modules.find(({ roles }) => roles.length === 0);
  if (unclear !== undefined) {
    const what = `It cannot be told which module ${called[role]}: ${sentence(unclear.why)}`;
    return open(question, 'role-unclear', what);
  }
  const hint =
    role === 'locked'
      ? 'Hand in a module that takes its lock, or give the module a parameter that chooses it.'
      : 'Hand in the module without its lock too, or give it a parameter that turns the lock off.';
  const names = listed(modules.map(({ name }) => `${shown(name, 60)}.ko`));
  return fail(`No module that was handed in ${called[role]} (there is ${names === '' ? 'none' : names}).`, {
    hint,
  });
}

/** Ids of all cases of a rubric. */
export function caseIds({ rubric }: Question): string[] {
  return rubric.cases.flatMap(({ name, count }) =>
    count === undefined ? [name] : Array.from({ length: count }, (_, at) => `${name}-${at + 1}`),
  );
}

/** Why there are no runs of a shape to judge by. */
export function noRuns(question: Question, shape: RunShape, role?: Role): Judgement {
  const { modules } = question.evidence;
  const left = leftOut(question, shape, role)[0];
  if (left !== undefined) return fail(`It was not tried: ${sentence(left.why)}`);
  const unclear = modules.filter(isBuilt).find(({ roles }) => roles.length === 0);
  if (unclear === undefined) return failed('It was not run.');
  const what = `It was not run, because it cannot be told which module has the lock: ${sentence(unclear.why)}`;
  return open(question, 'role-unclear', what);
}

/** Runs that the module’s own doing kept from being tried. */
export function leftOut({ evidence }: Question, shape: RunShape, role?: Role): readonly Untried[] {
  const { untried = [] } = evidence;
  return untried.filter((one) => one.shape === shape && (role === undefined || one.role === role));
}

export type Say = (status: Status, what: string) => GradeDetail;

/** Makes the detail of a run. Which module it was is said where there are several. */
export function sayOf({ rubric, criterion, evidence }: Question, run: GradeRun): Say {
  const ofCase = caseVisibility(rubric, run.case);
  const visibility = stricter(criterion.visibility, run.hidden && ofCase === 'visible' ? 'hidden' : ofCase);
  const which = evidence.modules.length > 1 ? `${shown(run.module, 60)}.ko: ` : '';
  return (status, what) => {
    const raw = status === 'pass' ? '' : tail(run.console);
    return {
      case: run.case,
      visibility,
      status,
      what: which === '' ? capital(what) : `${which}${what}`,
      parameters: { ...run.parameters },
      vcpus: run.vcpus,
      ...(raw === '' ? {} : { raw }),
    };
  };
}
