/** From load to unload: early, again and again, and with nothing left behind. */

import type { CheckRun } from '../../lab/check/document.ts';
import type { FaultKind } from '../../lab/check/kinds.ts';
import type { GradeDetail } from '../document.ts';
import type { GradeRun } from '../engine/evidence.ts';
import { checkedFindings, checkOf, findingDetail } from './checked.ts';
import { type Check, fail, fromCases, graded, pass, type Question } from './judgement.ts';
import { isBuilt, noRuns, runsOf, sayOf } from './runs.ts';
import { counted, ended, hasFinding, introduced, kernelFault, listed, sentence, shown } from './words.ts';

const stopHint =
  'Stop each thread with kthread_stop() in the exit function, let it look at kthread_should_stop() in its loop, and free nothing before it has returned.';

export const earlyUnload: Check = (question) => {
  const runs = runsOf(question, 'early');
  // Where the stock kernel was asked, how long it takes on the checked one says nothing.
  const hangs: readonly FaultKind[] = runs.length > 0 ? [] : ['unload-hang'];
  const found = faults(question, ['thread-left-running', ...hangs], ['early']);
  if (found.length > 0) return fail(found[0]?.what ?? '', { hint: stopHint, details: found });
  if (runs.length > 0) {
    // One that came too late was tried again, with more steps.
    const details = runs.map((run) => earlyRun(question, run));
    const told = details.filter(({ status }) => status !== 'inconclusive');
    return fromCases(question, told.length > 0 ? told : details, {
      all: `It was unloaded while its threads were at work, ${counted(runs.length, 'time')}, and left nothing behind.`,
      some: 'can be unloaded while threads are at work',
      hint: stopHint,
    });
  }
  const tries = question.evidence.modules
    .filter(isBuilt)
    .flatMap(({ name }) => checkOf(question, name)?.runs ?? []);
  const early = tries.filter(({ shape }) => shape === 'early');
  if (early.length === 0) return noRuns(question, 'early');
  const lost = early.find(({ reached }) => reached !== 'unloaded');
  if (lost === undefined) {
    return pass(
      `It was unloaded while its threads were at work, ${counted(early.length, 'time')} on the checked kernel.`,
    );
  }
  return fail(`With ${counted(lost.nThreads, 'thread')} at work ${lostWords[lost.reached]}.`, {
    hint: stopHint,
  });
};

const lostWords: Readonly<Record<CheckRun['reached'], string>> = {
  unloaded: 'it was unloaded',
  'load-failed': 'it could not be loaded',
  stuck: 'it could not be unloaded in the time of a run',
  'machine-lost': 'unloading it ended the machine',
};

function earlyRun(question: Question, run: GradeRun): GradeDetail {
  const say = sayOf(question, run);
  if (run.reached !== 'unloaded') return say('fail', ended(run));
  if (run.outlived.length > 0) return say('fail', outlivedText(run));
  const fault = kernelFault(run);
  if (fault !== undefined) return say('fail', sentence(fault.message));
  if (run.threadsAtUnload === 0)
    return say('inconclusive', 'its threads had ended before it could be unloaded.');
  return say('pass', 'it was unloaded while its threads were at work, and left none behind.');
}

export const reload: Check = (question) => {
  const runs = runsOf(question, 'reload');
  if (runs.length === 0) return noRuns(question, 'reload');
  const wanted = question.criterion.cycles ?? 1;
  const done = runs.map(({ cycles = 0 }) => Math.min(cycles, wanted));
  const details = runs.map((run, at) => reloadRun(question, run, done[at] ?? 0, wanted));
  const bad = details.filter(({ status }) => status !== 'pass');
  if (bad.length === 0)
    return pass(`It was loaded and unloaded ${counted(wanted, 'time')} in a row.`, details);
  const shares = runs.map((_, at) =>
    details[at]?.status === 'pass' ? 1 : Math.min((done[at] ?? 0) / wanted, 0.9),
  );
  const share = question.criterion.credit === 'all' ? 0 : shares.reduce((a, b) => a + b, 0) / shares.length;
  const seen = bad.find(({ visibility }) => visibility === 'visible');
  return graded(
    share,
    seen === undefined ? 'It could not be loaded and unloaded as often as is asked for.' : introduced(seen),
    {
      hint: 'Leave nothing behind: free all memory, stop all threads, and set every variable in the init function.',
      details,
    },
  );
};

