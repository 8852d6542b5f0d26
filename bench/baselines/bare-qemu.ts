/** The baseline of `lab3 run`: the same kernel and `.ko`, and as little else as a person would get by with. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpio } from '../../provision/guest/cpio.ts';
import { type Subject, size } from '../subject.ts';
import type { Workplace } from '../workplace.ts';
import { readBusybox } from './busybox.ts';
import { bothRuns, demandTotals } from './work.ts';

const init = `#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t debugfs debugfs /sys/kernel/debug
dmesg -n 8
${bothRuns({ insmod: 'insmod', rmmod: 'rmmod', cat: 'cat', pause: 'usleep 5000', ko: '/lab3.ko' })}poweroff -f
`;

const machines = {
  amd64: { machine: 'pc', cpu: 'qemu64', console: 'ttyS0' },
  arm64: { machine: 'virt', cpu: 'cortex-a57', console: 'ttyAMA0' },
} as const;

/** Each call boots, loads and unloads twice, powers off; answers milliseconds. Throws unless both totals came. */
export async function prepareBareQemu(
  work: Workplace,
  { qemu, kernel, accelerator, ko }: Subject,
): Promise<() => Promise<number>> {
  const folder = join(work.folder, 'bare');
  await mkdir(folder);
  const directory = (path: string) => ({ type: 'directory' as const, path });
  const initramfs = join(folder, 'initramfs');
  await writeFile(
    initramfs,
    await cpio([
      ...['bin', 'dev', 'proc', 'sys'].map(directory),
      { type: 'device', path: 'dev/console', kind: 'char', major: 5, minor: 1 },
      { type: 'file', path: 'bin/busybox', mode: 0o755, content: await readBusybox(work.context, kernel) },
      { type: 'symlink', path: 'bin/sh', target: 'busybox' },
      { type: 'file', path: 'init', mode: 0o755, content: Buffer.from(init) },
      { type: 'file', path: 'lab3.ko', content: ko },
    ]),
  );
  const { machine, cpu, console } = machines[kernel.arch];
  const argv = [
    ...qemu.argv,
    ...['-machine', machine, '-accel', accelerator, '-cpu', accelerator === 'tcg' ? cpu : 'host'],
    ...['-smp', String(size.vcpus), '-m', String(size.memoryMiB)],
    ...['-nographic', '-no-reboot', '-nic', 'none'],
    ...['-kernel', kernel.image, '-initrd', initramfs],
    ...['-append', `console=${console} quiet panic=-1${kernel.arch === 'amd64' ? ' no_timer_check' : ''}`],
  ];
  return async () => {
    const { ms, output } = await work.run(argv, { deadlineMs: 120_000, env: qemu.env });
    demandTotals('bare QEMU', output);
    return ms;
  };
}
