/** One graded run: tried again where the machine was lost for no reason that its kernel gave. */
import { parseConsole } from '../../lab/console.ts';
import { readOutcome } from '../../lab/outcome.ts';
import type { Finding } from '../../lab/result.ts';
import type { Context } from '../../provision/context.ts';
import type { Guest } from '../../provision/guest/guest.ts';
import type { Role } from '../names.ts';
import type { RunAnswer } from './answer.ts';
import { type Attempt, attempt, type Part } from './attempt.ts';
import type { GradeRun, RunShape } from './evidence.ts';
import { type KnownParameters, parametersFor } from './parameters.ts';
import { patternsFor } from './patterns.ts';
import type { GradeCase, GradeRequest } from './request.ts';

export interface RunModule {
  readonly id: string;
  /** As insmod and rmmod know it. */
  readonly name: string;
  readonly ko: Uint8Array;
  readonly parameters: KnownParameters;
}

export interface RunPlan {
  /** With the values that this try takes. */
  readonly case: GradeCase;
  /** Whose threads and steps its time is measured by, where not by its own. */
  readonly timedBy?: Pick<GradeCase, 'nThreads' | 'nTimes'>;
  readonly role: Role;
  readonly shape: 'whole' | 'early';
  /** Whether threads of the module were seen to stay until it was unloaded. */
  readonly stays?: boolean;
  /** Loads and unloads after the one, in the same machine: its own are in a run of shape `reload`. */
  readonly reload?: { readonly cycles: number; readonly nTimes: number };
}

export interface MadeRun {
  readonly run: GradeRun;
  /** Where it was asked for, and the machine outlived the first load and unload. */
  readonly reload?: GradeRun;
  readonly elapsedMs: number;
  /** What insmod took, by the guest's clock, where it came back. */
  readonly loadMs?: number;
}

type Machines = Pick<GradeRequest, 'startGuest' | 'stock' | 'settings'>;

/** Throws errors of this computer, and interruptions; leaves no machine. */
export async function makeRun(
  context: Context,
  request: Machines,
  module: RunModule,
  plan: RunPlan,
): Promise<MadeRun> {
  const { limits } = request.settings;
  const { nThreads, nTimes } = plan.timedBy ?? plan.case;
  const params = parametersFor(module.parameters, plan.role, plan.case);
  const later = plan.reload && { ...plan.case, nTimes: plan.reload.nTimes };
  const again = later && parametersFor(module.parameters, plan.role, later);
  const forSteps = Math.ceil((nThreads * nTimes * limits.secondsPerMillionSteps) / 1e6);
  for (let tries = 1; ; tries += 1) {
    const started = performance.now();
    const guest = await request.startGuest(context, request.stock, plan.case.vcpus);
    const slowness = slownessOf(guest, performance.now() - started);
    const runSeconds = Math.ceil((limits.runSeconds + forSteps) * slowness);
    // Threads that do not look whether they should stop come to their end first.
    const unloadSeconds = Math.ceil(
      (limits.unloadSeconds + (plan.shape === 'early' ? forSteps : 0)) * slowness,
    );
    try {
      const tried = await attempt(context, guest, module.ko, {
        name: module.name,
        params,
        shape: plan.shape,
        stays: plan.stays === true,
        cycles: plan.reload?.cycles ?? 0,
        again: again ?? {},
        runSeconds,
        unloadSeconds,
      });
      if (tried.lost !== undefined && !hasReason(tried)) {
        if (tries === 1) continue;
        // A guest that hangs or ends twice is the module's doing; a QEMU that dies is this computer's.
        if (tried.lost.by === 'computer') throw tried.lost.error;
      }
      const of = (values: GradeCase, shape: RunShape) =>
        ({ ...values, shape, role: plan.role, module: module.id }) as const;
      const run = toRun(request, of(plan.case, plan.shape), params, tried, tried.first);
      const reload =
        later === undefined || again === undefined || isLost(tried.first)
          ? undefined
          : toRun(request, of(later, 'reload'), again, tried, tried.again ?? tried.first);
      const { loadMs } = tried.first.answer;
      return {
        run,
        ...(reload === undefined ? {} : { reload }),
        elapsedMs: tried.elapsedMs,
        ...(loadMs === undefined ? {} : { loadMs }),
      };
    } finally {
      await guest.kill();
    }
  }
}

