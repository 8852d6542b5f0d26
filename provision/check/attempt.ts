/** One run of a check: load, look, unload, and what was to be seen of it. */
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { CheckSpec, RunEvidence } from '../../lab/check/evidence.ts';
import { parseConsole } from '../../lab/console.ts';
import { LabError, labError } from '../../lab/errors.ts';
import type { Context } from '../context.ts';
import type { Guest } from '../guest/guest.ts';
import { modulePath, withFile } from '../run/scripts.ts';
import { taintsAfter } from '../run/taints.ts';
import type { ModuleAddresses } from './addresses.ts';
import { type RunOutput, readRun } from './looks.ts';
import { runScript } from './scripts.ts';

/** Seconds, by the guest's clock. */
export interface CheckLimits {
  readonly watch: (spec: CheckSpec) => number;
  readonly unload: (spec: CheckSpec) => number;
}

/** Longer than the kernel's own watchdogs need: what they say of a hang is better than what we can. */
const hangSeconds = 14;
/** On a computer that does other things too: a step of a watched module, and the most for all of them. */
const [stepMicroseconds, mostSeconds] = [100, 106];

/** Threads that are at work may come to their end first, whether or not they were told to stop. */
const working = ({ nThreads, nTimes }: CheckSpec) =>
  hangSeconds + Math.min((nThreads * nTimes * stepMicroseconds) / 1e6, mostSeconds);

/** Less than a loop that is one needs for the steps of a `fold`. */
const foldSeconds = 4;

export const defaultLimits: CheckLimits = {
  watch: (spec) => (spec.shape === 'fold' ? foldSeconds : working(spec)),
  unload: (spec) => (spec.shape === 'early' ? working(spec) : hangSeconds),
};

export interface Attempt {
  readonly evidence: RunEvidence;
  readonly firstPid: number;
  readonly droppedBytes: number;
  /** Whether the machine is of no more use: it is gone, holds a module that cannot be unloaded, or its kernel broke. */
  readonly spoilt: boolean;
}

/** What a kernel needs to print one report on its serial line; RCU's comes three seconds after a soft lockup. */
const reportMs = 4_000;
/** On top of a script's own time. */
const graceMs = 15_000;

const isGuestLoss = (error: unknown): error is LabError =>
  error instanceof LabError && ['GuestPanicked', 'GuestHung', 'GuestDied'].includes(error.name);

export interface AttemptOptions {
  readonly ko: Uint8Array | undefined;
  readonly validate: boolean;
  readonly stays?: boolean;
  readonly limits?: CheckLimits | undefined;
}

/**
 * Never throws for what the module did.
 *
 * @param ko the module, where it does not lie in the guest already
 * @param stays whether threads of the module are known to stay until it is unloaded
 * @param validate whether to look for damage in all freed memory once the module is gone
 */
export async function attempt(
  context: Context,
  guest: Guest,
  name: string,
  spec: CheckSpec,
  addresses: ModuleAddresses,
  { ko, validate, stays = false, limits = defaultLimits }: AttemptOptions,
): Promise<Attempt> {
  const begin = guest.console().end;
  const started = performance.now();
  const mark = `lab3-mark ${randomBytes(8).toString('hex')}`;
  const { shape, moduleParams: params } = spec;
  const [watch, unload] = [limits.watch(spec), limits.unload(spec)];
  const script = runScript({ name, params, watch, unload, shape, stays, validate, mark });
  const answer = new Answer();
  let lost: { how: 'hung' | 'ended'; said: string } | undefined;
  try {
    const deadlineMs = (watch + unload) * 1000 + graceMs;
    const options = { deadlineMs, limitBytes: 1, onOutput: (chunk: Uint8Array) => answer.add(chunk) };
    const all = ko === undefined ? { script } : withFile(script, modulePath(name), ko);
    const ran = guest.run(all.script, 'input' in all ? { ...options, input: all.input } : options);
    const gaveUp = await Promise.race([ran.then(() => undefined), stuckCpus(guest, spec.vcpus, deadlineMs)]);
    if (gaveUp !== undefined) {
      lost = { how: 'hung', said: gaveUp };
      // The report of the last one may still be on its way; who ends the machine ends the script.
      ran.catch(() => undefined);
      await setTimeout(reportMs, undefined, { signal: context.signal });
    } else await guest.waitForConsole((line) => line.trimEnd() === mark, 30_000);
  } catch (error) {
    if (context.signal.aborted) throw labError('Interrupted', undefined, { cause: error });
    if (!isGuestLoss(error)) throw error;
    lost = { how: error.name === 'GuestHung' ? 'hung' : 'ended', said: error.message };
  }
  const output = readRun(answer.text());
  addresses.learn(output.sections);
  const { text, droppedBytes } = guest.console(begin);
  const end = lost === undefined ? text.lastIndexOf(mark) : text.length;
  const named = addresses.nameAll(text.slice(0, Math.max(end, 0)));
  const taints = lost === undefined ? await taintsAfter(guest, named) : undefined;
  const events = parseConsole(named, taints);
  const reached = reachedBy(output, lost !== undefined);
  const evidence: RunEvidence = {
    spec,
    text: named,
    events,
    ...(taints === undefined ? {} : { taints }),
    phase: output.phase,
    reached,
    said: lost?.said ?? output.said,
    ...(lost === undefined ? {} : { lost: lost.how }),
    looks: output.looks,
    outlived: output.outlived,
    stuck: reached === 'stuck' || reached === 'machine-lost' ? output.stuck : [],
    elapsedMs: answer.watchedAt === undefined ? performance.now() - started : answer.watchedAt - started,
  };
  const over = reached === 'unloaded' || output.watched === 'refused';
  const broken = events.some(({ kind }) => breaking.has(kind)) || output.outlived.length > 0;
  return { evidence, firstPid: output.firstPid, droppedBytes, spoilt: !over || broken || droppedBytes > 0 };
}

/**
 * Resolves, with the reason, when there is nothing to wait for: soft lockups of all CPUs, so that the guest's shell will never
 * run again; or a hard one, a CPU with interrupts off, which stops the guest's clock where that CPU keeps it.
 */
async function stuckCpus(guest: Guest, vcpus: number, deadlineMs: number): Promise<string> {
  const stuck = new Set<string>();
  const isLast = (line: string) => {
    if (/Watchdog detected hard LOCKUP on cpu \d/.test(line)) return true;
    const cpu = /soft lockup - CPU#(\d{1,5}) stuck for/.exec(line)?.[1];
    if (cpu !== undefined) stuck.add(cpu);
    return stuck.size >= vcpus;
  };
  return guest.waitForConsole(isLast, deadlineMs).then(
    () =>
      stuck.size >= vcpus
        ? 'every CPU of the machine is stuck'
        : 'a CPU of the machine is stuck with its interrupts off',
    // Its own deadline and the machine's end are the script's to tell.
    () => new Promise<string>(() => undefined),
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
    if (/^(?:ended|asleep|refused|late|loads)$/m.test(Buffer.from(chunk).toString('latin1')))
      this.watchedAt ??= performance.now();
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }
}

const maxAnswer = 8 << 20;

/**
 * A kernel that has said one of these is not asked any more: lockdep turns itself off after its first report. A lockup
 * is none of them: a run that ends all the same leaves a machine that works.
 */
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
]);
