import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../../provision/host/programs.ts';
import { findInstalledQemu, findQemu, firmwarePlaces, usualFolders } from '../../../provision/host/qemu.ts';
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

  it('asks a program for its version once, and again when it is another', async () => {
    const folder = await temporaryFolder();
    const asked = join(folder, 'asked');
    const counting = (version: string) => `echo x >>'${asked}'\n${answering(version)}`;
    const path = await program(folder, 'qemu', counting('9.2.0'));
    const context = await makeContext({ env: { LAB3_QEMU: path } });
    const versionOf = async () => {
      const found = await findInstalledQemu(context, 'amd64');
      return 'qemu' in found ? found.qemu.version : found.tried;
    };
    expect([await versionOf(), await versionOf()]).toEqual(['9.2.0', '9.2.0']);
    expect(await readFile(asked, 'utf8')).toBe('x\n');
    await program(folder, 'qemu', counting('10.0.13'));
    expect(await versionOf()).toBe('10.0.13');
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

describe('the places where QEMU is looked for', () => {
  it('are on macOS those of Homebrew, on Apple silicon and on Intel, and of MacPorts', () => {
    expect(usualFolders({ platform: 'darwin', env: {} })).toEqual([
      '/opt/homebrew/bin',
      '/usr/local/bin',
      '/opt/local/bin',
    ]);
    expect(firmwarePlaces('darwin', '/opt/homebrew/Cellar/qemu/10.0/bin/qemu-system-aarch64')[0]).toBe(
      '/opt/homebrew/Cellar/qemu/10.0/share/qemu/edk2-aarch64-code.fd',
    );
  });

  it('are on Windows the folders of programs by the variables that name them, wherever they are', () => {
    const env = {
      PROGRAMFILES: 'D:\\Program Files (x86)',
      ProgramW6432: 'D:\\Program Files',
      'ProgramFiles(x86)': 'D:\\Program Files (x86)',
      UserProfile: 'C:\\Users\\O K',
    };
    const folders = usualFolders({ platform: 'win32', env });
    expect(folders.slice(0, 4)).toEqual([
      'D:\\Program Files\\qemu',
      'D:\\Program Files (x86)\\qemu',
      'C:\\Program Files\\qemu',
      'C:\\Users\\O K\\scoop\\apps\\qemu\\current',
    ]);
    expect(usualFolders({ platform: 'win32', env: {} })[0]).toBe('C:\\Program Files\\qemu');
    expect(firmwarePlaces('win32', 'C:\\Program Files\\qemu\\qemu-system-aarch64.exe')).toEqual([
      'C:\\Program Files\\qemu\\share\\edk2-aarch64-code.fd',
      'C:\\Program Files\\share\\qemu\\edk2-aarch64-code.fd',
    ]);
  });

  it('are on Linux the PATH alone', () => {
    expect(usualFolders({ platform: 'linux', env: { ProgramFiles: 'x' } })).toEqual([]);
  });
});

describe('finding a program on Windows', () => {
  const look = (env: Record<string, string>, there: readonly string[], folders: readonly string[] = []) =>
    findProgram({ platform: 'win32', env }, 'tool', folders, async (file) => there.includes(file));

  it('parts the Path at `;`, whatever its name looks like, and takes quotes off', async () => {
    const there = ['C:\\Program Files\\x\\tool.exe'];
    expect(await look({ Path: 'C:\\a;"C:\\Program Files\\x"' }, there)).toBe(there[0]);
    expect(await look({ PATH: 'C:\\Program Files\\x\\' }, there)).toBe(there[0]);
  });

  it('takes what starts without a shell, and no `.cmd` or `.bat` though PATHEXT has them', async () => {
    const env = { Path: 'C:\\a', PATHEXT: '.BAT;.CMD;.EXE' };
    expect(await look(env, ['C:\\a\\tool.cmd', 'C:\\a\\tool.bat', 'C:\\a\\tool'])).toBeUndefined();
    expect(await look(env, ['C:\\a\\tool.com'])).toBe('C:\\a\\tool.com');
  });

  it('never takes one of the current folder, and looks in the usual folders last', async () => {
    const there = ['.\\tool.exe', 'tool.exe', 'bin\\tool.exe', 'D:\\usual\\tool.exe'];
    expect(await look({ Path: '.;bin;' }, there, ['D:\\usual'])).toBe('D:\\usual\\tool.exe');
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
