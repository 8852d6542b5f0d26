import { setTimeout as sleep } from 'node:timers/promises';
import { LabError, labError } from '../../../lab/errors.ts';
import { type Step, step } from '../../../lab/events.ts';
import type { Accelerator, Architecture } from '../../../lab/names.ts';
import { throwIfInterrupted, withLock } from '../../cache.ts';
import type { Context } from '../../context.ts';
import { provideKernel } from '../../kernel/provide.ts';
import { race } from '../commands.ts';
import { ConsoleRecorder } from '../console-log.ts';
import type { Guest, GuestSpec } from '../guest.ts';
import { obstacle } from '../qemu/accelerator.ts';
import { probeAccelerators } from '../qemu/start.ts';
import { VagrantGuest } from './guest.ts';
import {
  bringUp,
  forget,
  hypervisor,
  isRunning,
  type MachineState,
  machineFolder,
  readState,
  suits,
  type Wanted,
} from './machine.ts';
import { makePayload, type Payload } from './payload.ts';
import { listen } from './serial.ts';
import { findSsh, type Line, openLine } from './ssh.ts';

/** A machine that was reset boots, which an emulated Debian does in a minute. */
const bootDeadlineMs = 5 * 60_000;
const pauseMs = 1_000;
const lookDeadlineMs = 60_000;

export interface StartOptions {
  readonly box?: string | undefined;
  readonly accelerator?: Accelerator;
  readonly mirror?: string | undefined;
}

/**
 * A guest in the machine of Vagrant, which is started where it does not run and starts anew where the last guest has left
 * marks on its kernel. One guest at a time: another lab3 waits. Throws errors with the fault `computer`.
 */
export async function startGuest(
  context: Context,
  spec: GuestSpec,
  options: StartOptions = {},
): Promise<Guest> {
  return step(context.emit, 'Starting the machine of Vagrant', async (shown) => {
    const { kernel, vcpus, memoryMiB } = spec;
    const request = { arch: kernel.arch, vcpus, memoryMiB, ...options };
    const opened = await openMachine({ ...context, emit: shown.emit }, request, shown);
    const { line, state, recorder, release } = opened;
    const { ready } = line;
    const wrong =
      ready.release !== kernel.release
        ? `it runs Linux ${ready.release}, and the module is for ${kernel.release}`
        : ready.vcpus !== vcpus
          ? `${ready.vcpus} of ${vcpus} processors came up`
          : undefined;
    if (wrong !== undefined) {
      // It is not what it was said to be: the next start makes it anew.
      if (ready.vcpus !== vcpus) await forget(context);
      await opened.close();
      throw labError('VagrantDidNotStart', { accelerator: state.accelerator, reason: wrong });
    }
    const { accelerator, provider, version } = state;
    shown.summary(`Linux ${ready.release}, ${vcpus} vCPUs, ${provider}, ${accelerator}`);
    const info = {
      provider: 'vagrant' as const,
      arch: kernel.arch,
      kernel: ready.release,
      vcpus,
      memoryMiB: state.memoryMiB,
      accelerator,
      hypervisor: `Vagrant ${version} with ${provider}`,
    };
    const lastWords = await listen(context, (await hypervisor(context, state))?.serial, (text) =>
      writeToPort(line, text),
    );
    if (lastWords.unheard !== undefined)
      shown.note(
        `the machine’s serial port is not heard (${lastWords.unheard}): of a kernel that dies, the last words will be missing`,
      );
    return new VagrantGuest(context, state, line, recorder, info, options.mirror, lastWords, release);
  });
}

/** A PC's first serial port, and an arm64 board's. */
async function writeToPort({ agent, ended }: Line, text: string): Promise<void> {
  const script = `for port in /dev/ttyS0 /dev/ttyAMA0; do [ ! -c $port ] || echo '${text}' >$port; done`;
  await race(agent.execute(script, { limitBytes: 0 }).ended, ended, lookDeadlineMs);
}

export interface OpenMachine {
  readonly state: MachineState;
  readonly line: Line;
  readonly recorder: ConsoleRecorder;
  /** Another line to the same machine; what its kernel says goes nowhere. */
  readonly connect: () => Promise<Line>;
  /** Lets another have the machine. */
  readonly release: () => void;
  /** Hangs up, and lets another have it. */
  close(): Promise<void>;
}

export interface MachineRequest extends StartOptions {
  readonly arch: Architecture;
  readonly vcpus: number;
  readonly memoryMiB: number;
}

/** The machine with a kernel that nobody has harmed, ours alone until it is closed. */
export async function openMachine(
  context: Context,
  request: MachineRequest,
  shown: Step,
): Promise<OpenMachine> {
  const { arch, box, vcpus, memoryMiB, mirror } = request;
  // Before a box is fetched and booted for minutes.
  await findSsh(context);
  const accelerator = request.accelerator ?? (await chooseAccelerator(context, arch, mirror));
  const wanted: Wanted = { box, vcpus, memoryMiB, accelerator };
  const payload = await makePayload(context, { suite: 'trixie', arch, mirror });
  return new Promise((resolve, reject) => {
    // The lock is held until `release` is called, which may be much later.
    withLock(context, 'vagrant', async () => {
      const opened = await openLocked(context, wanted, payload, shown);
      await new Promise<void>((release) => {
        const close = () => opened.line.close().finally(release);
        const connect = () => openLine(context, machineFolder(context), payload, new ConsoleRecorder());
        resolve({ ...opened, connect, release, close });
      });
    }).catch(reject);
  });
}

