/** One run of a check: load, look, unload, and what was to be seen of it. */
import { randomBytes } from 'node:crypto';
import type { CheckSpec, Phase, RunEvidence, StuckTask } from '../../lab/check/evidence.ts';
import { parseConsole } from '../../lab/console.ts';
import { LabError, labError } from '../../lab/errors.ts';
import type { Context } from '../context.ts';
import type { Guest } from '../guest/guest.ts';
import { markScript } from '../run/scripts.ts';
import type { ModuleAddresses } from './addresses.ts';
import { readStuck, readUnload, readWatch } from './looks.ts';
import { stuckScript, unloadScript, watchScript } from './scripts.ts';

/** Seconds, by the guest's clock. */
export interface CheckLimits {
  readonly watch: (spec: CheckSpec) => number;
  readonly unload: number;
}

/** Longer than the kernel's own watchdogs need: what they say of a hang is better than what we can. */
export const defaultLimits: CheckLimits = {
  watch: ({ shape, nThreads, nTimes }) =>
    shape === 'fold' ? 2 : Math.min(20 + (nThreads * nTimes * 20) / 1e6, 120),
  unload: 20,
};

export interface Attempt {
  readonly evidence: RunEvidence;
  readonly firstPid: number;
  readonly droppedBytes: number;
  /** Whether the machine is of no more use: it is gone, holds a module that cannot be unloaded, or its kernel broke. */
  readonly spoilt: boolean;
}

/** On top of a script's own time. */
const graceMs = 15_000;

const isGuestLoss = (error: unknown): error is LabError =>
  error instanceof LabError && ['GuestPanicked', 'GuestHung', 'GuestDied'].includes(error.name);

/** The module must lie in the guest already. Never throws for what the module did. */
export async function attempt(
  context: Context,
  guest: Guest,
  name: string,
  spec: CheckSpec,
  addresses: ModuleAddresses,
  limits: CheckLimits = defaultLimits,
): Promise<Attempt> {
  const begin = guest.console().text.length;
  const started = performance.now();
  const seen: Mutable = { phase: 'loading', reached: 'stuck', said: '', looks: [], outlived: [], stuck: [] };
  let elapsedMs = 0;
  let firstPid = 0;
  let text = '';
  try {
    const seconds = limits.watch(spec);
    const early = spec.shape === 'early';
    const watching = watchScript(name, spec.moduleParams, seconds, early);
    const answer = await guest.run(watching, { deadlineMs: seconds * 1000 + graceMs });
    elapsedMs = performance.now() - started;
    const watched = readWatch(answer.output);
    addresses.learn(watched.sections);
    seen.looks = watched.looks;
    firstPid = watched.firstPid;
    seen.said = watched.said;
    if (watched.ending === 'failed') seen.reached = 'load-failed';
    else if (watched.ending !== 'late' || watched.sections.size > 0) {
      // Threads that need longer than they got are told to end; one that cannot will show when it is unloaded.
      if (watched.ending === 'late') seen.stuck = await whereabouts(guest);
      if (spec.shape !== 'fold' || watched.ending !== 'late') await unload(guest, name, limits.unload, seen);
    } else seen.stuck = await whereabouts(guest);
    const mark = `lab3-mark ${randomBytes(8).toString('hex')}`;
    await guest.run(markScript(mark), { deadlineMs: 10_000 });
    await guest.waitForConsole((line) => line.trimEnd() === mark, 30_000);
    const all = guest.console().text;
    text = all.slice(begin, all.lastIndexOf(mark));
  } catch (error) {
    if (context.signal.aborted) throw labError('Interrupted', undefined, { cause: error });
    if (!isGuestLoss(error)) throw error;
    seen.reached = 'machine-lost';
    seen.said = error.message;
    text = guest.console().text.slice(begin);
    elapsedMs ||= performance.now() - started;
  }
  const { droppedBytes } = guest.console();
  const named = addresses.nameAll(text);
  const events = parseConsole(named);
  const evidence: RunEvidence = { spec, text: named, events, elapsedMs, ...seen };
  const broken = events.some(({ kind }) => breaking.has(kind));
  const over = seen.reached === 'unloaded' || (seen.reached === 'load-failed' && seen.phase === 'loading');
  return {
    evidence,
    firstPid,
    droppedBytes,
    spoilt: !over || broken || droppedBytes > 0 || seen.outlived.length > 0,
  };
}

/** A kernel that has said one of these is not asked any more: lockdep turns itself off after its first report. */
const breaking = new Set<RunEvidence['events'][number]['kind']>([
  'oops',
  'trap',
  'bug',
  'panic',
  'stack',
  'outlives-module',
  'lockdep',
  'list-corruption',
  'slub',
  'kasan',
  'atomic-sleep',
  'refcount',
  'soft-lockup',
  'hung-task',
  'rcu-stall',
]);

interface Mutable {
  phase: Phase;
  reached: RunEvidence['reached'];
  said: string;
  looks: RunEvidence['looks'];
  outlived: RunEvidence['outlived'];
  stuck: readonly StuckTask[];
}

async function unload(guest: Guest, name: string, seconds: number, seen: Mutable): Promise<void> {
  seen.phase = 'unloading';
  const answer = await guest.run(unloadScript(name, seconds), { deadlineMs: seconds * 1000 + graceMs });
  const { ending, outlived, said } = readUnload(answer.output);
  if (ending === 'unloaded') {
    seen.phase = 'unloaded';
    seen.reached = 'unloaded';
    seen.outlived = outlived;
    seen.stuck = [];
  } else if (ending === 'failed') {
    seen.reached = 'load-failed';
    seen.said = said;
  } else {
    const now = await whereabouts(guest);
    if (now.length > 0) seen.stuck = now;
  }
}

async function whereabouts(guest: Guest): Promise<StuckTask[]> {
  const { output } = await guest.run(stuckScript, { deadlineMs: 20_000 });
  return readStuck(output);
}
