/** One run of a check: load, look, unload, and what was to be seen of it. */
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { CheckSpec, RunEvidence } from '../../lab/check/evidence.ts';
import { parseConsole } from '../../lab/console.ts';
import { LabError, labError } from '../../lab/errors.ts';
import type { Context } from '../context.ts';
import type { Guest } from '../guest/guest.ts';
import type { ModuleAddresses } from './addresses.ts';
import { type RunOutput, readRun } from './looks.ts';
import { runScript } from './scripts.ts';

/** Seconds, by the guest's clock. */
export interface CheckLimits {
  readonly watch: (spec: CheckSpec) => number;
  readonly unload: number;
}

/** Longer than the kernel's own watchdogs need: what they say of a hang is better than what we can. */
export const defaultLimits: CheckLimits = {
  watch: ({ shape, nThreads, nTimes }) =>
    shape === 'fold' ? 2 : Math.min(14 + (nThreads * nTimes * 100) / 1e6, 120),
  unload: 14,
};

export interface Attempt {
  readonly evidence: RunEvidence;
  readonly firstPid: number;
  readonly droppedBytes: number;
  /** Whether the machine is of no more use: it is gone, holds a module that cannot be unloaded, or its kernel broke. */
  readonly spoilt: boolean;
}

/** What a kernel needs to print one report on its serial line. */
const reportMs = 2_000;
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
  const mark = `lab3-mark ${randomBytes(8).toString('hex')}`;
  const { shape, moduleParams: params } = spec;
  const [watch, unload] = [limits.watch(spec), limits.unload];
  const script = runScript({ name, params, watch, unload, shape, mark });
  const answer = new Answer();
  let lost: string | undefined;
  try {
    const deadlineMs = (watch + unload) * 1000 + graceMs;
    const ran = guest.run(script, { deadlineMs, limitBytes: 1, onOutput: (chunk) => answer.add(chunk) });
    const gaveUp = await Promise.race([ran.then(() => false), everyCpuStuck(guest, spec.vcpus, deadlineMs)]);
    if (gaveUp) {
      lost = 'every CPU of the machine is stuck';
      // The report of the last one may still be on its way; who ends the machine ends the script.
      ran.catch(() => undefined);
      await setTimeout(reportMs, undefined, { signal: context.signal });
    } else await guest.waitForConsole((line) => line.trimEnd() === mark, 30_000);
  } catch (error) {
    if (context.signal.aborted) throw labError('Interrupted', undefined, { cause: error });
    if (!isGuestLoss(error)) throw error;
    lost = error.message;
  }
  const output = readRun(answer.text());
  addresses.learn(output.sections);
  const { text, droppedBytes } = guest.console();
  const end = lost === undefined ? text.lastIndexOf(mark) : text.length;
  const named = addresses.nameAll(text.slice(begin, end));
  const events = parseConsole(named);
  const reached = reachedBy(output, lost !== undefined);
  const evidence: RunEvidence = {
    spec,
    text: named,
    events,
    phase: output.phase,
    reached,
    said: lost ?? output.said,
    looks: output.looks,
    outlived: output.outlived,
    stuck: reached === 'stuck' || reached === 'machine-lost' ? output.stuck : [],
    elapsedMs: answer.watchedAt === undefined ? performance.now() - started : answer.watchedAt - started,
  };
  const over = reached === 'unloaded' || output.watched === 'refused';
  const broken = events.some(({ kind }) => breaking.has(kind)) || output.outlived.length > 0;
  return { evidence, firstPid: output.firstPid, droppedBytes, spoilt: !over || broken || droppedBytes > 0 };
}

/** True when soft lockups were reported of all CPUs: the guest's shell will never run again. */
async function everyCpuStuck(guest: Guest, vcpus: number, deadlineMs: number): Promise<boolean> {
  const stuck = new Set<string>();
  const isLast = (line: string) => {
    const cpu = /soft lockup - CPU#(\d{1,5}) stuck for/.exec(line)?.[1];
    if (cpu !== undefined) stuck.add(cpu);
    return stuck.size >= vcpus;
  };
  return guest.waitForConsole(isLast, deadlineMs).then(
    () => true,
    // Its own deadline and the machine's end are the script's to tell.
    () => new Promise<boolean>(() => undefined),
  );
}

function reachedBy({ watched, unloaded }: RunOutput, lost: boolean): RunEvidence['reached'] {
  if (lost) return 'machine-lost';
  if (watched === 'refused' || unloaded === 'kept') return 'load-failed';
  return unloaded === 'unloaded' ? 'unloaded' : 'stuck';
}

/** What a script says, as it comes: of a machine that dies meanwhile it is all that there is. Bounded. */
class Answer {
  /** When the threads had ended, by this computer's clock. */
  watchedAt: number | undefined;
  private readonly chunks: Uint8Array[] = [];
  private bytes = 0;

  add(chunk: Uint8Array): void {
    if (this.bytes > maxAnswer) return;
    this.bytes += chunk.length;
    this.chunks.push(chunk);
    if (/^(?:ended|asleep|refused|late)$/m.test(Buffer.from(chunk).toString('latin1')))
      this.watchedAt ??= performance.now();
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

const maxAnswer = 8 << 20;

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
