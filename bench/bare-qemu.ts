/** The baseline of `lab3 run`: the same kernel and `.ko`, and as little else as a person would get by with. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../provision/context.ts';
import { cpio } from '../provision/guest/cpio.ts';
import type { Qemu } from '../provision/host/qemu.ts';
import type { Kernel } from '../provision/kernel/kernel.ts';
import { extractFiles } from '../provision/packages/deb.ts';
import { providePackages } from '../provision/packages/provide.ts';
import { time } from './measure.ts';

const init = `#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t debugfs debugfs /sys/kernel/debug
dmesg -n 8
for lock in none own; do
  insmod /lab3.ko lock=$lock
  while [ "$(cat /sys/kernel/debug/lab3/state)" = running ]; do usleep 5000; done
  rmmod lab3
done
poweroff -f
`;

export interface BareQemu {
  /** Boots, loads and unloads twice, powers off; answers milliseconds. Throws unless both totals were printed. */
  run(): Promise<number>;
  close(): Promise<void>;
}

export async function prepareBareQemu(
  context: Context,
  qemu: Qemu,
  kernel: Kernel,
  ko: Uint8Array,
): Promise<BareQemu> {
  const folder = await mkdtemp(join(tmpdir(), 'lab3-bench-'));
  const debs = await providePackages(context, {
    suite: kernel.suite,
    arch: kernel.arch,
    names: ['busybox-static'],
    exclude: ['libc6'],
    label: 'guest',
  });
  const deb = debs.find(({ name }) => name === 'busybox-static');
  const files = await extractFiles(deb?.path ?? '', (path) => path.endsWith('bin/busybox'));
  const [busybox] = files.values();
  if (!busybox) throw new Error('no busybox in busybox-static');
  const directory = (path: string) => ({ type: 'directory' as const, path });
  const initramfs = join(folder, 'initramfs');
  await writeFile(
    initramfs,
    await cpio([
      ...['bin', 'dev', 'proc', 'sys'].map(directory),
      { type: 'device', path: 'dev/console', kind: 'char', major: 5, minor: 1 },
      { type: 'file', path: 'bin/busybox', mode: 0o755, content: busybox.content },
      { type: 'symlink', path: 'bin/sh', target: 'busybox' },
      { type: 'file', path: 'init', mode: 0o755, content: Buffer.from(init) },
      { type: 'file', path: 'lab3.ko', content: ko },
    ]),
  );
  const argv = [
    ...qemu.argv,
    ...['-accel', 'tcg', '-smp', '2', '-m', '256', '-nographic', '-no-reboot', '-nic', 'none'],
    ...['-kernel', kernel.image, '-initrd', initramfs],
    ...['-append', 'console=ttyS0 quiet panic=-1 no_timer_check'],
  ];
  return {
    run: async () => {
      const { ms, output } = await time(argv, { env: qemu.env as NodeJS.ProcessEnv, deadlineMs: 120_000 });
      const totals = output.match(/lab3: total=/g)?.length ?? 0;
      if (totals !== 2) throw new Error(`bare QEMU printed ${totals} totals:\n${output}`);
      return ms;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
