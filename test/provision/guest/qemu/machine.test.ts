import { describe, expect, it } from 'vitest';
import {
  kernelCommandLine,
  type MachineSpec,
  qemuArguments,
} from '../../../../provision/guest/qemu/machine.ts';

const spec: MachineSpec = {
  arch: 'amd64',
  accelerator: 'tcg',
  vcpus: 2,
  memoryMiB: 256,
  kernelImage: '/cache/with space/vmlinuz',
  initramfs: '/cache/init.cpio',
  cmdline: ['lab3.test=1'],
  drives: [],
  token: 'abc',
};
const chardev = (name: string) => `socket,id=${name},fd=9`;
const optionOf = (args: string[], option: string) => args[args.indexOf(option) + 1];

describe('the command line of QEMU', () => {
  it('never has a network, a window or a second boot', () => {
    const args = qemuArguments(spec, chardev);
    expect(optionOf(args, '-nic')).toBe('none');
    expect(optionOf(args, '-display')).toBe('none');
    expect(args).toContain('-no-reboot');
    expect(args).toContain('-nodefaults');
    expect(optionOf(args, '-append')).toMatch(/panic=-1.*lab3\.test=1$/);
    expect(optionOf(args, '-kernel')).toBe('/cache/with space/vmlinuz');
  });

  it.each([
    ['amd64', 'kvm', 'host', 'pc', 'ttyS0'],
    ['arm64', 'hvf', 'host', 'virt', 'ttyAMA0'],
    ['arm64', 'tcg', 'cortex-a57', 'virt', 'ttyAMA0'],
  ] as const)('%s under %s has CPU %s, machine %s, console %s', (arch, accelerator, cpu, machine, serial) => {
    const args = qemuArguments({ ...spec, arch, accelerator }, chardev);
    expect(optionOf(args, '-cpu')).toBe(cpu);
    expect(optionOf(args, '-machine')).toBe(machine);
    expect(kernelCommandLine(arch, [])).toContain(`console=${serial}`);
  });

  it('gives arm64 a screen where there is firmware, and boots without', () => {
    const arm = { ...spec, arch: 'arm64' } as const;
    expect(qemuArguments(arm, chardev)).not.toContain('-bios');
    const args = qemuArguments({ ...arm, firmware: '/fw.fd' }, chardev);
    expect([optionOf(args, '-bios'), args.includes('ramfb')]).toEqual(['/fw.fd', true]);
  });

  it.each([
    ['amd64', 'fills', 'pc.ram', 'share=on'],
    ['arm64', 'from', 'mach-virt.ram', 'share=off,readonly=on,rom=off'],
  ] as const)('has memory of %s that is a file, which it %s', (arch, use, name, share) => {
    const memory = { path: '/cache/a,b/memory', use };
    const args = qemuArguments({ ...spec, arch, memory }, chardev);
    const object = optionOf(args, '-object');
    expect(object).toContain(
      `memory-backend-file,id=${name},size=256M,mem-path=/cache/a,,b/memory,${share},`,
    );
    expect(args).toContain(`memory-backend=${name}`);
    expect(qemuArguments(spec, chardev)).not.toContain('-object');
  });

  it('does not take `-cpu host` where there is no such thing', () => {
    expect(optionOf(qemuArguments({ ...spec, accelerator: 'whpx' }, chardev), '-cpu')).not.toBe('host');
  });

  it.each([
    ['amd64', 'whpx', 'whpx,kernel-irqchip=off', 'qemu64'],
    ['arm64', 'whpx', 'whpx,kernel-irqchip=off', 'host'],
    ['amd64', 'hvf', 'hvf', 'host'],
    ['arm64', 'hvf', 'hvf', 'host'],
    ['amd64', 'kvm', 'kvm', 'host'],
    ['amd64', 'tcg', 'tcg,thread=multi', 'qemu64'],
  ] as const)('%s by %s is told `-accel %s -cpu %s`', (arch, accelerator, words, cpu) => {
    const args = qemuArguments({ ...spec, arch, accelerator }, chardev);
    expect([optionOf(args, '-accel'), optionOf(args, '-cpu')]).toEqual([words, cpu]);
  });

  it.each([
    ['tcg', 'tcg,thread=single'],
    ['kvm', 'kvm'],
  ] as const)('has vCPUs take turns where they are emulated: %s', (accelerator, words) => {
    expect(optionOf(qemuArguments({ ...spec, accelerator, turns: true }, chardev), '-accel')).toBe(words);
  });

  it('takes paths of Windows as they are', () => {
    const args = qemuArguments({ ...spec, kernelImage: 'C:\\Users\\O K\\vmlinuz' }, chardev);
    expect(optionOf(args, '-kernel')).toBe('C:\\Users\\O K\\vmlinuz');
  });

  it('lets a comma in a path not begin another option', () => {
    const args = qemuArguments({ ...spec, drives: [{ path: '/a,b.img', readOnly: true }] }, chardev);
    expect(optionOf(args, '-drive')).toBe('if=none,id=drive0,format=raw,readonly=on,file=/a,,b.img');
  });
});
