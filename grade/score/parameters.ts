/** Whether modules do what their parameters say, told by what came of different ones. */
import { defaultOf, describeOption } from '../../lab/options.ts';
import type { GradeDetail } from '../document.ts';
import type { GradeRun, ModuleEvidence } from '../engine/evidence.ts';
import { choice, choices } from '../rubric/draws.ts';
import type { Rubric } from '../rubric/rubric.ts';
import { type Check, detail, fail, fromCases, open, type Question } from './judgement.ts';
import { isBuilt, noRuns, runsOf, sayOf } from './runs.ts';
import { ended, hasFinding, listed, sentence, shown } from './words.ts';

const meanings = ['n_threads', 'increment', 'n_times'] as const;
type Meaning = (typeof meanings)[number];

const given = (run: GradeRun, meaning: Meaning): bigint =>
  BigInt({ n_threads: run.nThreads, increment: run.increment, n_times: run.nTimes }[meaning]);

const product = (run: GradeRun, of: readonly Meaning[]): bigint =>
  of.reduce((value, meaning) => value * given(run, meaning), 1n);

/** Parameters that runs show to have no effect, and what the module takes in their place. */
export interface Ignored {
  readonly meanings: readonly Meaning[];
  /** The product of them. */
  readonly value: bigint;
}

const subsets: readonly (readonly Meaning[])[] = [
  ['n_threads'],
  ['increment'],
  ['n_times'],
  ['n_threads', 'increment'],
  ['n_threads', 'n_times'],
  ['increment', 'n_times'],
  meanings,
];

/** Of runs of one module in one role. Lost updates never come to the same number twice, ignored parameters do. */
export function ignoredBy(runs: readonly GradeRun[]): Ignored | undefined {
  const whole = runs.filter(({ final }) => final !== undefined && final !== '0');
  return subsets
    .map((of) => {
      const others = meanings.filter((meaning) => !of.includes(meaning));
      const values = whole.map((run) => {
        const rest = product(run, others);
        const total = BigInt(run.final ?? '0');
        return rest === 0n || total % rest !== 0n ? undefined : total / rest;
      });
      const [value] = values;
      const told = new Set(whole.map((run) => product(run, of)));
      const isSame = value !== undefined && values.every((one) => one === value);
      return isSame && told.size > 1 ? { meanings: of, value } : undefined;
    })
    .find((one) => one !== undefined);
}

/** Runs by module and role: what one of them ignores, another may follow. */
export function ignoredOf(runs: readonly GradeRun[]): (run: GradeRun) => Ignored | undefined {
  const groups = new Map<string, GradeRun[]>();
  const keyOf = ({ module, role }: GradeRun) => `${role} ${module}`;
  for (const run of runs) groups.set(keyOf(run), [...(groups.get(keyOf(run)) ?? []), run]);
  const found = new Map([...groups].map(([key, group]) => [key, ignoredBy(group)]));
  return (run) => {
    const ignored = found.get(keyOf(run));
    // A run whose parameters happen to be what the module takes anyway says nothing.
    return ignored === undefined || product(run, ignored.meanings) === ignored.value ? undefined : ignored;
  };
}

export const parameters: Check = (question) => {
  const { evidence } = question;
  const modules = evidence.modules.filter(isBuilt);
  const unnamed = modules.flatMap((one) => namesOf(question, one));
  const runs = runsOf(question, 'whole');
  if (runs.length === 0 && unnamed.length === 0) return noRuns(question, 'whole');
  const ignored = ignoredOf(runs);
  const details = runs.map((run) => runFollows(question, run, ignored(run)));
  const lacking = unnamed.find(({ status }) => status === 'fail');
  const hint =
    'Use the values of module_param() everywhere: for the number of threads, the size of a step and how many there are.';
  if (lacking !== undefined) return fail(lacking.what, { hint, details: [...unnamed, ...details] });
  const [unclear] = unnamed;
  if (unclear !== undefined) {
    return open(question, 'parameter-unclear', unclear.what, { details: [...unnamed, ...details] });
  }
  return fromCases(question, details, {
    all: `It does what its parameters say in ${runs.length} runs.`,
    some: 'show that it follows its parameters',
    hint,
  });
};

