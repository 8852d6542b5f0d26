/** Totals: exact under the lock, and less than that without it. */
import { words } from '../../lab/check/kinds.ts';
import type { GradeDetail } from '../document.ts';
import type { GradeRun } from '../engine/evidence.ts';
import { caseVisibility } from '../rubric/cases.ts';
import type { Remark } from '../rubric/rubric.ts';
import { checkedFindings, findingDetail } from './checked.ts';
import {
  type Check,
  detail,
  fail,
  fromCases,
  inconclusive,
  open,
  opened,
  pass,
  type Question,
  stricter,
} from './judgement.ts';
import { ignoredOf } from './parameters.ts';
import { caseIds, leftOut, missing, noRuns, playing, runsOf, sayOf } from './runs.ts';
import { neverTogether } from './threads.ts';
import {
  counted,
  ended,
  flooded,
  hasFinding,
  head,
  imitations,
  introduced,
  placesOf,
  sentence,
} from './words.ts';

const lockHint =
  'Read, add and write must all stand between lock and unlock, all threads must use the same lock, and the lock itself must take and test in one atomic step.';

export const total: Check = (question) => {
  const absent = missing(question, 'locked');
  if (absent !== undefined) return absent;
  const runs = runsOf(question, 'whole', 'locked');
  const details = [...runs.map((run) => lockedTotal(question, run)), ...notRun(question, runs)];
  const answer = fromCases(question, details, {
    all: `The total is exact in ${counted(runs.length, 'run')} under the lock.${imitations(runs)}`,
    some: 'have the exact total under the lock',
    hint: lockHint,
  });
  const inTurn =
    neverTogether(runs) ||
    playing(question, 'locked').some(
      ({ name }) =>
        Object.hasOwn(question.evidence.checks, name) &&
        question.evidence.checks[name]?.remarks.some(({ kind }) => kind === 'never-overlapped'),
    );
  if (answer.status !== 'pass') return { ...answer, what: `${answer.what}${imitations(runs)}` };
  const [lost] = lostOnChecked(question);
  if (lost !== undefined) {
    const what = `The total is exact in ${counted(runs.length, 'run')}, by luck: on the checked kernel, where threads meet more often, updates were lost under the lock.`;
    return fail(what, { hint: lockHint, details: [findingDetail(question, lost), ...details] });
  }
  if (!inTurn) return answer;
  return {
    ...answer,
    what: `${answer.what} Its threads do their whole work one after another, so the lock was never fought for.`,
  };
};

/** What the checked kernel saw of the same: totals of its own runs under the lock. */
const lostOnChecked = (question: Question) =>
  playing(question, 'locked')
    .flatMap(({ name }) => checkedFindings(question, name, ['lost-updates']))
    .filter(({ severity }) => severity === 'error');

/** How many runs under the lock came to their end with updates lost, and not because of their parameters. */
export function lostUnderLock(question: Question): number {
  const runs = runsOf(question, 'whole', 'locked');
  const ignored = ignoredOf(runs);
  return runs.filter((run) => {
    const read = readTotal(run);
    const missed = 'final' in read ? BigInt(run.expected) - read.final : 0n;
    return missed > 0n && missed % BigInt(run.increment) === 0n && ignored(run) === undefined;
  }).length;
}

function notRun(question: Question, runs: readonly GradeRun[]): GradeDetail[] {
  return caseIds(question)
    .filter((id) => !runs.some((run) => run.case === id))
    .map((id) => {
      const left = leftOut(question, 'whole', 'locked').find((one) => one.case === id);
      const found =
        left === undefined
          ? detail(question, 'error', 'This case was not run.')
          : detail(question, 'fail', `This case was not tried: ${sentence(left.why)}`);
      const visibility = stricter(question.criterion.visibility, caseVisibility(question.rubric, id));
      return { ...found, case: id, visibility };
    });
}

type Reading =
  | { readonly final: bigint }
  | { readonly open: Remark; readonly what: string }
  /** It did not come to its end. */
  | { readonly cut: string }
  | { readonly bad: string };

/** The total of a run, or why there is none. */
function readTotal(run: GradeRun): Reading {
  const forged = hasFinding(run, 'tampering');
  if (forged !== undefined) return { open: 'tampering', what: sentence(forged.message) };
  if (
    run.reached !== 'machine-lost' &&
    run.final === run.expected &&
    hasFinding(run, 'no-tracing') !== undefined
  ) {
    return {
      open: 'tampering',
      what: `the total is ${run.final}, but the kernel’s tracing was turned off meanwhile: what else was changed nobody knows.`,
    };
  }
  // A total that is exact is one, even if unloading hangs later.
  const hangs = run.reached === 'stuck' && run.final === run.expected;
  if (run.reached !== 'unloaded' && !hangs) return { bad: ended(run) };
  if (hasFinding(run, 'time-limit', 'stopped-early') !== undefined && run.final !== run.expected) {
    return { cut: 'its threads had not finished when the time of a run was up.' };
  }
  const unclear = hasFinding(run, 'ambiguous-total');
  if (unclear !== undefined) {
    return {
      open: 'total-unclear',
      what: `which number is the total cannot be told. ${sentence(unclear.message)}`,
    };
  }
  if (run.final !== undefined) return { final: BigInt(run.final) };
  const flood = flooded(run);
  if (flood !== undefined)
    return { open: 'flood', what: `${flood}, and the total is not among what is left.` };
  return { bad: 'it printed no total that could be recognised.' };
}

