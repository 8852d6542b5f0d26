import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { requirePart } from '../require.ts';
import { sharedCache } from '../shared-cache.ts';
import { hasMachine } from './machine.ts';
import { type Ended, lab3, mainFile, scratch } from './tool.ts';

const ours = fileURLToPath(new URL('../../module', import.meta.url));

/** A copy of our module in a folder of that name, changed. */
async function moduleIn(folder: string, name: string, change: (source: string) => string): Promise<string> {
  const own = join(folder, name);
  await cp(ours, own, { recursive: true });
  const file = join(own, 'lab3.c');
  await writeFile(file, change(await readFile(file, 'utf8')));
  return own;
}

describe('no network', () => {
  it('is this computer’s fault, named with the address, and leaves what is there', async () => {
    await using folder = await scratch();
    await writeFile(join(folder.path, 'lab3.yaml'), '# kept\n');
    const env = { LAB3_CACHE: join(folder.path, 'cache'), LAB3_MIRROR: 'http://127.0.0.1:1/debian' };
    const { code, stdout, stderr } = await lab3(['run', '--json'], { cwd: folder.path, env });
    expect(code).toBe(69);
    expect(stderr).toContain('127.0.0.1:1');
    expect(JSON.parse(stdout)).toMatchObject({ error: { fault: 'computer' }, exitCode: 69 });
    expect(await readFile(join(folder.path, 'lab3.yaml'), 'utf8')).toBe('# kept\n');
  });
});

describe.skipIf(!hasMachine)('a module', () => {
  it('in a folder with spaces and Cyrillic letters, with CRLF, runs', async () => {
    await using folder = await scratch();
    await moduleIn(folder.path, 'мій модуль №3', (source) => source.replaceAll('\n', '\r\n'));
    const args = ['run', '--module', 'мій модуль №3', '--n-times', '50000', '--json'];
    const { code, stdout, stderr } = await lab3(args, { cwd: folder.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.anything() });
    expect(JSON.parse(stdout).runs[1]).toMatchObject({ lock: 'own', final: '1000000' });
  });

  it('without a licence, or called module.ko, is at fault by name', async () => {
    await using folder = await scratch();
    await moduleIn(folder.path, 'unlicensed', (source) => source.replace(/^MODULE_LICENSE.*$/m, ''));
    const unlicensed = await lab3(['run', '--module', 'unlicensed'], { cwd: folder.path });
    expect(unlicensed).toMatchObject({ code: 1, stderr: expect.stringContaining('MODULE_LICENSE') });
    const own = await moduleIn(folder.path, 'named', (source) => source);
    await rename(join(own, 'lab3.c'), join(own, 'module.c'));
    for (const file of ['Kbuild', 'Makefile'])
      await writeFile(
        join(own, file),
        (await readFile(join(own, file), 'utf8')).replaceAll('lab3.o', 'module.o'),
      );
    const named = await lab3(['run', '--module', 'named'], { cwd: folder.path });
    expect(named).toMatchObject({ code: 1, stderr: expect.stringContaining('module.ko') });
  });

  it('whose lock does not lock is at fault, and gets its report all the same', async () => {
    await using folder = await scratch();
    const { path } = folder;
    await moduleIn(path, 'wrong', (source) => source.replace('"own", add_locked,', '"own", add_plain,'));
    const { code, stdout } = await lab3(['run', '--module', 'wrong'], { cwd: path });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✖ With lock own/m);
    expect(await readdir(join(path, 'lab3-report'))).toContain('report.html');
  });

  it('folder that is not there is named', async () => {
    await using folder = await scratch();
    const { code, stderr } = await lab3(['run', '--module', 'nowhere'], { cwd: folder.path });
    expect(stderr).toContain('nowhere');
    expect([1, 2]).toContain(code);
  });
});

describe.skipIf(!hasMachine)('two at once', () => {
  it('share the cache and both come to their end', async () => {
    await using one = await scratch();
    await using two = await scratch();
    const args = ['run', '--json', '--n-times', '20000'];
    const both = await Promise.all([lab3(args, { cwd: one.path }), lab3(args, { cwd: two.path })]);
    for (const { code, stdout } of both) {
      expect(code).toBe(0);
      expect(JSON.parse(stdout).runs[1]).toMatchObject({ final: '400000' });
    }
  });
});

const canMount = requirePart(
  'User namespaces',
  process.platform === 'linux' &&
    spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0,
  'unshare -rm mount is refused, so no small and no read-only disk can be made',
);

/** The tool with a cache on a disk that `mount` makes; both vanish with it. */
async function onDisk(folder: string, mount: string, cache: string, args: readonly string[]): Promise<Ended> {
  const script = `${mount} && shift && exec "$@"`;
  const argv = ['-rm', 'sh', '-ec', script, 'sh', cache, process.execPath, mainFile, ...args];
  const env = {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    LAB3_CACHE: cache,
    LAB3_MIRROR: process.env.LAB3_MIRROR,
  };
  const { status, signal, stdout, stderr } = spawnSync('unshare', argv, {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { code: status, signal, stdout, stderr };
}

describe.skipIf(!hasMachine || !canMount)('a disk', () => {
  it('that is full is said to be, with the exit code of the computer', async () => {
    await using folder = await scratch();
    const cache = join(folder.path, 'disk');
    await mkdir(cache);
    const { code, stderr } = await onDisk(folder.path, 'mount -t tmpfs -o size=6m none "$1"', cache, ['run']);
    expect(stderr).toContain('DiskFull');
    expect(code).toBe(69);
    expect(await readdir(folder.path)).toEqual(['disk']);
  });

  it('that is read-only still runs what is in the cache, or says that it cannot be written', async () => {
    await using folder = await scratch();
    const mount = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"';
    const { code, stderr } = await onDisk(folder.path, mount, sharedCache, [
      'run',
      '--n-times',
      '1000',
      '--json',
    ]);
    if (code !== 0) expect(stderr).toContain('NotWritable');
    expect([0, 69]).toContain(code);
  });
});
