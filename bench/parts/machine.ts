/** How long a machine takes from the start of QEMU to the first answer of the guest: booted, and from a saved state. */
import { randomBytes } from 'node:crypto';
import type { Context } from '../../provision/context.ts';
import { buildInitramfs } from '../../provision/guest/initramfs.ts';
import { QemuGuest } from '../../provision/guest/qemu/guest.ts';
import { localHypervisor } from '../../provision/guest/qemu/hypervisor.ts';
import { startQemu } from '../../provision/guest/qemu/process.ts';
import { startSaved } from '../../provision/guest/qemu/snapshot/start.ts';
import { type Subject, size } from '../subject.ts';

export interface Machine {
  /** Each answers milliseconds. */
  boot(): Promise<number>;
  restore(): Promise<number>;
}

/** `restore` throws when the machine had to boot; the first one saves it. */
export async function prepareMachine(
  context: Context,
  { qemu, kernel, accelerator }: Omit<Subject, 'ko'>,
): Promise<Machine> {
  const initramfs = await buildInitramfs(context, { kernel, modules: [], archives: [] });
  const spec = {
    ...size,
    accelerator,
    arch: kernel.arch,
    kernelImage: kernel.image,
    initramfs,
    cmdline: [],
    drives: [],
  };
  const hypervisor = localHypervisor(context, qemu, kernel.arch);
  const { provider, name } = hypervisor;
  const info = { ...size, accelerator, provider, arch: kernel.arch, hypervisor: name };
  const machine = () => ({ ...spec, firmware: qemu.firmware, token: randomBytes(8).toString('hex') });
  const measured = async (start: () => Promise<QemuGuest>, wanted: 'cold' | 'restored') => {
    const started = performance.now();
    const guest = await start();
    const ms = performance.now() - started;
    await guest.kill();
    if (guest.info.start !== wanted) throw new Error(`a start was ${guest.info.start}, not ${wanted}`);
    return ms;
  };
  const saved = () =>
    startSaved(context, {
      hypervisor,
      machine: machine(),
      info,
      deadlineMs: 120_000,
      note: () => undefined,
    });
  await (await saved()).kill();
  return {
    boot: () =>
      measured(
        async () =>
          QemuGuest.boot(
            context,
            await startQemu(context, qemu, machine()),
            { ...info, start: 'cold' },
            120_000,
          ),
        'cold',
      ),
    restore: () => measured(saved, 'restored'),
  };
}
