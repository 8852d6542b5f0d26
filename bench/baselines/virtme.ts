/** The same work by virtme-ng, which boots a kernel on this computer's own files: same QEMU, same kernel, same `.ko`. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { kernelModules } from '../../provision/guest/kernel-modules.ts';
import type { Measured } from '../document.ts';
import type { Spread } from '../spread.ts';
import { type Subject, size } from '../subject.ts';
import type { Workplace } from '../workplace.ts';
import { readBusybox } from './busybox.ts';
import { qemuScript, quoted } from './shell.ts';
import { virtmeObstacle } from './virtme-needs.ts';
import { bothRuns, demandTotals, notDone } from './work.ts';

export interface VirtmeTimes {
  readonly version: string;
  readonly run: Spread;
}

export interface Virtme {
  readonly version: string;
  /** Boots, loads and unloads twice, ends; answers milliseconds. Throws unless both totals came. */
  run(): Promise<number>;
}

/** Answers why not where virtme-ng is not there or cannot boot this kernel here. */
export async function prepareVirtme(work: Workplace, subject: Subject): Promise<Measured<Virtme>> {
  const obstacle = await virtmeObstacle(work.context);
  if (obstacle !== undefined) return { notMeasured: obstacle };
  const argv = await commandLine(work, subject);
  const run = async () => {
    const outputFile = join(work.folder, 'virtme', 'console');
    const { ms, output } = await work.run(argv, { deadlineMs: 300_000, outputFile });
    demandTotals('virtme-ng', output);
    return ms;
  };
  try {
    const { output } = await work.run(['vng', '--version'], { deadlineMs: 20_000 });
    const version = /virtme-ng (\S+)/.exec(output)?.[1] ?? 'of an unknown version';
    // The first one also indexes the modules of the kernel.
    await run();
    return { version, run };
  } catch (error) {
    return notDone(work, 'vng', error);
  }
}

/**
 * The kernel lies in a folder as its package would install it: from there virtme-ng takes the modules too. It needs
 * one, for the overlays that make this computer's files writable, and an initramfs of its own to load it.
 */
async function commandLine(work: Workplace, { qemu, kernel, accelerator, ko }: Subject): Promise<string[]> {
  const folder = join(work.folder, 'virtme');
  const path = (...parts: string[]) => join(folder, ...parts);
  const modules = path('lib', 'modules', kernel.release, 'kernel');
  await mkdir(path('boot'), { recursive: true });
  await mkdir(modules, { recursive: true });
  const image = path('boot', `vmlinuz-${kernel.release}`);
  await copyFile(kernel.image, image);
  for (const { name, content } of await kernelModules(kernel, ['overlay']))
    await writeFile(join(modules, `${name}.ko`), content);
  await writeFile(path('busybox'), await readBusybox(work.context, kernel), { mode: 0o755 });
  await writeFile(path('qemu'), qemuScript(qemu), { mode: 0o755 });
  await writeFile(path('lab3.ko'), ko);
  await writeFile(path('runs.sh'), script(path('busybox'), path('lab3.ko')));
  return [
    ...['vng', '--run', image, '--qemu', path('qemu'), '--busybox', path('busybox')],
    ...['--cpus', String(size.vcpus), '--memory', `${size.memoryMiB}M`, '--user', 'root'],
    // Of a microvm this kernel has the bus as a module only.
    '--disable-microvm',
    ...(accelerator === 'kvm' ? [] : ['--disable-kvm']),
    ...(accelerator === 'tcg' && kernel.arch === 'amd64' ? ['--append', 'no_timer_check'] : []),
    ...['--exec', `sh ${quoted(path('runs.sh'))}`],
  ];
}

/** Run in the machine, where this computer's files are. */
function script(busybox: string, ko: string): string {
  const program = (name: string) => `${quoted(busybox)} ${name}`;
  return `set -e
${bothRuns({
  insmod: program('insmod'),
  rmmod: program('rmmod'),
  cat: program('cat'),
  pause: program('usleep 5000'),
  ko: quoted(ko),
})}${program('dmesg')} | ${program('grep')} 'lab3: total='
`;
}
