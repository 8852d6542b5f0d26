/** The commands that have a machine, with the machine in a container. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterEach, describe, expect, it } from 'vitest';
import { parseGrades } from '../../grade/out/results.ts';
import { parseCheck } from '../../lab/check/document.ts';
import { parseResult } from '../../lab/result.ts';
import { parseSweep } from '../../lab/sweep/document.ts';
import { connection, findEngine } from '../../provision/builder/docker/engine.ts';
import { checkedKernelIfThere } from '../../provision/kernel/checked.ts';
import { realContext, trixieKernel } from '../integration/real-context.ts';
import { requirePart } from '../require.ts';
import { classOf } from './class.ts';
import { hasMachine } from './machine.ts';
import { lab3, scratch, start } from './tool.ts';

const { platform, env, getuid } = process;
const { engine } = await findEngine({ platform, env, uid: getuid?.(), deadlineMs: 10_000 });
const target = engine && connection(engine);
const socket = target && 'socketPath' in target ? target.socketPath : undefined;
const present =
  requirePart('A Docker engine on a socket', socket !== undefined, 'none answers') && hasMachine;
const docker = new Docker({ socketPath: socket ?? '' });
const context = realContext();
const stock = present ? await trixieKernel(context) : undefined;
const checked = stock && (await checkedKernelIfThere(context, { kind: 'checked', stock }));

const vm = ['--vm', 'container'];
/** What needs no checked kernel. */
const rubric = `assignment: {points: 30}
criteria:
  - {id: builds, title: Builds, points: 10, check: builds}
  - {id: total, title: Total, points: 20, check: total}
`;
const started = new Set<number | undefined>();
const machinesOf = async (pid: number | undefined) => {
  const label = ['lab3.kind=machine', `lab3.pid=${pid}`];
  return docker.listContainers({ all: true, filters: { label } });
};

/** The tool, whose containers are looked for when the test has ended. */
async function run(args: readonly string[], options: Parameters<typeof start>[1]) {
  const running = start(args, options);
  started.add(running.child.pid);
  return running.ended;
}

describe.skipIf(!present)('--vm container', () => {
  afterEach(async () => {
    for (const pid of started) await expect.poll(() => machinesOf(pid), { timeout: 20_000 }).toEqual([]);
    started.clear();
  });

  it('sets up: the same complete report as with --vm qemu', async () => {
    await using folder = await scratch();
    const reports = await Promise.all(
      ['qemu', 'container'].map(async (name) => {
        const cwd = join(folder.path, name);
        await mkdir(cwd);
        return { name, cwd, report: join(cwd, 'lab3-report') };
      }),
    );
    const files: string[][] = [];
    for (const { name, cwd, report } of reports) {
      const { code, stdout, stderr } = await run(['setup', '--yes', '--vm', name, '--student', 'Ada'], {
        cwd,
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Wrote lab3.yaml') });
      expect(stdout).toMatch(/own +10 000 000 +10 000 000 +0/);
      expect(await readFile(join(cwd, 'lab3.yaml'), 'utf8')).toMatch(new RegExp(`^vm: ${name}`, 'm'));
      const text = await readFile(join(report, 'result.json'), 'utf8');
      const { guest, runs } = parseResult(JSON.parse(text), 'result.json');
      expect(guest).toMatchObject({ provider: name, kernel: stock?.release, vcpus: 2 });
      const [unlocked, locked] = runs;
      expect(BigInt(unlocked?.lostUpdates ?? 0)).toBeGreaterThan(0n);
      expect(locked).toMatchObject({ lock: 'own', final: '10000000', lostUpdates: '0' });
      for (const picture of ['no_spinlock.png', 'spinlock.png'])
        expect((await readFile(join(report, 'img', picture))).subarray(1, 4).toString()).toBe('PNG');
      expect(await readFile(join(report, 'dmesg.txt'), 'utf8')).toContain('lab3');
      files.push(((await readdir(report, { recursive: true })) as string[]).sort());
    }
    expect(files[1]).toEqual(files[0]);
  });

  it('runs from a machine that was saved', async () => {
    await using folder = await scratch();
    const args = ['run', '--json', '--n-threads', '4', '--n-times', '1e5', ...vm];
    const { code, stdout, stderr } = await run(args, { cwd: folder.path });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('in a container of Docker'),
    });
    const { guest, runs } = parseResult(JSON.parse(stdout), 'stdout');
    expect(guest).toMatchObject({ provider: 'container', start: 'restored' });
    expect(runs.map(({ final }) => final).at(-1)).toBe('800000');
  });

  it('opens a shell, but not for gdb', async () => {
    await using folder = await scratch();
    const at = { cwd: folder.path, input: 'uname -s; ls' };
    expect(await run(['shell', ...vm], at)).toMatchObject({ code: 0, stdout: 'Linux\nlab3.ko\n' });
    const refused = await lab3(['shell', '--gdb', ...vm], at);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('GuestCannot');
  });

  it('sweeps', async () => {
    await using folder = await scratch();
    const grid = ['--n-threads', '1,2', '--n-times', '1000', '--vcpus', '1,2', '--lock', 'none,own'];
    const { code } = await run(['sweep', ...grid, '--repeats', '2', ...vm], { cwd: folder.path });
    expect(code).toBe(0);
    const path = join(folder.path, 'lab3-report', 'sweep', 'sweep.json');
    const document = parseSweep(await readFile(path, 'utf8'));
    expect('sweep' in document && document.sweep).toMatchObject({ complete: true });
    expect('sweep' in document && document.sweep.runs).toHaveLength(16);
  });

  it('grades', async () => {
    await using folder = await scratch();
    const made = await classOf(folder.path, ['good_plain', '13_oops_init']);
    await writeFile(join(folder.path, 'rubric.yaml'), rubric);
    const args = ['grade', 'submissions', '--roster', made.roster, '--rubric', 'rubric.yaml', ...vm];
    const { code, stderr } = await run(args, { cwd: folder.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Grading') });
    const path = join(folder.path, 'lab3-grades', 'results.json');
    const { students } = parseGrades(JSON.parse(await readFile(path, 'utf8')), 'results.json');
    const statuses = students.flatMap(({ criteria }) => criteria.map(({ status }) => status));
    expect(statuses).toContain('pass');
    expect(statuses).not.toContain('error');
  });

  const hasChecked = requirePart('The checked kernel', checked !== undefined, '`lab3 kernel build` makes it');
  it.skipIf(!hasChecked)('checks', async () => {
    await using folder = await scratch();
    const args = ['check', '--json', '--yes', ...vm];
    const { code, stdout } = await run(args, { cwd: folder.path });
    expect(code).toBe(0);
    expect(parseCheck(JSON.parse(stdout), 'stdout').guest.provider).toBe('container');
  });

  it('leaves no container when it is killed or interrupted', async () => {
    await using folder = await scratch();
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      const running = start(['run', '--n-times', '1e8', ...vm], { cwd: folder.path });
      started.add(running.child.pid);
      await expect
        .poll(() => machinesOf(running.child.pid), { timeout: 60_000 })
        .toMatchObject([{ State: 'running' }]);
      running.child.kill(signal);
      const { code } = await running.ended;
      expect(code).toBe(signal === 'SIGINT' ? 130 : null);
      await expect.poll(() => machinesOf(running.child.pid), { timeout: 20_000 }).toEqual([]);
    }
  });
});
