/** Libvirt for Vagrant: the one that serves here, else its daemons started for as long as the bench needs them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../provision/context.ts';
import { findProgram } from '../../provision/host/programs.ts';
import type { Qemu } from '../../provision/host/qemu.ts';
import { providePackages } from '../../provision/packages/provide.ts';
import { unpackTree } from '../../provision/packages/tree.ts';
import type { Measured } from '../document.ts';
import type { Workplace } from '../workplace.ts';
import { qemuScript } from './shell.ts';

export interface Libvirt {
  /** Removes the copy of the box that Vagrant leaves with it, and ends all that was started: machines, networks, daemons. */
  stop(): Promise<void>;
}

/** Vagrant names its image after it, and the Vagrantfile its machine. */
export const boxName = 'lab3-bench';

const startDeadlineMs = 30_000;
const programFolders = ['/usr/sbin', '/sbin', '/usr/local/sbin'];
const programs = { amd64: 'qemu-system-x86_64', arm64: 'qemu-system-aarch64' } as const;

/** Daemons that are started here take the bench's QEMU; those of a service manager have their own. */
export async function provideLibvirt(work: Workplace, qemu: Qemu): Promise<Measured<Libvirt>> {
  if (await answers(work)) return { stop: () => removeImages(work) };
  const daemons = await Promise.all(
    ['virtlogd', 'libvirtd'].map((name) => findProgram(work.context, name, programFolders)),
  );
  const [virtlogd, libvirtd] = daemons;
  if (virtlogd === undefined || libvirtd === undefined)
    return { notMeasured: 'libvirt does not answer, and there is no libvirtd to start' };
  if (process.getuid?.() !== 0)
    return { notMeasured: 'libvirt does not answer: start it, or run the bench as root, which starts it' };

  work.say('starting libvirt …');
  const folder = join(work.folder, 'libvirt');
  await mkdir(folder);
  const { hostArch, env } = work.context;
  await writeFile(join(folder, programs[hostArch]), await script(work.context, qemu), { mode: 0o755 });
  const log = await open(join(folder, 'log'), 'w');
  const start = (program: string) =>
    spawn(program, [], {
      env: { ...env, PATH: [folder, env.PATH, ...programFolders].join(':') },
      stdio: ['ignore', log.fd, log.fd],
      // Ctrl-C must not end it before its machines are ended.
      detached: true,
    });
  const started = [start(virtlogd), start(libvirtd)];
  await log.close();
  const stop = async () => {
    await removeImages(work);
    await clear(work);
    for (const daemon of started.reverse()) await end(daemon);
  };
  const deadline = performance.now() + startDeadlineMs;
  while (!(await answers(work))) {
    if (performance.now() > deadline || started.some(({ exitCode }) => exitCode !== null)) {
      await stop();
      return { notMeasured: 'libvirtd was started and does not answer' };
    }
    await sleep(200);
  }
  return { stop };
}

const virsh = (work: Workplace, args: readonly string[]) =>
  work.run(['virsh', '-q', '-c', 'qemu:///system', ...args], { deadlineMs: 20_000, uninterrupted: true });

function answers(work: Workplace): Promise<boolean> {
  return virsh(work, ['version']).then(
    () => true,
    () => false,
  );
}

async function namesOf(work: Workplace, args: readonly string[]): Promise<string[]> {
  const { output } = await virsh(work, args).catch(() => ({ output: '' }));
  // Of several columns the first is the name.
  const names = output.split('\n').map((line) => line.trim().split(/\s+/)[0] ?? '');
  return names.filter((name) => name !== '');
}

async function removeImages(work: Workplace): Promise<void> {
  for (const pool of await namesOf(work, ['pool-list', '--name'])) {
    for (const volume of await namesOf(work, ['vol-list', pool])) {
      if (!volume.startsWith(`${boxName}_vagrant_box_image`)) continue;
      await virsh(work, ['vol-delete', '--pool', pool, volume]).catch(() => undefined);
    }
  }
}

/**
 * Networks keep a dnsmasq and machines a QEMU that outlive the daemon. Machines of other people that this daemon found
 * stay, and the networks with them.
 */
async function clear(work: Workplace): Promise<void> {
  const machines = await namesOf(work, ['list', '--name']);
  const ours = machines.filter((name) => name.startsWith(`${boxName}-`));
  for (const name of ours) await virsh(work, ['destroy', name]).catch(() => undefined);
  if (ours.length < machines.length) return;
  for (const name of await namesOf(work, ['net-list', '--name']))
    await virsh(work, ['net-destroy', name]).catch(() => undefined);
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = new Promise((resolve) => daemon.once('exit', resolve));
  daemon.kill('SIGTERM');
  const late = AbortSignal.timeout(10_000);
  late.addEventListener('abort', () => daemon.kill('SIGKILL'), { once: true });
  await ended;
}

/** QEMU from packages has no ROM for network cards, which lab3's own machine has none of. */
async function script(context: Context, qemu: Qemu): Promise<string> {
  if (qemu.source === 'path') return qemuScript(qemu);
  const debs = await providePackages(context, {
    suite: 'trixie',
    arch: context.hostArch,
    names: ['ipxe-qemu'],
    label: 'ROMs of network cards',
  });
  const roms = await unpackTree(context, debs, { label: 'ROMs of network cards' });
  return qemuScript({ ...qemu, argv: [...qemu.argv, '-L', join(roms, 'usr', 'share', 'qemu')] });
}
