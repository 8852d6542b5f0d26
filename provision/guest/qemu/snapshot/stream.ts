/** A machine's state as a stream: QEMU's migration, with a file where another machine would be. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Architecture } from '../../../../lab/names.ts';
import type { Qemu } from '../../../host/qemu.ts';
import type { Qmp } from '../qmp.ts';

const commandDeadlineMs = 10_000;
const saveDeadlineMs = 60_000;
const pollMs = 5;

/** Where the stream goes to and comes from, in QEMU's words. */
export interface StreamPlace {
  readonly outgoing: string;
  readonly incoming: string;
  /** Variables that QEMU needs for that. */
  readonly env: Readonly<Record<string, string>>;
  /** The volume of a Docker engine that it lies on, where QEMU runs in a container. */
  readonly volume?: string;
}

/**
 * QEMU opens files since 8.2. An older one has a shell do it, which finds the path where no shell reads it as a
 * command. Undefined where no machine can be saved: on Windows there is no such shell, and before 8.2 the screen of an
 * arm64 machine (`ramfb`) was not part of a state.
 */
export function streamPlace(
  platform: NodeJS.Platform,
  arch: Architecture,
  qemu: Pick<Qemu, 'version'>,
  path: string,
): StreamPlace | undefined {
  const [major = 0, minor = 0] = qemu.version.split('.').map(Number);
  if (major > 8 || (major === 8 && minor >= 2))
    return { outgoing: `file:${path}`, incoming: `file:${path}`, env: {} };
  if (platform === 'win32' || arch === 'arm64') return undefined;
  return {
    outgoing: 'exec:exec cat >"$LAB3_STATE"',
    incoming: 'exec:exec cat <"$LAB3_STATE"',
    env: { LAB3_STATE: path },
  };
}

/**
 * Saves the machine, which stands still meanwhile and goes on afterwards, whatever came of it. Rejects with QEMU's own
 * words.
 */
export async function saveMachine(qmp: Qmp, place: StreamPlace, signal: AbortSignal): Promise<void> {
  await qmp.execute('stop', {}, commandDeadlineMs);
  try {
    await migrate(qmp, place, signal);
  } finally {
    await qmp.execute('cont', {}, commandDeadlineMs);
  }
}

/** Saves a machine that has taken up a state, and stands still, without the memory that is a file of this computer. */
export async function saveWithoutMemory(
  qmp: Qmp,
  place: StreamPlace,
  signal: AbortSignal,
  deadlineMs: number,
): Promise<void> {
  await takenUp(qmp, deadlineMs);
  await leaveMemoryOut(qmp, commandDeadlineMs);
  await migrate(qmp, place, signal);
}

/** Of states that are saved or taken up from here on: memory that is a file. */
async function leaveMemoryOut(qmp: Qmp, deadlineMs: number): Promise<void> {
  const capabilities = [{ capability: 'x-ignore-shared', state: true }];
  await qmp.execute('migrate-set-capabilities', { capabilities }, deadlineMs);
}

/** For `incoming` of a machine that is told later what state it takes up. */
export const incomingLater = 'defer';

async function migrate(qmp: Qmp, place: StreamPlace, signal: AbortSignal): Promise<void> {
  const execute = (command: string, args: Record<string, unknown> = {}) =>
    qmp.execute(command, args, commandDeadlineMs);
  // Meant for networks, the limit is 128 MiB/s otherwise.
  await execute('migrate-set-parameters', { 'max-bandwidth': 2 ** 40 });
  await execute('migrate', { uri: place.outgoing });
  const deadline = performance.now() + saveDeadlineMs;
  for (;;) {
    const { status, 'error-desc': reason } = (await execute('query-migrate')) as {
      status?: string;
      'error-desc'?: string;
    };
    if (status === 'completed') return;
    if (status === 'failed' || status === 'cancelled') throw new Error(reason ?? `the save ${status}`);
    if (signal.aborted || performance.now() > deadline) {
      await execute('migrate_cancel');
      throw new Error(`the save took more than ${saveDeadlineMs / 1000} s`);
    }
    await sleep(pollMs);
  }
}

/**
 * Lets a machine go on whose state QEMU reads at its start, or reads now, without memory, if it is to be told only now which;
 * it was saved standing still.
 */
export async function resumeMachine(qmp: Qmp, deadlineMs: number, untold?: StreamPlace): Promise<void> {
  if (untold !== undefined) {
    // The first that QEMU is asked: it may not be listening yet.
    await leaveMemoryOut(qmp, deadlineMs);
    await qmp.execute('migrate-incoming', { uri: untold.incoming }, deadlineMs);
  }
  await takenUp(qmp, deadlineMs);
  await qmp.execute('cont', {}, commandDeadlineMs);
}

async function takenUp(qmp: Qmp, deadlineMs: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const { status } = (await qmp.execute('query-status', {}, deadlineMs)) as { status?: string };
    if (status !== 'inmigrate') break;
    if (performance.now() > deadline) throw new Error('the state was not read in time');
    await sleep(pollMs);
  }
}