function reloadRun(question: Question, run: GradeRun, done: number, wanted: number): GradeDetail {
  const say = sayOf(question, run);
  const times = `${done} of ${counted(wanted, 'load')} and unloads went well`;
  if (run.outlived.length > 0) return say('fail', `${times}. ${outlivedText(run)}`);
  const fault = kernelFault(run);
  if (run.reached === 'unloaded' && done >= wanted && fault === undefined) return say('pass', `${times}.`);
  if (run.reached !== 'unloaded') return say('fail', `${times}, then ${ended(run)}`);
  const end = fault === undefined ? sentence(run.said) : sentence(fault.message);
  return say('fail', end === '' ? `${times}.` : `${times}: ${end}`);
}

export const nothingLeft: Check = (question) => {
  const { runs } = question.evidence;
  if (runs.length === 0) return noRuns(question, 'whole');
  const found = faults(question, ['thread-left-running']);
  if (found.length > 0) return fail(found[0]?.what ?? '', { hint: stopHint, details: found });
  const details = runs.map((run) => leftRun(question, run));
  const bad = details.filter(({ status }) => status === 'fail');
  const seen = bad.find(({ visibility }) => visibility === 'visible') ?? bad[0];
  if (seen !== undefined) {
    const what =
      seen.visibility === 'visible' ? introduced(seen) : 'In a hidden case something was left behind.';
    return fail(what, { hint: stopHint, details: bad });
  }
  if (!runs.some(({ reached }) => reached === 'unloaded')) {
    const what = `It was never unloaded, so nothing can be said for it: ${listed([...new Set(runs.map(ended))], 1)}`;
    return fail(what, { hint: stopHint, details });
  }
  return pass(`No thread was left in ${counted(runs.length, 'run')}.`, details);
};

function leftRun(question: Question, run: GradeRun): GradeDetail {
  const say = sayOf(question, run);
  if (run.outlived.length > 0) return say('fail', outlivedText(run));
  const gone = hasFinding(run, 'outlives-module');
  if (gone !== undefined) return say('fail', sentence(gone.message));
  if (isPinned(run)) return say('fail', `it cannot be unloaded: ${sentence(run.said)}`);
  return say('pass', run.reached === 'unloaded' ? 'nothing was left.' : ended(run));
}

/** What rmmod says of a module that holds itself, or has no exit function. */
function isPinned({ reached, said }: GradeRun): boolean {
  return reached === 'stuck' && /in use|busy|resource temporarily unavailable|rmmod/i.test(said);
}

function outlivedText({ outlived }: GradeRun): string {
  const names = listed([...new Set(outlived)].map((name) => shown(name, 32)));
  return `${counted(outlived.length, 'thread')} still running in freed code after the module was gone (${names}).`;
}

/** Findings of the checked kernel, of runs of these shapes where some are named. */
function faults(
  question: Question,
  kinds: readonly FaultKind[],
  shapes?: readonly CheckRun['shape'][],
): GradeDetail[] {
  return question.evidence.modules.filter(isBuilt).flatMap(({ name }) => {
    const runs = checkOf(question, name)?.runs ?? [];
    const wanted = new Set(
      runs.filter(({ shape }) => shapes === undefined || shapes.includes(shape)).map(({ number }) => number),
    );
    return checkedFindings(question, name, kinds)
      .filter(({ severity, runs: of }) => severity === 'error' && of.some((number) => wanted.has(number)))
      .map((finding) => findingDetail(question, finding));
  });
}
