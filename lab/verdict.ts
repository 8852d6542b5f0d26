/** What the runs say about the module, in plain words. Works from the result alone, so that it can be said again. */
import { adviceFor } from './advice.ts';
import type { Finding, Result, RunResult } from './result.ts';

export interface RunVerdict {
  /**
   * `lost`: unlocked, and updates were lost, as the exercise wants to see. `right`: locked, and the total is right.
   * `inconclusive`: unlocked and right by luck, or not run to its end. `wrong`: the module is at fault.
   */
  readonly verdict: 'lost' | 'right' | 'inconclusive' | 'wrong';
  readonly sentences: readonly string[];
}

export interface Verdict {
  readonly ok: boolean;
  readonly exitCode: 0 | 1;
  readonly fault?: 'module';
  readonly sentences: readonly string[];
  /** What to do about what is wrong; empty when all is well. */
  readonly advice: readonly string[];
  readonly runs: readonly RunVerdict[];
}

/** An unlocked run that is right by luck is never a failure; a locked one that is wrong always is. */
export function verdict(result: Pick<Result, 'runs'>): Verdict {
  const runs = result.runs.map(judgeRun);
  const ok = runs.every((run) => run.verdict !== 'wrong');
  const sentences = runs.flatMap((run) => run.sentences);
  const wrong = result.runs.filter((_, at) => runs[at]?.verdict === 'wrong');
  const advice = new Set(wrong.flatMap((run) => run.findings.flatMap(({ kind }) => adviceFor(kind) ?? [])));
  if (wrong.length > 0 && advice.size === 0) advice.add(adviceFor('wrong-total') ?? '');
  return {
    ok,
    exitCode: ok ? 0 : 1,
    ...(ok ? {} : { fault: 'module' as const }),
    sentences,
    advice: [...advice],
    runs,
  };
}

/** Lost updates are what the unlocked run is for; these findings are about totals, which are judged here. */
const aboutTotal = new Set(['no-total', 'ambiguous-total', 'stopped-early', 'time-limit', 'total-from-list']);

export function judgeRun(run: RunResult): RunVerdict {
  const name = run.lock === 'none' ? 'Without a lock' : `With lock ${run.lock}`;
  const errors = run.findings.filter(({ severity, kind }) => severity === 'error' && !aboutTotal.has(kind));
  const total = judgeTotal(run, name);
  const missing = missingThreads(run);
  const sentences = [total.sentence, ...total.advice, ...errors.map(say)];
  let outcome = total.verdict;
  if (missing !== undefined && outcome !== 'wrong') {
    sentences.push(missing);
    // A list that some of the console is missing from proves nothing either way.
    if (!run.findings.some(({ kind }) => kind === 'dropped' || kind === 'garbled')) outcome = 'wrong';
  }
  if (errors.length > 0) outcome = 'wrong';
  for (const finding of run.findings) {
    if (finding.severity === 'warning' || (finding.severity === 'error' && aboutTotal.has(finding.kind))) {
      sentences.push(say(finding));
    }
  }
  return { verdict: outcome, sentences };
}

function judgeTotal(
  run: RunResult,
  name: string,
): { verdict: RunVerdict['verdict']; sentence: string; advice: string[] } {
  const { expected, final } = run;
  const has = (kind: string) => run.findings.some((finding) => finding.kind === kind);
  if (final === undefined) {
    const sentence = has('ambiguous-total')
      ? `${name} the total could not be told from the other numbers.`
      : `${name} there is no total: the module did not come to the end.`;
    return { verdict: 'wrong', sentence, advice: [] };
  }
  const difference = BigInt(expected) - BigInt(final);
  if (has('stopped-early') || has('time-limit')) {
    const sentence = `${name} the run was cut short at ${final} of ${expected}; the threads need more time than they got.`;
    return {
      verdict: run.lock === 'none' ? 'inconclusive' : 'wrong',
      sentence,
      advice: ['Try fewer steps (--n-times).'],
    };
  }
  if (difference === 0n) {
    if (run.lock !== 'none') {
      return { verdict: 'right', sentence: `${name} the total is right: ${final}.`, advice: luck(run) };
    }
    const advice =
      run.vcpus < 2
        ? 'On one virtual CPU threads hardly ever meet; run with --vcpus 2 or more.'
        : 'The threads did not meet this time; raise --n-times or --n-threads.';
    const sentence = `${name} the total is right as well, by luck: ${final}. That is inconclusive, not a fault.`;
    return { verdict: 'inconclusive', sentence, advice: [advice] };
  }
  if (run.lock === 'none') {
    if (difference < 0n) {
      const sentence = `${name} the total is ${final}, above the ${expected} that all steps together can make.`;
      return {
        verdict: 'wrong',
        sentence,
        advice: ['Look for threads that make more steps than they are told.'],
      };
    }
    const sentence = `${name} the total is ${final} of ${expected}: ${lost(run, difference)}. That is the race the exercise is about.`;
    return { verdict: 'lost', sentence, advice: [] };
  }
  const sentence =
    difference > 0n
      ? `${name} the total is ${final} and must be ${expected}: ${lost(run, difference)}, so the lock does not protect the variable.`
      : `${name} the total is ${final}, above the ${expected} that all steps together can make.`;
  return { verdict: 'wrong', sentence, advice: [] };
}

/** A right total under a lock on one CPU shows little, since nothing ran at the same time. */
function luck(run: RunResult): string[] {
  return run.vcpus < 2
    ? [
        'It ran on one virtual CPU, where even no lock often gives the right total; run with --vcpus 2 or more.',
      ]
    : [];
}

function lost(run: RunResult, difference: bigint): string {
  const updates = run.lostUpdates === undefined ? undefined : BigInt(run.lostUpdates);
  const steps = BigInt(run.nThreads) * BigInt(run.nTimes);
  if (updates === undefined || steps === 0n) return `${difference} is missing`;
  const percent = Number((updates * 1_000_000n) / steps) / 10_000;
  const share = percent < 0.1 ? 'less than 0.1 %' : `${percent.toFixed(1)} %`;
  return `${updates} of ${steps} updates were lost (${share})`;
}

function missingThreads(run: RunResult): string | undefined {
  const nodes = Math.max(run.list.length, run.threads.length);
  if (run.final === undefined || nodes >= run.nThreads) return undefined;
  if (nodes === 0) return `The module printed no list; ${run.nThreads} nodes were expected.`;
  return `The list has ${nodes} ${nodes === 1 ? 'node' : 'nodes'}, and ${run.nThreads} threads were asked for.`;
}

function say({ message, consoleLine }: Finding): string {
  return consoleLine === undefined ? message : `${message} (dmesg.txt line ${consoleLine})`;
}
