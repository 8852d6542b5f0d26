/** A real machine of Vagrant with libvirt, in a box that this project makes; without hardware it is emulated. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Guest } from '../../provision/guest/guest.ts';
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
/** An emulated Debian boots for a minute or two, and each of these tests waits for a boot or two. */
const bootsMs = 1_200_000;
let kernel: Kernel;
let box: string;

describe.runIf(await vagrantIsHere(context))('Vagrant', () => {
  beforeAll(async () => {
    box = await provideBox();
    kernel = await provideBoxKernel(context, { arch: context.hostArch, ...machine, box });
  }, bootsMs);

  afterAll(() => destroyMachine(context), 120_000);

  // A guest of its own, which is gone before the next: there is one machine.
  describe('as any guest', () => {
    guestContract({
      provider: 'vagrant',
      hypervisor: /^Vagrant \d+\.\d+\.\d+ with libvirt$/,
      start: () => startGuest(context, { kernel, ...machine }, { box }),
      isolated: false,
      terminal: /\/dev\/pts\/\d+/,
    });
  });

  describe('the machine', { timeout: bootsMs }, () => {
    /** Ended however the work ends: the next guest waits until this one is gone. */
    const inGuest = async <T>(work: (guest: Guest) => Promise<T>): Promise<T> => {
      const guest = await startGuest(context, { kernel, ...machine }, { box });
      try {
        return await work(guest);
      } finally {
        await guest.kill();
      }
    };
    const say = (script: string) => async (guest: Guest) =>
      (await guest.run(script, { deadlineMs: 10_000 })).output.trim();

    it('is used again by the next guest, and starts anew when its kernel has been harmed', async () => {
      const bootOf = say('cat /proc/sys/kernel/random/boot_id');
      const boot = await inGuest(bootOf);
      await inGuest(async (guest) => {
        expect(await bootOf(guest)).toBe(boot);
        // As a warning of the kernel does.
        await say('echo 512 >/proc/sys/kernel/tainted')(guest);
      });
      expect(await inGuest(bootOf)).not.toBe(boot);
    });

    it('whose kernel panics has said so, and starts anew for the next guest', async () => {
      await inGuest(async (guest) => {
        await expect(guest.run('echo c >/proc/sysrq-trigger', { deadlineMs: 60_000 })).rejects.toMatchObject({
          name: 'GuestPanicked',
          message: expect.stringContaining('sysrq triggered crash'),
        });
        expect(guest.console().text).toContain('Kernel panic - not syncing: sysrq triggered crash');
      });
      expect(await inGuest(say('echo alive'))).toBe('alive');
    });

    it('that was halted behind our back is said so, and starts again with the next guest', async () => {
      await inGuest(async (guest) => {
        const state = await readState(context);
        const id = state && (await hypervisor(context, state))?.id;
        await promisify(execFile)('virsh', ['-q', '-c', 'qemu:///system', 'destroy', `${id}`]);
        await expect(guest.run('true', { deadlineMs: 10_000 })).rejects.toMatchObject({
          name: 'GuestDied',
          message: expect.stringContaining('it is shut off'),
        });
      });
      expect(await inGuest(say('uname -r'))).toBe(kernel.release);
    });

    it('is moved to a kernel that the archive has headers of, which is said', async () => {
      // Two emulated Debians at a time would take each other's processors.
      await destroyMachine(context);
      const cacheDir = await mkdtemp(join(tmpdir(), 'lab3 vagrant '));
      // A cache that has not seen the box's own kernel, and with it a machine of its own.
      const own = realContext({ env: { ...process.env, ...vagrantEnv }, cacheDir });
      try {
        const arch = own.hostArch;
        // Without security updates the archive lacks the kernel of a box that was made with them.
        const [main] = await chooseSources(own, 'trixie', undefined);
        const mirror = `${main?.base} ${main?.base}`;
        const older = await provideKernel(own, { suite: 'trixie', arch, mirror });
        const moved = await provideBoxKernel(own, { arch, ...machine, box, mirror });
        expect(moved.release).toBe(older.release);
        if (older.release === kernel.release) return;
        expect(own.events).toContainEqual(
          expect.objectContaining({
            type: 'step.note',
            text: `the archive no longer has headers for Linux ${kernel.release}: the box is moved to ${older.release}`,
          }),
        );
        const guest = await startGuest(own, { kernel: moved, ...machine }, { box, mirror });
        expect(await say('uname -r')(guest).finally(() => guest.kill())).toBe(older.release);
      } finally {
        await destroyMachine(own);
        await rm(cacheDir, { recursive: true, force: true });
      }
    });
  });
});
