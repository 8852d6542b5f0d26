/** The kernel that a box runs, with its headers; a box whose kernel the archive has no headers of gets another. */
import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { LabError, labError } from '../../../lab/errors.ts';
import { type Step, step } from '../../../lab/events.ts';
import { type Architecture, type Suite, suites } from '../../../lab/names.ts';
import type { Context } from '../../context.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { provideKernel } from '../../kernel/provide.ts';
import { flavourOf } from '../../kernel/release.ts';
import { shellWord } from '../../shell-word.ts';
import { Commands, demandSuccess, race } from '../commands.ts';
import { type MachineRequest, type OpenMachine, openMachine, restart, waitForLine } from './start.ts';

const lookDeadlineMs = 30_000;
/** An emulated machine unpacks a kernel and makes its initramfs for minutes. */
const installDeadlineMs = 20 * 60_000;
const installLimitBytes = 64 * 1024;
/** Of a package at once, and what an emulated machine may take for it. */
const pieceBytes = 4 << 20;
const pieceDeadlineMs = 60_000;
/** A Debian that is emulated stops its services for half a minute. */
const shutDownMs = 120_000;
const packagePath = '/var/lib/lab3/linux-image.deb';

const machines: Readonly<Record<string, Architecture>> = { x86_64: 'amd64', aarch64: 'arm64' };

/** Starts the machine, asks which kernel it runs, and takes that one's headers from the archive. */
export async function provideBoxKernel(context: Context, request: MachineRequest): Promise<Kernel> {
  return step(context.emit, 'Kernel of the box', async (shown) => {
    const inner = { ...context, emit: shown.emit };
    const opened = await openMachine(inner, request, shown);
    try {
      const { release } = opened.line.ready;
      const { suite, arch } = await readSystem(opened, request);
      const wanted = { suite, arch, mirror: request.mirror };
      const kernel = await provideKernel(inner, { ...wanted, version: release }).catch((error: unknown) => {
        if (error instanceof LabError && error.name === 'VersionGone') return undefined;
        throw error;
      });
      const usable = kernel ?? (await moveKernel(inner, opened, request, suite, shown));
      shown.summary(`Linux ${usable.release} of ${suite}`);
      return usable;
    } finally {
      await opened.close();
    }
  });
}

/** Throws `VagrantBoxUnsuitable` for another system than Debian, and for another architecture. */
async function readSystem(
  { line, recorder, state }: OpenMachine,
  { arch }: MachineRequest,
): Promise<{ suite: Suite; arch: Architecture }> {
  const commands = commandsOf({ line, recorder });
  const script = '. /etc/os-release; uname -m; echo "$ID"; echo "$VERSION_CODENAME"; echo "$PRETTY_NAME"';
  const { output } = await commands.run(script, { deadlineMs: lookDeadlineMs, limitBytes: 4096 });
  const problem = unsuitable(output, arch);
  if (typeof problem !== 'string') return problem;
  throw labError('VagrantBoxUnsuitable', { box: state.box || 'of lab3’s Vagrantfile', reason: problem });
}

/** What is wrong with a box for this lab, from what it says of itself: machine, system, release and a name to show. */
export function unsuitable(said: string, arch: Architecture): string | { suite: Suite; arch: Architecture } {
  const [machine = '', system = '', release = '', name = ''] = said.split('\n');
  if (machines[machine] !== arch) return `is for ${machine}, and ${arch} is wanted`;
  const suite = suites.find((known) => known === release);
  return system === 'debian' && suite !== undefined
    ? { suite, arch }
    : `has ${name || system}, and lab3 has headers for Debian ${suites.join(' and ')}`;
}

/**
 * Installs the newest kernel of the box's own flavour, which is one that there are headers of, and starts the machine
 * with it.
 */
