/** One run of a sweep in a machine that may have had others before: load, wait, unload in a single call of the agent. */
import { randomBytes } from 'node:crypto';
import { LabError, labError } from '../../lab/errors.ts';
import type { Finding } from '../../lab/result.ts';
import type { Context } from '../context.ts';
import type { Guest } from '../guest/guest.ts';
import { markScript, modulePath, settleScript } from '../run/scripts.ts';
import { shellWord } from '../shell-word.ts';

export interface AttemptRequest {
  readonly module: { readonly name: string; readonly ko: Uint8Array };
  readonly moduleParams: Readonly<Record<string, string>>;
  /** Seconds that the threads may take. */
  readonly settleSeconds: number;
}

export interface Attempt {
  /** What the console said from before the load until after the unload. */
  readonly text: string;
  /** From the load's end to the threads' end as this computer saw it; absent where they did not come to theirs. */
  readonly watchedNs?: number;
  readonly findings: Finding[];
  /** The machine is gone, or not fit for another run. */
  readonly guestLost: boolean;
}

/** Seconds for insmod and rmmod together, on top of the threads' own time. */
const besidesSeconds = 45;
const markDeadlineMs = 10_000;

const exits = { loadFailed: 11, timeLimit: 12, unloadFailed: 13 } as const;

/** What the script prints where, so that the end of its output says how far it came. */
const phases = ['loading', 'running', 'unloading', 'done'] as const;
const phaseLine = /^lab3-sweep (\w+)$/gm;

/**
 * Like the scripts of `lab3 run` in one, without its picture: nothing is written on the screen. The mark ends the run's
 * part of the console, however far the run came.
 */
export function sweepScript(
  name: string,
  params: Readonly<Record<string, string>>,
  settleSeconds: number,
  mark: string,
): string {
  const words = Object.entries(params).map(([key, value]) => shellWord(`${key}=${value}`));
  return `(echo N >/sys/module/printk/parameters/time
for folder in /proc/[0-9]*; do echo "\${folder#/proc/}"; done >/run/tasks.before
echo 'lab3-sweep loading'
insmod ${shellWord(modulePath(name))} ${words.join(' ')} 2>&1 || exit ${exits.loadFailed}
echo 'lab3-sweep running'
result=0
(${settleScript(settleSeconds)}) >/dev/null || result=${exits.timeLimit}
echo 'lab3-sweep unloading'
rmmod ${shellWord(name)} 2>&1 || exit ${exits.unloadFailed}
echo 'lab3-sweep done'
exit $result)
status=$?
${markScript(mark)}exit $status
`;
}

/**
 * Carries out one run. Never throws for what the module did; throws errors of this computer, and interruptions. The
 * module must be in the guest already (`sendModule`).
 */
export async function attemptRun(context: Context, guest: Guest, request: AttemptRequest): Promise<Attempt> {
  const { module, moduleParams, settleSeconds } = request;
  const begin = guest.console().end;
  const findings: Finding[] = [];
  const find = (kind: string, message: string) => findings.push({ kind, severity: 'error', message });
  const seen = new Map<string, number>();
  let output = '';
  const phaseNow = () => [...output.matchAll(phaseLine)].at(-1)?.[1] ?? phases[0];
  try {
    const mark = `lab3-mark ${randomBytes(8).toString('hex')}`;
    const ended = await guest.run(sweepScript(module.name, moduleParams, settleSeconds, mark), {
      deadlineMs: (settleSeconds + besidesSeconds) * 1000,
      limitBytes: 64 * 1024,
      onOutput: (chunk) => {
        if (output.length < 64 * 1024) output += Buffer.from(chunk).toString('latin1');
        const phase = phaseNow();
        if (!seen.has(phase)) seen.set(phase, performance.now());
      },
    });
    const said = ended.output.replaceAll(phaseLine, '').trim().slice(0, 500);
    if (ended.timedOut) {
      const phase = phaseNow();
      const program = phase === 'unloading' ? 'rmmod' : 'insmod';
      if (phase === 'running') find('hang', 'the threads could not be watched to their end');
      else find(phase === 'unloading' ? 'unload-hang' : 'load-hang', `${program} did not return`);
      await guest.run(markScript(mark), { deadlineMs: markDeadlineMs });
    } else if (ended.status === exits.loadFailed) find('load-failed', said || 'insmod failed');
    else if (ended.status === exits.unloadFailed) find('unload-failed', said || 'rmmod failed');
    else if (ended.status === exits.timeLimit)
      find('time-limit', `the threads had not finished after ${settleSeconds} s; unloaded early`);
    else if (ended.status !== 0) find('guest-lost', `the guest's shell ended with ${ended.status}: ${said}`);

    await guest.waitForConsole((line) => line.trimEnd() === mark, markDeadlineMs);
    const all = guest.console(begin).text;
    const [from, to] = [seen.get('running'), seen.get('unloading')];
    const wentThrough = findings.length === 0 && from !== undefined && to !== undefined;
    return {
      text: all.slice(0, all.lastIndexOf(mark)),
      findings,
      ...(wentThrough ? { watchedNs: Math.round((to - from) * 1e6) } : {}),
      guestLost: findings.some(({ kind }) => kind !== 'load-failed' && kind !== 'time-limit'),
    };
  } catch (error) {
    if (context.signal.aborted) throw labError('Interrupted', undefined, { cause: error });
    if (!isGuestLoss(error)) throw error;
    const kind = error.name === 'GuestHung' ? 'hang' : 'guest-lost';
    find(kind, `${error.message} (while ${phaseNow()})`);
    return { text: guest.console(begin).text, findings, guestLost: true };
  }
}

/** Errors that mean "the machine is gone", as against "this computer cannot run machines". */
const isGuestLoss = (error: unknown): error is LabError =>
  error instanceof LabError && ['GuestPanicked', 'GuestHung', 'GuestDied'].includes(error.name);
