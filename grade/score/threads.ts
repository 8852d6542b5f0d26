/** Threads, as the guest's kernel counted them: not by the module's word. */
import type { GradeDetail } from '../document.ts';
import type { GradeRun } from '../engine/evidence.ts';
import { type Check, fromCases, open, opened, type Question } from './judgement.ts';
import { noRuns, runsOf, sayOf } from './runs.ts';
import { counted, ended, hasFinding } from './words.ts';

/** One that only starts the others, or waits for them, is no fault. */
const helpers = 1;

export const threads: Check = (question) => {
  const runs = runsOf(question, 'whole');
  if (runs.length === 0) return noRuns(question, 'whole');
  const details = runs.map((run) => runThreads(question, run));
  const counts = runs.flatMap(({ threadsMade }) => (threadsMade === undefined ? [] : [threadsMade]));
  const none = counts.length > 0 && counts.every((count) => count === 0);
  const answer = fromCases(question, details, {
    all: `It made the threads it was asked for in ${counted(runs.length, 'run')}, counted by the kernel’s own tracing.`,
    some: 'have the threads that were asked for',
    hint: none
      ? 'Create each thread with kthread_run() or kthread_create(); a total that is reckoned without them is not what is asked for.'
      : 'Create as many threads as the parameter says, each with kthread_run() or kthread_create().',
  });
  if (answer.status !== 'pass' || !neverTogether(runs)) return answer;
  const what = `${answer.what} They ran one after another: never two of them lived at once, so nothing could be lost.`;
  if (!question.rubric.review.includes('never-overlapped')) return { ...answer, what };
  return open(question, 'never-overlapped', what, {
    hint: 'Start all threads before waiting for any of them.',
    details,
  });
};

/** Whether no run had two of its threads at the same time. */
export function neverTogether(runs: readonly GradeRun[]): boolean {
  const several = runs.filter(({ nThreads, threadsAtOnce }) => nThreads > 1 && threadsAtOnce !== undefined);
  return several.length > 0 && several.every(({ threadsAtOnce }) => threadsAtOnce === 1);
}

function runThreads(question: Question, run: GradeRun): GradeDetail {
  const { threadsMade: made, nThreads } = run;
  const say = sayOf(question, run);
  if (made === undefined) {
    return run.reached === 'unloaded'
      ? say('inconclusive', 'its threads could not be counted.')
      : say('fail', ended(run));
  }
  // A machine that died was never asked for its trace; one that lived and has none was told to stop it.
  if (run.reached !== 'machine-lost' && hasFinding(run, 'no-tracing') !== undefined) {
    const seen = `${made} of ${counted(nThreads, 'thread')} were seen by looking`;
    return say(
      opened(question, 'tampering'),
      `the kernel’s tracing of threads, which was on, was off when the module had run; ${seen}.`,
    );
  }
  if (made < nThreads) {
    const end = run.reached === 'unloaded' ? '' : ` Then ${ended(run)}`;
    return say('fail', `${made} of ${counted(nThreads, 'thread')} seen.${end}`);
  }
  if (made > nThreads + helpers) return say('fail', `${made} threads seen, and ${nThreads} were asked for.`);
  const extra = made === nThreads ? '' : ', and one more';
  const once = run.threadsAtOnce === undefined ? '' : `; ${run.threadsAtOnce} of them lived at once`;
  return say('pass', `${nThreads} of ${counted(nThreads, 'thread')} seen${extra}${once}.`);
}
