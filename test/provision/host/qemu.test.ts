import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../../provision/host/programs.ts';
import { findInstalledQemu, findQemu } from '../../../provision/host/qemu.ts';
import { makeContext, temporaryFolder } from '../context.ts';

async function program(folder: string, name: string, script: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const answering = (version: string) => `echo "QEMU emulator version ${version} (Debian 1:x)"`;

describe.skipIf(process.platform === 'win32')('finding QEMU', () => {
  it('takes the one on the PATH', async () => {
    const folder = await temporaryFolder();
    const path = await program(folder, 'qemu-system-x86_64', answering('9.2.0'));
    const found = await findInstalledQemu(
      await makeContext({ env: { PATH: `/nowhere:${folder}` } }),
      'amd64',
    );
    expect(found).toEqual({ qemu: { argv: [path], env: {}, version: '9.2.0', source: 'path' } });
  });

  it('takes the one that LAB3_QEMU names before that', async () => {
    const folder = await temporaryFolder();
    const path = await program(folder, 'my qemu', answering('7.1.0'));
    const found = await findInstalledQemu(await makeContext({ env: { LAB3_QEMU: path } }), 'arm64');
    expect(found).toMatchObject({ qemu: { argv: [path], version: '7.1.0' } });
  });

  it('looks further for guests of the architecture that the named one does not emulate', async () => {
    const [mine, others] = [await temporaryFolder(), await temporaryFolder()];
    const named = await program(mine, 'qemu-system-x86_64', answering('10.0.0'));
    const path = await program(others, 'qemu-system-aarch64', answering('9.2.0'));
    const context = await makeContext({ env: { LAB3_QEMU: named, PATH: others } });
    expect(await findInstalledQemu(context, 'amd64')).toMatchObject({ qemu: { argv: [named] } });
    expect(await findInstalledQemu(context, 'arm64')).toMatchObject({ qemu: { argv: [path] } });
  });

  it.each([
    ['one that is too old', answering('7.0.0'), 'its version is 7.0, older than 7.1'],
    ['one that is no QEMU', 'echo hello', 'it does not say its version'],
    ['one that fails', 'exit 127', 'cannot be used'],
  ])('refuses %s when it was named', async (_what, script, words) => {
    const path = await program(await temporaryFolder(), 'qemu', script);
    const found = findInstalledQemu(await makeContext({ env: { LAB3_QEMU: path } }), 'amd64');
    await expect(found).rejects.toMatchObject({
      name: 'QemuUnusable',
      message: expect.stringContaining(words),
    });
  });

  it('passes over one on the PATH that is too old, and says so', async () => {
    const folder = await temporaryFolder();
    await program(folder, 'qemu-system-x86_64', answering('6.2.0'));
    const found = await findInstalledQemu(await makeContext({ env: { PATH: folder } }), 'amd64');
    expect(found).toEqual({ tried: [expect.stringContaining('6.2, older than 7.1')] });
  });

  it.each([
    ['darwin', 'brew install qemu'],
    ['win32', 'winget install SoftwareFreedomConservancy.QEMU'],
  ] as const)('says on %s how to install it', async (platform, command) => {
    const context = await makeContext({ platform, env: { PATH: '' } });
    await expect(findQemu(context, 'amd64')).rejects.toMatchObject({
      name: 'QemuMissing',
      fault: 'computer',
      hint: expect.stringContaining(command),
    });
  });
});

describe.skipIf(process.platform === 'win32')('finding a program', () => {
  it('skips what cannot be executed, and relative folders', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'tool'), '');
    expect(
      await findProgram({ platform: 'linux', env: { PATH: `.:bin:${folder}` } }, 'tool'),
    ).toBeUndefined();
    await chmod(join(folder, 'tool'), 0o755);
    expect(await findProgram({ platform: 'linux', env: { PATH: folder } }, 'tool')).toBe(
      join(folder, 'tool'),
    );
  });
});
