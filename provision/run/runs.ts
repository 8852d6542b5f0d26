/** plan → runs → result: loads the module in a guest once for each planned run and gathers what came of it. */
import { randomBytes } from 'node:crypto';
import { LabError, labError } from '../../lab/errors.ts';
import { type Step, step } from '../../lab/events.ts';
import { type Patterns, readOutcome } from '../../lab/outcome.ts';
import type { RunSpec } from '../../lab/plan.ts';
import type { Finding, GuestInfo, RunResult } from '../../lab/result.ts';
import type { Context } from '../context.ts';
import type { Guest } from '../guest/guest.ts';
import { insmodCommand, loadScript, markScript, modulePath, settleScript, unloadScript } from './scripts.ts';

export interface RunRequest {
  /** Starts a fresh machine with this many vCPUs; called again after one was lost. */
  readonly startGuest: (vcpus: number) => Promise<Guest>;
  readonly module: { readonly name: string; readonly ko: Uint8Array };
  readonly runs: readonly RunSpec[];
  readonly patterns?: Patterns;
  readonly limits?: RunLimits;
}

/** Deadlines of one run's phases. That of the threads grows with the steps they are to make. */
export interface RunLimits {
  readonly loadMs: number;
  readonly settleSeconds: (spec: RunSpec) => number;
  readonly unloadMs: number;
}

export interface RunsOutcome {
  readonly guest: GuestInfo;
  readonly runs: RunResult[];
  /** PNG by name; the name is what `runs[].screenshot` says. */
  readonly screenshots: Map<string, Uint8Array>;
  /** The console of every machine that was used, in order. */
  readonly dmesg: string;
}

const defaultLimits: RunLimits = {
  loadMs: 30_000,
  settleSeconds: ({ nThreads, nTimes }) => Math.min(60 + (nThreads * nTimes * 2) / 1e6, 1800),
  unloadMs: 30_000,
};

/** The first unlocked run and the first locked one have the names that the exercise asks for; others say their lock. */
export function screenshotName(spec: Pick<RunSpec, 'lock'>, taken: ReadonlySet<string>): string {
  const wanted = spec.lock === 'none' ? 'no_spinlock' : 'spinlock';
  if (!taken.has(wanted)) return wanted;
  const plain = `lock_${spec.lock}`;
  let name = plain;
  for (let count = 2; taken.has(name); count += 1) name = `${plain}_${count}`;
  return name;
}

/** The machine's log across restarts, so that line numbers of findings hold in the one dmesg.txt. */
class Log {
  private text = '';

  /** Number of the line that is written next, from 1. */
  get nextLine(): number {
    return this.text === '' ? 1 : this.text.split('\n').length;
  }

  /** Our own marks are no part of the log; each stands on a line of its own with an empty one before it. */
  append(text: string): void {
    const plain = text.replaceAll(/\n?lab3-mark [0-9a-f]{16}\n?/g, '');
    if (plain !== '') this.text += plain.endsWith('\n') ? plain : `${plain}\n`;
  }

  toString(): string {
    return this.text;
  }
}

interface Attempt {
  /** Of the console, from before the load; the mark of its end and what came after that included. */
  text: string;
  /** Where that ends. */
  end: number;
  findings: Finding[];
  screenshot: Uint8Array | undefined;
  elapsedMs: number;
  guestLost: boolean;
}

const finding = (kind: string, message: string, severity: Finding['severity'] = 'error'): Finding => ({
  kind,
  severity,
  message,
});

/** Errors that mean "the machine is gone", as against "this computer cannot run machines". */
const isGuestLoss = (error: unknown): error is LabError =>
  error instanceof LabError && ['GuestPanicked', 'GuestHung', 'GuestDied'].includes(error.name);

/**
 * Runs every planned run and returns what each left behind. A run that kills its machine costs that run alone:
 * the next one gets a fresh machine. Throws only errors of this computer, and interruptions.
 */
export async function runAll(context: Context, request: RunRequest): Promise<RunsOutcome> {
  const log = new Log();
  const screenshots = new Map<string, Uint8Array>();
  const runs: RunResult[] = [];
  let info: GuestInfo | undefined;
  let current: { guest: Guest; vcpus: number; read: number } | undefined;

  const retire = async (how: 'stop' | 'kill') => {
    const { guest, read } = current ?? {};
    current = undefined;
    if (!guest) return;
    // What a run said was complete when its mark came; a machine that dies while it powers off loses nothing.
    if (how === 'stop') await guest.stop().catch(() => guest.kill());
    else await guest.kill();
    log.append(guest.console(read).text);
  };

  try {
    for (const spec of request.runs) {
      if (current && current.vcpus !== spec.vcpus) await retire('stop');
      await step(context.emit, insmodCommand(request.module.name, spec.moduleParams), async (shown) => {
        for (let tries = 1; ; tries += 1) {
          current ??= { guest: await request.startGuest(spec.vcpus), vcpus: spec.vcpus, read: 0 };
          info ??= current.guest.info;
          const before = current.guest.console(current.read);
          log.append(before.text);
          const firstLine = log.nextLine;
          const attempt = await attemptRun(context, current.guest, request, spec, shown);
          current.read = attempt.end;
          log.append(attempt.text);
          const outcome = readOutcome(attempt.text, spec, request.patterns);
          if (attempt.guestLost) {
            await retire('kill');
            // A machine that vanished without a word from the kernel may be this computer's doing: once more.
            if (!outcome.findings.some((one) => one.severity === 'error') && tries === 1) {
              shown.note('the machine was lost without a word from its kernel; trying once more');
              continue;
            }
          }
          const name = screenshotName(spec, new Set(screenshots.keys()));
          if (attempt.screenshot) screenshots.set(name, attempt.screenshot);
          const run: RunResult = {
            lock: spec.lock,
            nThreads: spec.nThreads,
            increment: spec.increment,
            nTimes: spec.nTimes,
            vcpus: spec.vcpus,
            expected: spec.expected,
            ...outcome,
            elapsedNs: outcome.elapsedNs ?? Math.round(attempt.elapsedMs * 1e6),
            findings: [
              ...outcome.findings.map((one) =>
                one.consoleLine === undefined
                  ? one
                  : { ...one, consoleLine: one.consoleLine + firstLine - 1 },
              ),
              ...attempt.findings,
            ],
            ...(attempt.screenshot ? { screenshot: `img/${name}.png` } : {}),
            consoleLines: [firstLine, Math.max(firstLine, log.nextLine - 1)],
          };
          runs.push(run);
          shown.summary(
            run.final === undefined
              ? 'no total'
              : `total ${run.final} of ${run.expected}, lost ${run.lostUpdates ?? '?'}`,
          );
          return;
        }
      });
    }
    await retire('stop');
  } finally {
    await retire('kill');
  }
  if (!info) throw new Error('a plan without runs');
  return { guest: info, runs, screenshots, dmesg: log.toString() };
}