/** Meanings that no parameter has, or several. */
function namesOf(question: Question, module: ModuleEvidence): GradeDetail[] {
  const name = `${shown(module.name, 60)}.ko`;
  return meanings.flatMap((meaning): GradeDetail[] => {
    const unclear = module.ambiguous.find(({ role }) => role === meaning);
    if (unclear !== undefined) {
      const what = `Each of the parameters ${listed(unclear.candidates)} of ${name} may be the one that means ${meaning}.`;
      return [detail(question, 'review', what)];
    }
    if (Object.hasOwn(module.parameters, meaning)) return [];
    const others = module.unrecognised ?? [];
    if (others.length > 0) {
      const what = `It cannot be told whether one of the parameters ${listed(others)} of ${name} means ${meaning}.`;
      return [detail(question, 'review', what)];
    }
    const has = Object.values(module.parameters);
    const known = question.rubric.module.params[meaning];
    const names = known.length === 0 ? '' : ` It may be called ${listed(known, 3)}.`;
    const what = `${name} has no parameter that means ${meaning}${has.length === 0 ? '' : ` (recognised: ${listed(has)})`}.${names}`;
    return [detail(question, 'fail', what)];
  });
}

function runFollows(question: Question, run: GradeRun, ignored: Ignored | undefined): GradeDetail {
  const { final, expected } = run;
  const say = sayOf(question, run);
  const finding = hasFinding(run, 'parameters-ignored', 'parameter');
  if (finding !== undefined) return say('fail', sentence(finding.message));
  if (ignored !== undefined) return say('fail', ignoredText(run, ignored, question.rubric));
  if (final === undefined) {
    return run.reached === 'unloaded'
      ? say('inconclusive', 'it printed no total to tell by.')
      : say('fail', ended(run));
  }
  const total = BigInt(final);
  if (total === BigInt(expected)) return say('pass', `the total is ${final}, as these parameters give.`);
  const fits = fitting(total, question.rubric);
  if (fits !== undefined) {
    return say(
      'fail',
      `the total is ${final} and not ${expected}. It fits ${fits}: the parameters were not followed.`,
    );
  }
  if (total > BigInt(expected)) {
    return say('fail', `the total is ${final}, above the ${expected} that these parameters can give.`);
  }
  if (run.increment !== 0 && total % BigInt(run.increment) !== 0n) {
    return say('inconclusive', `the total is ${final}, no multiple of the increment ${run.increment}.`);
  }
  if (total === 0n) return say('inconclusive', 'the total is 0, which tells nothing of the parameters.');
  return say('pass', `the total ${final} can come of these parameters.`);
}

function ignoredText(run: GradeRun, { meanings: of, value }: Ignored, rubric: Rubric): string {
  const total = BigInt(run.final ?? '0');
  const told = of.map((meaning) => `${meaning}=${given(run, meaning)}`).join(' ');
  if (of.length === meanings.length) {
    const fits = fitting(total, rubric);
    const which = fits === undefined ? '' : `, which fits ${fits}`;
    return `the total is ${total} whatever it is given${which}: it does not follow its parameters.`;
  }
  const takes =
    of.length === 1 ? `it takes ${value} in every run` : `the product of them is ${value} in every run`;
  return `the total is ${total} and not ${run.expected}: ${told} ${of.length === 1 ? 'is' : 'are'} not followed, ${takes}.`;
}

/** Parameters that everybody knows and that give this total: those of the exercise, and of visible cases. */
function fitting(total: bigint, { cases }: Rubric): string | undefined {
  const standard = meanings.map((meaning) => Number(defaultOf(describeOption(meaning))));
  const visible = cases
    .filter(({ count, visibility = 'visible' }) => count === undefined && visibility === 'visible')
    .map((rule) => [rule.nThreads, rule.increment, rule.nTimes])
    .filter((draws) => draws.every((draw) => choices(draw) === 1))
    .map((draws) => draws.map((draw) => choice(draw, 0)));
  const found = [standard, ...visible].find(
    (numbers) => numbers.reduce((value, number) => value * BigInt(number), 1n) === total,
  );
  return found && meanings.map((meaning, at) => `${meaning}=${found[at]}`).join(' ');
}
