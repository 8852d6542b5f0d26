/** Several machines at work on one list of runs. */
import { labError } from '../../lab/errors.ts';
import { type Patterns, readOutcome } from '../../lab/outcome.ts';
import type { RunSpec } from '../../lab/plan.ts';
import type { SweepRun } from '../../lab/sweep/document.ts';
import { machinesAtOnce } from '../../lab/sweep/estimate.ts';
import type { GridRun } from '../../lab/sweep/grid.ts';
import { readRun } from '../../lab/sweep/reading.ts';
import type { Context } from '../context.ts';
import { firstOf } from '../deadline.ts';
import type { Guest } from '../guest/guest.ts';
import { freeMemory } from '../host/memory.ts';
import { modulePath } from '../run/scripts.ts';
import { stripDebug } from '../strip.ts';
import { type Attempt, attemptRun } from './attempt.ts';

export interface PoolRequest {
  /** A fresh machine with this many vCPUs, which ends with the context's signal. */
  readonly startGuest: (context: Context, vcpus: number) => Promise<Guest>;
  readonly module: { readonly name: string; readonly ko: Uint8Array };
  /** In order; each with what the module is given for it. */
  readonly runs: readonly { readonly run: GridRun; readonly spec: RunSpec }[];
  readonly patterns?: Patterns;
  readonly cores: number;
  readonly memoryMiB: number;
  /** Seconds that the threads of a run may take. */
  readonly settleSeconds?: (run: GridRun) => number;
  /** Called as each run ends, in the order in which they end; awaited before its machine gets another. */
  readonly onRun: (run: SweepRun) => Promise<void>;
}

/** QEMU itself, beside the memory of its guest. */
const qemuMiB = 120;
/** A machine is let go before its log grows beyond what is kept of it. */
const mostConsoleBytes = 1024 * 1024;
/** A module that ends every machine is a matter for `lab3 run`. */
const mostLostInARow = 5;

const defaultSettleSeconds = ({ nThreads, nTimes }: GridRun) =>
  Math.ceil(Math.min(30 + (nThreads * nTimes * 4) / 1e6, 1800));

/**
 * Carries out every run. A run that ends its machine costs itself alone: the next gets a fresh one. All runs of one
 * number of vCPUs that follow each other share their machines. Throws errors of this computer, interruptions and
 * `SweepHopeless`; what was given to `onRun` until then is good, and no machine is left.
 */
export async function runPool(context: Context, request: PoolRequest): Promise<void> {
  const stop = new AbortController();
  const inner = { ...context, signal: firstOf(context.signal, stop.signal) };
  const lost = { inARow: 0 };
  let failure: { error: unknown } | undefined;
  for (const batch of batches(request.runs)) {
    const queue = [...batch];
    const vcpus = queue[0]?.run.vcpus ?? 1;
    const freeBytes = await freeMemory(context.platform);
    const workers = Array.from({ length: Math.min(machines(vcpus, request, freeBytes), queue.length) }, () =>
      work(inner, request, queue, lost).catch((error: unknown) => {
        failure ??= { error };
        stop.abort(labError('Interrupted', undefined));
      }),
    );
    await Promise.all(workers);
    if (failure) throw failure.error;
  }
}

/** Cores decide, and memory where there is little: a computer that swaps measures nothing. */
function machines(vcpus: number, { cores, memoryMiB }: PoolRequest, freeBytes: number): number {
  const roomFor = Math.floor(freeBytes / 2 ** 20 / 2 / (memoryMiB + qemuMiB));
  return Math.max(1, Math.min(machinesAtOnce(vcpus, cores), roomFor));
}

/** Neighbours with the same number of vCPUs. */
function batches(runs: PoolRequest['runs']): PoolRequest['runs'][number][][] {
  const found: PoolRequest['runs'][number][][] = [];
  for (const one of runs) {
    const last = found.at(-1);
    if (last?.[0]?.run.vcpus === one.run.vcpus) last.push(one);
    else found.push([one]);
  }
  return found;
}

/** One machine after another, until the queue is empty. */
async function work(
  context: Context,
  request: PoolRequest,
  queue: PoolRequest['runs'][number][],
  lost: { inARow: number },
): Promise<void> {
  let guest: Guest | undefined;
  const retire = async () => {
    const old = guest;
    guest = undefined;
    await old?.kill();
  };
  try {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { run, spec } = next;
      for (let tries = 1; ; tries += 1) {
        if (context.signal.aborted) throw labError('Interrupted', undefined);
        if (guest === undefined) {
          guest = await request.startGuest(context, run.vcpus);
          await guest.send(modulePath(request.module.name), stripDebug(request.module.ko));
        }
        const attempt = await attemptRun(context, guest, {
          module: request.module,
          moduleParams: spec.moduleParams,
          settleSeconds: (request.settleSeconds ?? defaultSettleSeconds)(run),
        });
        const outcome = readOutcome(attempt.text, spec, request.patterns);
        // What a faulty run left in its kernel is no affair of the next run's.
        const faulty = outcome.findings.some(({ severity }) => severity === 'error');
        if (attempt.guestLost || faulty || guest.console().end > mostConsoleBytes) await retire();
        // A machine that vanished without a word from its kernel may be this computer's doing: once more.
        const vanished = attempt.findings.some(({ kind }) => kind === 'guest-lost');
        if (vanished && !faulty && tries === 1) continue;
        await request.onRun(readRun(run, spec, outcome, attempt));
        countLost(lost, attempt, request.module.name);
        break;
      }
    }
  } finally {
    await retire();
  }
}

function countLost(lost: { inARow: number }, attempt: Attempt, module: string): void {
  lost.inARow = attempt.guestLost ? lost.inARow + 1 : 0;
  if (lost.inARow < mostLostInARow) return;
  const last = attempt.findings.at(-1)?.message ?? 'no word';
  throw labError('SweepHopeless', { module, lost: lost.inARow, last });
}