async function moveKernel(
  context: Context,
  opened: OpenMachine,
  request: MachineRequest,
  suite: Suite,
  shown: Step,
): Promise<Kernel> {
  const { line, recorder, state } = opened;
  const { arch, mirror } = request;
  const { release } = line.ready;
  const kernel = await provideKernel(context, { suite, arch, mirror, flavour: flavourOf(release, arch) });
  if (kernel.imageDeb === undefined) throw new Error('a stock kernel without its package');
  shown.note(`the archive no longer has headers for Linux ${release}: the box is moved to ${kernel.release}`);
  const commands = commandsOf({ line, recorder });
  await sendPackage(commands, await readFile(kernel.imageDeb));
  const script = systemShell(installScript(kernel.release));
  const options = { deadlineMs: installDeadlineMs, limitBytes: installLimitBytes };
  demandSuccess(`Installing Linux ${kernel.release}`, await commands.execute('installing', script, options));
  const went = await shutDown(opened, commands);
  await line.close();
  const wanted = { ...request, accelerator: state.accelerator };
  const restarted = went ? state : await restart(context, state, wanted, shown);
  const again = await waitForLine(context, restarted, opened.connect);
  await again.close();
  if (again.ready.release === kernel.release) return kernel;
  const box = state.box || 'of lab3’s Vagrantfile';
  const reason = `starts Linux ${again.ready.release} still, though ${kernel.release} is installed`;
  throw labError('VagrantBoxUnsuitable', { box, reason });
}

/** In pieces: what the agent is sent lies in /run, a tenth of the machine's memory, and a kernel has 100 MB. */
async function sendPackage(commands: Commands, content: Uint8Array): Promise<void> {
  for (let at = 0; at < content.length; at += pieceBytes) {
    const script = `mkdir -p ${posix.dirname(packagePath)} && cat /run/lab3/input ${at === 0 ? '>' : '>>'}${packagePath}`;
    const input = content.subarray(at, at + pieceBytes);
    const options = { deadlineMs: pieceDeadlineMs, limitBytes: 4096, input };
    demandSuccess(`Sending ${packagePath}`, await commands.execute('sending a package', script, options));
  }
}

/**
 * Restarts a machine in order, so that its file systems are whole for the boot loader and a check of them finds nothing to ask
 * about. Answers whether it went; one without systemd, or that hangs, does not.
 */
async function shutDown({ line }: OpenMachine, commands: Commands): Promise<boolean> {
  const script = `command -v systemctl >/dev/null || exit 1
( sleep 1; exec systemctl reboot ) >/dev/null 2>&1 &`;
  const asked = await commands.execute('restarting', systemShell(script), {
    deadlineMs: lookDeadlineMs,
    limitBytes: 4096,
  });
  if (asked.status !== 0) return false;
  const outcome = await race(new Promise<never>(() => undefined), line.ended, shutDownMs);
  return outcome.kind === 'ended';
}

/**
 * Scripts of packages and the like want the distribution's own programs: busybox's shell, and its `env` where it is told a name,
 * take their own whatever the PATH says, and busybox has a dpkg.
 */
const systemShell = (script: string) =>
  `env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \\
  DEBIAN_FRONTEND=noninteractive /bin/sh -c ${shellWord(script)}`;

/**
 * The package, and that its kernel is the one that starts: boot loaders and the links in / go by the newest that they find,
 * which may be the one that there are no headers of. The others are set aside, not removed.
 */
export function installScript(release: string): string {
  return `set -e
dpkg -i ${packagePath}
rm -f ${packagePath}
# Nothing is taken from a machine that could not start without it.
[ -s ${shellWord(`/boot/vmlinuz-${release}`)} ]
! ls /boot/initrd.img-* >/dev/null 2>&1 || [ -s ${shellWord(`/boot/initrd.img-${release}`)} ]
mkdir -p /boot/lab3-aside
for image in /boot/vmlinuz-*; do
  [ "$image" = ${shellWord(`/boot/vmlinuz-${release}`)} ] || mv "$image" /boot/lab3-aside/
done
[ ! -L /vmlinuz ] || ln -sfn ${shellWord(`boot/vmlinuz-${release}`)} /vmlinuz
[ ! -L /initrd.img ] || ln -sfn ${shellWord(`boot/initrd.img-${release}`)} /initrd.img
! command -v update-grub >/dev/null || update-grub
sync`;
}

function commandsOf({ line, recorder }: Pick<OpenMachine, 'line' | 'recorder'>): Commands {
  const machine = { console: recorder, ended: line.ended, end: line.end };
  return new Commands(machine, line.agent, async (awaited, deadlineMs) => {
    const seconds = Math.round(deadlineMs / 1000);
    const reason = line.end() ?? `${awaited} took more than ${seconds} s`;
    return labError('VagrantDidNotStart', { accelerator: 'of Vagrant', reason });
  });
}