function lockedTotal(question: Question, run: GradeRun): GradeDetail {
  const say = sayOf(question, run);
  const read = readTotal(run);
  if ('bad' in read) return say('fail', read.bad);
  if ('cut' in read) return say('fail', read.cut);
  if ('open' in read) return say(opened(question, read.open), read.what);
  const expected = BigInt(run.expected);
  const flood = flooded(run);
  const cut = flood === undefined ? '' : ` (${flood})`;
  if (read.final === expected) return say('pass', `the total is ${read.final}, as it must be${cut}.`);
  const overflow = hasFinding(run, 'overflow');
  if (overflow !== undefined) return say('fail', sentence(overflow.message));
  if (read.final > expected) {
    return say('fail', `the total is ${read.final} and must be ${expected}: more than all steps can make.`);
  }
  return say(
    'fail',
    `the total is ${read.final} and must be ${expected}: ${lost(run, expected - read.final)}.`,
  );
}

/** `12 of 400 updates were lost`, or what is missing where it is no whole number of them. */
function lost({ increment, nThreads, nTimes }: GradeRun, difference: bigint): string {
  const step = BigInt(increment);
  if (step <= 0n || difference % step !== 0n) return `${difference} are missing`;
  return `${difference / step} of ${BigInt(nThreads) * BigInt(nTimes)} updates were lost`;
}

export const raceShown: Check = (question) => {
  const absent = missing(question, 'unlocked');
  if (absent !== undefined) return absent;
  const runs = runsOf(question, 'whole', 'unlocked');
  const seen = raceSeen(question);
  if (runs.length === 0 && seen === undefined) return noRuns(question, 'whole', 'unlocked');
  const ignored = ignoredOf(runs);
  const details = [
    ...runs.map((run) => freeTotal(question, run, ignored(run) !== undefined)),
    ...(seen ?? []),
  ];
  const has = (status: GradeDetail['status']) => details.filter((one) => one.status === status);
  const [shown] = has('pass');
  if (shown !== undefined) {
    const visible = has('pass').find(({ visibility }) => visibility === 'visible');
    return pass(visible === undefined ? 'Without the lock updates were lost.' : introduced(visible), details);
  }
  const [unclear] = has('review');
  if (unclear !== undefined) {
    const why = unclear.visibility === 'visible' ? ` ${introduced(unclear)}` : '';
    return open(question, 'total-unclear', `Whether the race shows could not be told.${why}`, { details });
  }
  if (has('inconclusive').length > 0) {
    const what = `Without the lock no updates were lost in ${counted(has('inconclusive').length, 'run')}: by luck, or because threads never met. That shows nothing, and is no fault.`;
    return inconclusive(question, what, {
      hint: 'Let all threads begin together, and read, add and write in three steps, so that they meet more often.',
      details,
    });
  }
  const visible = details.find(({ visibility }) => visibility === 'visible');
  return fail(visible === undefined ? 'Without the lock no run came to a total.' : introduced(visible), {
    hint: 'Without the lock the module has to run to its end and print its total too, only a wrong one.',
    details,
  });
};

/** The checked kernel's word for it: two threads at one variable at the same time. */
function raceSeen(question: Question): GradeDetail[] | undefined {
  const found = playing(question, 'unlocked').flatMap(({ name, roles }) =>
    checkedFindings(question, name, ['data-race']).filter(
      // Of a module with both roles a race under the lock is another matter.
      ({ severity }) => severity === 'note' || !roles.includes('locked'),
    ),
  );
  const [first] = found;
  if (first === undefined) return undefined;
  return [
    detail(question, 'pass', sentence(first.what), { places: placesOf(first.places), raw: head(first.raw) }),
  ];
}

function freeTotal(question: Question, run: GradeRun, ignoresParameters: boolean): GradeDetail {
  const say = sayOf(question, run);
  const read = readTotal(run);
  if ('bad' in read) return say('fail', read.bad);
  if ('cut' in read) return say('inconclusive', read.cut);
  if ('open' in read) return say(opened(question, read.open), read.what);
  const expected = BigInt(run.expected);
  const { final } = read;
  if (final === expected) return say('inconclusive', `the total is ${final} without the lock too, by luck.`);
  if (final > expected) {
    return say('fail', `the total is ${final}, above the ${expected} that all steps together can make.`);
  }
  if (ignoresParameters)
    return say('fail', `the total is ${final} because the parameters were not followed.`);
  return say(
    'pass',
    `the total is ${final} of ${expected}: ${lost(run, expected - final)}. ${words['lost-updates'].title}, as the exercise wants to see.`,
  );
}
