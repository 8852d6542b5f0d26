/** One graded run in a machine of its own: load, wait, unload, and what was to be seen of it. */
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { LabError, labError } from '../../lab/errors.ts';
import type { Context } from '../../provision/context.ts';
import type { Guest } from '../../provision/guest/guest.ts';
import { taintsAfter } from '../../provision/run/taints.ts';
import { stripDebug } from '../../provision/strip.ts';
import { type RunAnswer, readAnswers } from './answer.ts';
import type { GradeRun } from './evidence.ts';
import { afterScript, cycleMark, type RunScript, runBundle } from './script.ts';

/** Of the first load and unload, or of those that came after it. */
export interface Part {
  readonly answer: RunAnswer;
  readonly reached: GradeRun['reached'];
  /** What insmod or rmmod said, or how the machine was lost. */
  readonly said: string;
  /** The console of it; of several loads, of the last. */
  readonly text: string;
}

export interface Attempt {
  readonly first: Part;
  /** Where the first went well and more were asked for. */
  readonly again?: Part;
  /** The console of all of it. */
  readonly text: string;
  /** What the kernel says of itself after it, where that tells anything. */
  readonly taints?: number;
  /** Of what the console held, what did not fit in memory. */
  readonly droppedBytes: number;
  readonly elapsedMs: number;
  /** How the machine ended. `computer`: by something of this computer's. */
  readonly lost?: { readonly by: 'panic' | 'hang' | 'end' | 'computer'; readonly error: LabError };
}

/** On top of a script's own time. */
const graceMs = 20_000;
/** For each cycle after the first: a script that stops at its first hang needs no more for all of them. */
const cycleSeconds = 10;
const afterMs = 15_000;
const markMs = 15_000;
const doubtMs = 8_000;
const mostAnswer = 2 << 20;

/**
 * Sends the module and runs it. Throws interruptions alone: what the module did, and what became of the machine, is in
 * the answer. The machine is the caller's to end.
 */
export async function attempt(
  context: Context,
  guest: Guest,
  ko: Uint8Array,
  run: Omit<RunScript, 'mark'>,
): Promise<Attempt> {
  const begin = guest.console().end;
  const started = performance.now();
  const mark = `lab3-mark ${randomBytes(8).toString('hex')}`;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const onOutput = (chunk: Uint8Array) => {
    if (bytes < mostAnswer) chunks.push(chunk);
    bytes += chunk.length;
  };
  let lost: Attempt['lost'];
  let marked = false;
  try {
    const seconds = 2 * run.runSeconds + run.unloadSeconds + Math.max(run.cycles - 1, 0) * cycleSeconds;
    const deadlineMs = seconds * 1000 + graceMs;
    const { script, input } = runBundle({ ...run, mark }, stripDebug(ko));
    // The script says of each phase that it begins.
    const silenceMs = Math.max(run.runSeconds, run.unloadSeconds) * 1000 + graceMs;
    const ran = guest.run(script, { deadlineMs, silenceMs, limitBytes: 1, input, onOutput });
    const stuck = everyCpuStuck(guest, guest.info.vcpus, deadlineMs);
    // The last report may still be on its way; and a script that goes on gives the lie to lines that imitate one.
    const gaveUp = stuck.then(() =>
      setTimeout(doubtMs, 'stuck' as const, { signal: context.signal, ref: false }),
    );
    const end = await Promise.race([ran, gaveUp]);
    if (end === 'stuck') {
      // Nobody runs in that machine any more; who ends it ends the script.
      ran.catch(() => undefined);
      const seconds = Math.round((performance.now() - started) / 1000);
      const error = labError('GuestHung', {
        awaited: 'running the module',
        seconds,
        console: guest.console(),
      });
      lost = { by: 'hang', error };
    } else {
      if (end.timedOut) await guest.run(afterScript(mark), { deadlineMs: afterMs, limitBytes: 1, onOutput });
      marked = await sawMark(guest, mark);
    }
  } catch (error) {
    if (context.signal.aborted) throw labError('Interrupted', undefined, { cause: error });
    lost = lossBy(error, bytes > 0);
  }
  const { first, again } = readAnswers(Buffer.concat(chunks).toString('utf8'));
  const { text, droppedBytes } = guest.console(begin);
  const ours = marked ? text.slice(0, Math.max(text.lastIndexOf(mark), 0)) : text;
  const taints = marked ? await taintsAfter(guest, ours) : undefined;
  const [begun = '', ...later] = ours.split(`\n${cycleMark(mark)}\n`);
  const part = (answer: RunAnswer, by: Attempt['lost'], text: string): Part => ({
    answer,
    reached: reachedBy(answer, by !== undefined),
    said: saidBy(answer, run, by?.error.message),
    text,
  });
  const last = later.findLast((each) => each.trim() !== '') ?? begun;
  return {
    first: part(first, again === undefined ? lost : undefined, begun),
    ...(again === undefined ? {} : { again: part(again, lost, last) }),
    text: ours,
    ...(taints === undefined ? {} : { taints }),
    droppedBytes,
    elapsedMs: performance.now() - started,
    ...(lost === undefined ? {} : { lost }),
  };
}

