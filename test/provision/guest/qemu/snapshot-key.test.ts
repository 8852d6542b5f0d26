import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { MachineSpec } from '../../../../provision/guest/qemu/machine.ts';
import { snapshotKey } from '../../../../provision/guest/qemu/snapshot/key.ts';
import { streamPlace } from '../../../../provision/guest/qemu/snapshot/stream.ts';

const computer = { platform: 'linux', hostArch: 'amd64' } as const;
let folder: string;
let machine: MachineSpec;
const qemu = { argv: ['/no/such/qemu'], env: {}, version: '10.0.2', source: 'path' } as const;
const keyOf = (over: Partial<MachineSpec> = {}) => snapshotKey(computer, qemu, { ...machine, ...over });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab3-key-'));
  const kernelImage = join(folder, 'vmlinuz');
  await writeFile(kernelImage, 'a kernel');
  machine = {
    arch: 'amd64',
    accelerator: 'tcg',
    vcpus: 2,
    memoryMiB: 256,
    kernelImage,
    initramfs: '/cache/init.cpio',
    cmdline: [],
    drives: [],
    token: 'abc',
  };
  return () => rm(folder, { recursive: true, force: true });
});

describe('the name of a saved machine', () => {
  it('is the same for the same machine in another process', async () => {
    expect(await keyOf()).toMatch(/^[0-9a-f]{32}$/);
    expect(await keyOf({ token: 'another', incoming: 'file:/state' })).toBe(await keyOf());
  });

  it.each<Partial<MachineSpec>>([
    { vcpus: 4 },
    { memoryMiB: 160 },
    { accelerator: 'kvm' },
    { arch: 'arm64' },
    { initramfs: '/cache/other.cpio' },
    { cmdline: ['nokaslr'] },
  ])('is another with %j', async (over) => {
    expect(await keyOf(over)).not.toBe(await keyOf());
  });

  it('changes with QEMU’s version, its program and the kernel’s content', async () => {
    const before = await keyOf();
    expect(await snapshotKey(computer, { ...qemu, version: '10.0.3' }, machine)).not.toBe(before);
    const program = join(folder, 'qemu');
    await writeFile(program, 'one');
    const own = await snapshotKey(computer, { ...qemu, argv: [program] }, machine);
    await writeFile(program, 'another');
    expect(await snapshotKey(computer, { ...qemu, argv: [program] }, machine)).not.toBe(own);
    await writeFile(machine.kernelImage, 'another kernel');
    expect(await keyOf()).not.toBe(before);
  });

  it('holds the sizes of drives, not what is on them', async () => {
    const [one, other] = [join(folder, 'one'), join(folder, 'other')];
    await writeFile(one, 'abcd');
    await writeFile(other, 'efgh');
    const withDrive = (path: string) => keyOf({ drives: [{ path, readOnly: true }] });
    expect(await withDrive(one)).toBe(await withDrive(other));
    await writeFile(other, 'longer');
    expect(await withDrive(one)).not.toBe(await withDrive(other));
    expect(await withDrive(one)).not.toBe(await keyOf());
  });
});

describe('the stream of a state', () => {
  it.each([
    ['linux', 'amd64', '10.0.2', 'file:/a,b'],
    ['win32', 'amd64', '9.1', 'file:/a,b'],
    ['linux', 'arm64', '8.2.0', 'file:/a,b'],
    ['linux', 'arm64', '8.1.5', undefined],
    ['linux', 'amd64', '8.1.5', 'exec:exec cat <"$LAB3_STATE"'],
    ['darwin', 'amd64', '7.2.22', 'exec:exec cat <"$LAB3_STATE"'],
    ['win32', 'amd64', '8.1.0', undefined],
  ] as const)('on %s for %s with QEMU %s is %s', (platform, arch, version, uri) => {
    expect(streamPlace(platform, arch, { version }, '/a,b')?.incoming).toBe(uri);
  });
});