async function openLocked(
  context: Context,
  wanted: Wanted,
  payload: Payload,
  shown: Step,
): Promise<Pick<OpenMachine, 'state' | 'line' | 'recorder'>> {
  const recorder = new ConsoleRecorder((text) => context.emit({ type: 'output', source: 'console', text }));
  const connect = () => openLine(context, machineFolder(context), payload, recorder);
  let state = await readState(context);
  let line = suits(state, wanted) ? await connect().catch(() => undefined) : undefined;
  throwIfInterrupted(context.signal);
  if (line === undefined && state !== undefined && suits(state, wanted) && (await runs(context, state))) {
    // As after a panic: `vagrant up` would wait for minutes for a machine that is on already.
    shown.note('the machine is on and does not answer: it starts anew');
    state = await restart(context, state, wanted, shown);
    line = await waitForLine(context, state, connect).catch((error: unknown) => {
      if (!(error instanceof LabError) || error.name !== 'VagrantDidNotStart') throw error;
      // It may have another address by now, which Vagrant alone can tell.
      shown.note(`${error.message} Vagrant starts it once more.`);
      return undefined;
    });
  }
  if (line === undefined || state === undefined) {
    state = await bringUp(context, wanted, shown);
    line = await waitForLine(context, state, connect);
  }
  const marks = await marksOn(line);
  if (marks === undefined) return { state, line, recorder };

  shown.note(`${marks}: the machine starts anew`);
  await line.close();
  state = await restart(context, state, wanted, shown);
  // What was said before the restart is of no guest.
  const fresh = new ConsoleRecorder((text) => context.emit({ type: 'output', source: 'console', text }));
  line = await waitForLine(context, state, () => openLine(context, machineFolder(context), payload, fresh));
  return { state, line, recorder: fresh };
}

/** Whether what is below Vagrant says that the machine is on; not where nothing there can be asked. */
async function runs(context: Context, state: MachineState): Promise<boolean> {
  const below = await hypervisor(context, state);
  return below === undefined ? false : below.state().then(isRunning, () => false);
}

/** At once, as a person who presses the button: what the kernel may have done to itself cannot keep it from that. */
export async function restart(
  context: Context,
  state: MachineState,
  wanted: Wanted,
  shown: Step,
): Promise<MachineState> {
  const below = await hypervisor(context, state);
  if (below === undefined) return bringUp(context, wanted, shown);
  try {
    await below.reset();
    return state;
  } catch {
    throwIfInterrupted(context.signal);
    return bringUp(context, wanted, shown);
  }
}

/** Until a machine that boots answers. Throws `VagrantDidNotStart`. */
export async function waitForLine(
  context: Context,
  { accelerator }: MachineState,
  connect: () => Promise<Line>,
): Promise<Line> {
  const deadline = performance.now() + bootDeadlineMs;
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      throwIfInterrupted(context.signal);
      if (error instanceof LabError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (performance.now() > deadline) throw labError('VagrantDidNotStart', { accelerator, reason });
      await sleep(pauseMs, undefined, { signal: context.signal }).catch(() => undefined);
    }
  }
}

/**
 * Prints what a student's module has left: taints other than that of a module from outside the kernel's tree, and such
 * modules. What the box itself had when it booted is its own. Not by the shell's own `read`: it takes a byte at a time,
 * and such a file has a first one only.
 */
const look = `now=$(cat /proc/sys/kernel/tainted)
read -r before </run/lab3/tainted
[ $((now & ~before & ~0x3000)) -eq 0 ] || echo "its kernel is tainted ($now)"
grep '(.*O.*)$' /proc/modules | cut -d' ' -f1 | grep -vxFf /run/lab3/modules | sed 's/$/ is still loaded/'
:`;

async function marksOn({ agent, ended }: Line): Promise<string | undefined> {
  const outcome = await race(agent.execute(look, { limitBytes: 4096 }).ended, ended, lookDeadlineMs);
  if (outcome.kind !== 'value') return 'it does not answer';
  const [first = ''] = outcome.value.output.toString('utf8').split('\n');
  return outcome.value.status === 0 && first === '' ? undefined : first || 'it cannot say how it is';
}

/** A /dev/kvm that opens proves nothing: what this computer's own QEMU found by a real boot is what counts. */
async function chooseAccelerator(
  context: Context,
  arch: Architecture,
  mirror: string | undefined,
): Promise<Accelerator> {
  if (context.platform === 'darwin') return 'hvf';
  if (context.platform === 'win32') return 'whpx';
  const { LAB3_VAGRANT_DRIVER: driver } = context.env;
  if (driver !== undefined) return driver === 'kvm' ? 'kvm' : 'tcg';
  if (arch !== context.hostArch || (await obstacle('kvm')) !== undefined) return 'tcg';
  const kernel = await provideKernel(context, { suite: 'trixie', arch, mirror });
  const { accelerator } = await probeAccelerators(context, { kernel, vcpus: 1, memoryMiB: 128 }, { mirror });
  return accelerator;
}
