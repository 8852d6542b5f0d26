/** Real machines in QEMU. */
import { beforeAll, describe, expect, it } from 'vitest';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { guestContract } from './guest-contract.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
let kernel: Kernel;

beforeAll(async () => {
  kernel = await trixieKernel(context);
});

guestContract({
  provider: 'qemu',
  hypervisor: /^QEMU emulator version \d+\.\d+/,
  start: () => startGuest(context, { kernel, vcpus: 2, memoryMiB: 256 }),
});

describe('other machines', () => {
  it('boots the older kernel, whose virtio drivers are modules', async () => {
    const older = await provideKernel(context, { suite: 'bookworm', arch: context.hostArch });
    const machine = await startGuest(context, { kernel: older, vcpus: 2, memoryMiB: 256 });
    try {
      expect(machine.info.kernel).toMatch(/^6\.1\./);
      expect((await machine.run('cut -d" " -f1 /proc/modules', { deadlineMs: 10_000 })).output).toContain(
        'virtio_console',
      );
      await machine.stop();
    } finally {
      await machine.kill();
    }
  });

  it('emulates the other architecture, screen and all, with QEMU from packages', async () => {
    const arch = context.hostArch === 'amd64' ? 'arm64' : 'amd64';
    const other = await provideKernel(context, { suite: 'trixie', arch });
    const bare = { ...context, env: { ...process.env, PATH: '' } };
    const machine = await startGuest(bare, { kernel: other, vcpus: 2, memoryMiB: 256 });
    try {
      expect(machine.info).toMatchObject({ arch, accelerator: 'tcg', kernel: other.release });
      await machine.run('echo hello >/dev/tty1', { deadlineMs: 10_000 });
      const picture = Buffer.from(await machine.screenshot());
      expect(picture.subarray(1, 4).toString()).toBe('PNG');
      expect((await machine.stop()).text).toMatch(/^\[ *\d+\.\d+\] lab3-guest: end of log$/m);
    } finally {
      await machine.kill();
    }
  });

  it('runs two at once', async () => {
    const machines = await Promise.all(
      [1, 2].map(() => startGuest(context, { kernel, vcpus: 2, memoryMiB: 256 })),
    );
    try {
      const said = await Promise.all(
        machines.map((machine, n) => machine.run(`echo ${n}`, { deadlineMs: 10_000 })),
      );
      expect(said.map(({ output }) => output)).toEqual(['0\n', '1\n']);
      await Promise.all(machines.map((machine) => machine.stop()));
    } finally {
      await Promise.all(machines.map((machine) => machine.kill()));
    }
  });
});