/** A console that is flooded comes to our mark late, or never: what it said until then is what there is. */
async function sawMark(guest: Guest, mark: string): Promise<boolean> {
  try {
    await guest.waitForConsole((line) => line.trimEnd() === mark, markMs);
    return true;
  } catch (error) {
    if (error instanceof LabError && error.name === 'GuestHung') return false;
    throw error;
  }
}

/** Soft lockups of all CPUs: the guest's shell will never run again. Pends for ever otherwise. */
async function everyCpuStuck(guest: Guest, vcpus: number, deadlineMs: number): Promise<void> {
  const stuck = new Set<string>();
  const isLast = (line: string) => {
    const cpu = /soft lockup - CPU#(\d{1,5}) stuck for/.exec(line)?.[1];
    if (cpu !== undefined) stuck.add(cpu);
    return stuck.size >= vcpus;
  };
  return guest.waitForConsole(isLast, deadlineMs).then(
    () => undefined,
    // Its own deadline and the machine's end are the script's to tell.
    () => new Promise<never>(() => undefined),
  );
}

/**
 * A machine ends itself with status 0: it was switched off or started anew from within. Any other end of QEMU is this
 * computer's doing, and so is all that happens before the run begins.
 */
function lossBy(error: unknown, begun: boolean): NonNullable<Attempt['lost']> {
  if (!(error instanceof LabError)) throw error;
  if (!begun) return { by: 'computer', error };
  if (error.name === 'GuestPanicked') return { by: 'panic', error };
  if (error.name === 'GuestHung') return { by: 'hang', error };
  if (error.name === 'GuestDied' && /^exit status 0\b/.test(String(error.params.how)))
    return { by: 'end', error };
  if (error.fault === 'computer') return { by: 'computer', error };
  throw error;
}

function reachedBy({ loaded, unloaded }: RunAnswer, lost: boolean): GradeRun['reached'] {
  if (lost) return 'machine-lost';
  if (typeof loaded === 'number' && loaded !== 0) return 'load-failed';
  return unloaded === 0 ? 'unloaded' : 'stuck';
}

function saidBy(
  answer: RunAnswer,
  run: Pick<RunScript, 'runSeconds' | 'unloadSeconds'>,
  lost?: string,
): string {
  const { loaded, unloaded, phase, said, stacks } = answer;
  if (lost !== undefined) return `${lost} (while ${doing[phase]})`;
  const waits = stacks
    .map(({ task, frames: [at] }) => (at === undefined ? `${task} runs` : `${task} waits in ${at}`))
    .join('; ');
  const late = (program: string, seconds: number) =>
    `${program} had not returned after ${seconds} s${waits === '' ? '.' : `: ${waits}.`}`;
  if (phase === 'loading') {
    if (loaded === 'late') return late('insmod', run.runSeconds);
    if (loaded !== undefined) return said === '' ? endedBy('insmod', loaded) : said;
  }
  if (phase === 'unloading') {
    if (unloaded === 'late') return late('rmmod', run.unloadSeconds);
    if (unloaded !== undefined) return said === '' ? endedBy('rmmod', unloaded) : said;
  }
  if (phase === 'unloaded') return said;
  return `The shell of the virtual machine did not come to its end (while ${doing[phase]}). ${said}`.trim();
}

const endedBy = (program: string, status: number) =>
  status > 128
    ? `${program} was ended by signal ${status - 128}: the kernel met a fault in it.`
    : `${program} ended with status ${status}.`;

const doing: Record<RunAnswer['phase'], string> = {
  starting: 'the machine was made ready',
  loading: 'loading the module',
  running: 'its threads were at work',
  unloading: 'unloading the module',
  unloaded: 'after the module had been unloaded',
};
