/** `--vm vagrant` with libvirt and the box of this project, as a person types it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseResult } from '../../lab/result.ts';
import { destroyMachine } from '../../provision/guest/vagrant/machine.ts';
import { realContext } from '../integration/real-context.ts';
import { provideBox, vagrantEnv, vagrantIsHere } from '../integration/vagrant-box.ts';
import { lab3, scratch } from './tool.ts';

const context = realContext({ env: { ...process.env, ...vagrantEnv } });
/** An emulated Debian boots for a minute or two; the box is made first where there is none. */
const limitMs = 900_000;

describe.runIf(await vagrantIsHere(context))('setup --vm vagrant', () => {
  afterAll(() => destroyMachine(context), 120_000);

  it(
    'ends with the same report as QEMU',
    async () => {
      await using folder = await scratch();
      const { path } = folder;
      const box = await provideBox();
      const args = ['setup', '--yes', '--vm', 'vagrant', '--box', box, '--n-times', '200_000'];
      const done = await lab3(args, { cwd: path, env: vagrantEnv, deadlineMs: limitMs });
      expect({ code: done.code, stderr: done.stderr }).toEqual({
        code: 0,
        stderr: expect.stringContaining('Starting the machine of Vagrant'),
      });
      expect(done.stdout).toMatch(/own +4 000 000 +4 000 000 +0/);
      const report = join(path, 'lab3-report');
      const filesOf = async (folder: string) =>
        ((await readdir(folder, { recursive: true })) as string[]).sort();
      await using other = await scratch();
      const usual = ['setup', '--yes', '--vm', 'qemu', '--n-times', '200_000'];
      expect(await lab3(usual, { cwd: other.path, deadlineMs: limitMs })).toMatchObject({ code: 0 });
      expect(await filesOf(report)).toEqual(await filesOf(join(other.path, 'lab3-report')));
      const text = await readFile(join(report, 'result.json'), 'utf8');
      const { guest, build, runs } = parseResult(JSON.parse(text), 'result.json');
      expect(guest).toMatchObject({ provider: 'vagrant', vcpus: 2, memoryMiB: 512 });
      // Headers of exactly the kernel that the box runs.
      expect(build.kernelRelease).toBe(guest.kernel);
      expect(
        runs.map(({ lock, findings }) => [lock, findings.filter(({ severity }) => severity === 'error')]),
      ).toEqual([
        ['none', []],
        ['own', []],
      ]);
      expect(runs.map(({ final }) => final !== undefined)).toEqual([true, true]);
      expect(runs[1]).toMatchObject({ final: '4000000', lostUpdates: '0', screenshot: 'img/spinlock.png' });
      for (const name of ['no_spinlock.png', 'spinlock.png'])
        expect((await readFile(join(report, 'img', name))).subarray(1, 4).toString()).toBe('PNG');
      expect(await readFile(join(report, 'dmesg.txt'), 'utf8')).toMatch(/total=4000000 expected=4000000/);
    },
    limitMs,
  );

  it(
    'runs again in the same machine, and is left by clean as nothing',
    async () => {
      await using folder = await scratch();
      const { path } = folder;
      const box = await provideBox();
      const args = ['run', '--json', '--vm', 'vagrant', '--box', box, '--n-times', '1000', '--lock', 'own'];
      const again = await lab3(args, { cwd: path, env: vagrantEnv, deadlineMs: limitMs });
      expect(again).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Bringing machine') });
      expect(parseResult(JSON.parse(again.stdout), 'stdout').runs[0]).toMatchObject({ final: '20000' });
      const { stdout } = await lab3(['clean', '--dry-run', '--json'], { cwd: path, env: vagrantEnv });
      expect(JSON.parse(stdout).found).toContainEqual({ kind: 'machine', name: 'of Vagrant', bytes: 0 });
    },
    limitMs,
  );

  it('refuses what wants one fresh machine after the other', async () => {
    await using folder = await scratch();
    const { code, stderr } = await lab3(['sweep', '--vm', 'vagrant'], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toContain('`lab3 sweep` cannot run its guest with vm vagrant');
  });
});