/** What a start takes on a computer that does nothing else. */
const usualStartMs = { restored: 360, cold: 8_000 };
const mostSlowness = 4;

/** A computer that is slow, or busy, gives a module more time: how long the machine took to start tells how much. */
function slownessOf({ info }: Guest, startMs: number): number {
  const usual = usualStartMs[info.start ?? 'cold'];
  return Math.min(Math.max(startMs / usual, 1), mostSlowness);
}

/** Whether the kernel said something that explains the loss. */
function hasReason({ lost, text }: Attempt): boolean {
  if (lost?.by === 'computer') return false;
  if (lost?.by === 'panic' || /^(?:\[[^\]]*\] ?)?reboot: /m.test(text)) return true;
  return parseConsole(text).some(({ severity, kind }) => severity === 'error' && kind !== 'imitation');
}

const isLost = ({ reached }: Part) => reached === 'stuck' || reached === 'machine-lost';

type Made = GradeCase & Pick<GradeRun, 'role' | 'shape' | 'module'>;

function toRun(
  { settings }: Machines,
  { role, shape, module, ...values }: Made,
  parameters: Record<string, string>,
  tried: Attempt,
  { answer, reached, said, text }: Part,
): GradeRun {
  const { nThreads, increment, nTimes } = values;
  const expected = String(BigInt(nThreads) * BigInt(increment) * BigInt(nTimes));
  const lock = role === 'unlocked' ? 'none' : 'own';
  const spec = { lock, nThreads, increment, nTimes, expected } as const;
  const outcome = readOutcome(text, spec, patternsFor(text, settings.patterns), tried.taints);
  const console = cut(text, settings.limits.consoleBytes);
  const droppedBytes = tried.droppedBytes + console.dropped;
  const looked = answer.threads === undefined && answer.seen !== undefined;
  // Before insmod is back nobody has a total to print, and a kernel that reports a fault prints many numbers.
  const { final, list } = answer.loaded === 0 ? outcome : { list: [] };
  const counted = answer.threads ?? (looked ? { made: answer.seen, atOnce: answer.seen } : undefined);
  return {
    case: values.id,
    hidden: values.hidden,
    role,
    shape,
    module,
    nThreads,
    increment,
    nTimes,
    vcpus: values.vcpus,
    expected,
    parameters,
    reached,
    said,
    ...(shape === 'reload' ? { cycles: answer.cycles } : {}),
    ...(final === undefined ? {} : { final }),
    list,
    ...(counted?.made === undefined ? {} : { threadsMade: counted.made }),
    ...(counted?.atOnce === undefined ? {} : { threadsAtOnce: counted.atOnce }),
    ...(answer.threads?.atUnload === undefined ? {} : { threadsAtUnload: answer.threads.atUnload }),
    outlived: answer.outlived,
    findings: [...outcome.findings, ...ownFindings(answer, looked, droppedBytes)],
    console: console.text,
    droppedBytes,
  };
}

function ownFindings(answer: RunAnswer, looked: boolean, droppedBytes: number): Finding[] {
  const found: Finding[] = [];
  if (answer.timeLimit) {
    const message = 'The threads had not finished when their time was up; the module was unloaded early.';
    found.push({ kind: 'time-limit', severity: 'error', message });
  }
  if (looked) {
    const message =
      'The kernel of the virtual machine did not trace its threads: they were counted by looking, which misses short ones.';
    found.push({ kind: 'no-tracing', severity: 'note', message });
  }
  if (droppedBytes > 0) {
    const message = `The module printed so much that ${droppedBytes} bytes of its log are missing.`;
    found.push({ kind: 'flood', severity: 'warning', message });
  }
  return found;
}

/** The beginning and the end of a text that is longer than may be kept, and how many bytes are missing. */
export function cut(text: string, mostBytes: number): { readonly text: string; readonly dropped: number } {
  const bytes = Buffer.from(text);
  if (bytes.length <= mostBytes) return { text, dropped: 0 };
  const half = Math.floor(mostBytes / 2);
  const dropped = bytes.length - 2 * half;
  const [head, tail] = [bytes.subarray(0, half), bytes.subarray(bytes.length - half)];
  const whole = (part: Buffer) => part.toString('utf8').replace(/^\uFFFD+|\uFFFD+$/g, '');
  return { text: `${whole(head)}\n[lab3: ${dropped} bytes are left out here]\n${whole(tail)}`, dropped };
}
