/** The list: one node of each thread. */
import type { GradeDetail } from '../document.ts';
import type { GradeRun } from '../engine/evidence.ts';
import { type Check, fromCases, opened, type Question } from './judgement.ts';
import { noRuns, playing, runsOf, sayOf } from './runs.ts';
import { counted, ended, flooded, hasFinding, sentence } from './words.ts';

/** Under the lock where there is one: without, the list may suffer from the same race as the total. */
export const list: Check = (question) => {
  const role = playing(question, 'locked').length > 0 ? 'locked' : undefined;
  const runs = runsOf(question, 'whole', role);
  if (runs.length === 0) return noRuns(question, 'whole', role);
  return fromCases(
    question,
    runs.map((run) => runList(question, run)),
    {
      all: `The list has a node of each thread in ${counted(runs.length, 'run')}.`,
      some: 'have a node of each thread in the list',
      hint: 'Each thread allocates a node, writes its result there and adds it to the list with the lock held; the exit function prints all of them.',
    },
  );
};

function runList(question: Question, run: GradeRun): GradeDetail {
  const { list: nodes, nThreads } = run;
  const say = sayOf(question, run);
  if (run.reached !== 'unloaded') return say('fail', ended(run));
  const above = nodes.find((value) => BigInt(value) > BigInt(run.expected) || BigInt(value) < 0n);
  if (nodes.length === nThreads && above === undefined) {
    return say('pass', `${counted(nThreads, 'node')} of ${counted(nThreads, 'thread')}.`);
  }
  const flood = flooded(run);
  if (flood !== undefined)
    return say(opened(question, 'flood'), `${flood}, and perhaps nodes of the list too.`);
  const unclear = hasFinding(run, 'ambiguous-list', 'garbled');
  if (unclear !== undefined) return say(opened(question, 'total-unclear'), sentence(unclear.message));
  if (above !== undefined) {
    return say(
      'fail',
      `a node of the list holds ${above}, which no thread can have come to (0 to ${run.expected}).`,
    );
  }
  if (nodes.length === 0)
    return say(
      'fail',
      `no list was recognised in what it printed; ${counted(nThreads, 'node')} were expected.`,
    );
  return say('fail', `the list has ${counted(nodes.length, 'node')} for ${counted(nThreads, 'thread')}.`);
}
