/** A real machine of Vagrant with libvirt, in a box that this project makes; without hardware it is emulated. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provideBoxKernel } from '../../provision/guest/vagrant/kernel.ts';
import { destroyMachine, hypervisor, readState } from '../../provision/guest/vagrant/machine.ts';
import { startGuest } from '../../provision/guest/vagrant/start.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { chooseSources } from '../../provision/packages/mirror.ts';
import { guestContract } from './guest-contract.ts';
import { realContext } from './real-context.ts';
import { provideBox, vagrantEnv, vagrantIsHere } from './vagrant-box.ts';

const context = realContext({ env: { ...process.env, ...vagrantEnv } });
const machine = { vcpus: 2, memoryMiB: 256 };
let kernel: Kernel;
let box: string;

describe.runIf(await vagrantIsHere(context))('Vagrant', () => {
  beforeAll(async () => {
    box = await provideBox();
    kernel = await provideBoxKernel(context, { arch: context.hostArch, ...machine, box });
  }, 1_200_000);

  afterAll(() => destroyMachine(context), 120_000);

  guestContract({
    provider: 'vagrant',
    hypervisor: /^Vagrant \d+\.\d+\.\d+ with libvirt$/,
    start: () => startGuest(context, { kernel, ...machine }, { box }),
    isolated: false,
    terminal: /\/dev\/pts\/\d+/,
  });

  describe('the machine', () => {
    it('is used again by the next guest, and starts anew when its kernel has been harmed', async () => {
      const first = await startGuest(context, { kernel, ...machine }, { box });
      const bootOf = 'cat /proc/sys/kernel/random/boot_id';
      const { output: boot } = await first.run(bootOf, { deadlineMs: 10_000 });
      await first.kill();
      const second = await startGuest(context, { kernel, ...machine }, { box });
      expect((await second.run(bootOf, { deadlineMs: 10_000 })).output).toBe(boot);
      // As a warning of the kernel does.
      await second.run('echo 512 >/proc/sys/kernel/tainted', { deadlineMs: 10_000 });
      await second.kill();
      const third = await startGuest(context, { kernel, ...machine }, { box });
      expect((await third.run(bootOf, { deadlineMs: 10_000 })).output).not.toBe(boot);
      await third.kill();
    });

    it('whose kernel panics has said so, and starts anew for the next guest', async () => {
      const guest = await startGuest(context, { kernel, ...machine }, { box });
      await expect(guest.run('echo c >/proc/sysrq-trigger', { deadlineMs: 10_000 })).rejects.toMatchObject({
        name: 'GuestPanicked',
        message: expect.stringContaining('sysrq triggered crash'),
      });
      expect(guest.console().text).toContain('Kernel panic - not syncing: sysrq triggered crash');
      await guest.kill();
      const next = await startGuest(context, { kernel, ...machine }, { box });
      expect((await next.run('echo alive', { deadlineMs: 10_000 })).output).toBe('alive\n');
      await next.kill();
    });

    it('that was halted behind our back is said so, and starts again with the next guest', async () => {
      const guest = await startGuest(context, { kernel, ...machine }, { box });
      const state = await readState(context);
      const id = state && (await hypervisor(context, state))?.id;
      await promisify(execFile)('virsh', ['-q', '-c', 'qemu:///system', 'destroy', `${id}`]);
      await expect(guest.run('true', { deadlineMs: 10_000 })).rejects.toMatchObject({
        name: 'GuestDied',
        message: expect.stringContaining('it is shut off'),
      });
      await guest.kill();
      const next = await startGuest(context, { kernel, ...machine }, { box });
      expect((await next.run('uname -r', { deadlineMs: 10_000 })).output.trim()).toBe(kernel.release);
      await next.kill();
    });

    it('is moved to a kernel that the archive has headers of, which is said', async () => {
      // Without security updates the archive lacks the kernel of a box that was made with them.
      const [main] = await chooseSources(context, 'trixie', undefined);
      const mirror = `${main?.base} ${main?.base}`;
      const older = await provideKernel(context, { suite: 'trixie', arch: context.hostArch, mirror });
      const moved = await provideBoxKernel(context, { arch: context.hostArch, ...machine, box, mirror });
      expect(moved.release).toBe(older.release);
      if (older.release === kernel.release) return;
      expect(context.events).toContainEqual(
        expect.objectContaining({
          type: 'step.note',
          text: `the archive no longer has headers for Linux ${kernel.release}: the box is moved to ${older.release}`,
        }),
      );
      const guest = await startGuest(context, { kernel: moved, ...machine }, { box });
      expect((await guest.run('uname -r', { deadlineMs: 10_000 })).output.trim()).toBe(older.release);
      await guest.kill();
    }, 1_200_000);
  });
});