/** The module that a machine was given last: each run loads the same one. */
const given = new WeakMap<Guest, Uint8Array>();

async function sendOnce(guest: Guest, { name, ko }: RunRequest['module']): Promise<void> {
  if (given.get(guest) === ko) return;
  await guest.send(modulePath(name), ko);
  given.set(guest, ko);
}

/** One load, wait, unload. Never throws for what the module did; throws what is this computer's or ours. */
async function attemptRun(
  context: Context,
  guest: Guest,
  { module, limits = defaultLimits }: RunRequest,
  spec: RunSpec,
  shown: Step,
): Promise<Attempt> {
  const begin = guest.console().end;
  const attempt: Attempt = {
    text: '',
    end: begin,
    findings: [],
    screenshot: undefined,
    elapsedMs: 0,
    guestLost: false,
  };
  let phase = 'loading';
  const mark = `lab3-mark ${randomBytes(8).toString('hex')}`;
  let marked = false;
  try {
    await sendOnce(guest, module);
    const loaded = await guest.run(loadScript(module.name, spec.moduleParams), {
      deadlineMs: limits.loadMs,
    });
    if (loaded.timedOut) {
      attempt.findings.push(finding('load-hang', `insmod did not return within ${limits.loadMs / 1000} s`));
    } else if (loaded.status !== 0) {
      attempt.findings.push(
        finding('load-failed', loaded.output.trim() || `insmod ended with ${loaded.status}`),
      );
    } else {
      phase = 'running';
      const threadsStarted = performance.now();
      const seconds = limits.settleSeconds(spec);
      const ticker = setInterval(() => {
        shown.progress(Math.round((performance.now() - threadsStarted) / 1000), 'seconds');
      }, 1000);
      try {
        const settled = await guest.run(settleScript(seconds), { deadlineMs: (seconds + 30) * 1000 });
        attempt.elapsedMs = performance.now() - threadsStarted;
        if (settled.status !== 0) {
          attempt.findings.push(
            finding(
              'time-limit',
              `the threads had not finished after ${Math.round(seconds)} s; unloaded early`,
            ),
          );
        }
      } finally {
        clearInterval(ticker);
      }
      phase = 'unloading';
      const unloaded = await guest.run(unloadScript(module.name, mark), { deadlineMs: limits.unloadMs });
      marked = !unloaded.timedOut;
      if (unloaded.timedOut) {
        attempt.findings.push(
          finding('unload-hang', `rmmod did not return within ${limits.unloadMs / 1000} s`),
        );
      } else if (unloaded.status !== 0) {
        attempt.findings.push(
          finding('unload-failed', unloaded.output.trim() || `rmmod ended with ${unloaded.status}`),
        );
      }
    }
    if (!marked) await guest.run(markScript(mark), { deadlineMs: 10_000 });
    await guest.waitForConsole((line) => line.trimEnd() === mark, 10_000);
    attempt.screenshot = await guest.screenshot().catch(() => undefined);
    Object.assign(attempt, textAndEnd(guest, begin));
    // A module that could not be unloaded, or hangs, has spoilt this machine for the next run.
    attempt.guestLost = attempt.findings.some(
      (one) => one.kind !== 'load-failed' && one.kind !== 'time-limit',
    );
  } catch (error) {
    if (context.signal.aborted) throw labError('Interrupted', undefined, { cause: error });
    if (!isGuestLoss(error)) throw error;
    attempt.screenshot = await guest.screenshot().catch(() => undefined);
    Object.assign(attempt, textAndEnd(guest, begin));
    attempt.findings.push(
      finding(error.name === 'GuestHung' ? 'hang' : 'guest-lost', `${error.message} (while ${phase})`),
    );
    attempt.guestLost = true;
  }
  return attempt;
}

function textAndEnd(guest: Guest, begin: number): Pick<Attempt, 'text' | 'end'> {
  const { text, end } = guest.console(begin);
  return { text, end };
}
