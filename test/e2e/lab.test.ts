import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseGrades } from '../../grade/out/results.ts';
import { parseResult } from '../../lab/result.ts';
import { findEngine } from '../../provision/builder/docker/engine.ts';
import { requirePart } from '../require.ts';
import { hasMachine } from './machine.ts';
import { hasTerminal, openTerminal } from './terminal.ts';
import { lab3, nowhere, scratch } from './tool.ts';

const module = fileURLToPath(new URL('../../module', import.meta.url));

const { platform, env, getuid } = process;
const { engine } = await findEngine({ platform, env, uid: getuid?.() });
const builders = [
  { name: 'docker', there: requirePart('A Docker engine', engine !== undefined, 'none answers') },
  { name: 'vm', there: true },
];

const fewCriteria = `
assignment: { points: 30 }
criteria:
  - { id: builds, title: It compiles, points: 10, check: builds }
  - { id: total, title: The total is exact, points: 20, check: total, needs: [builds] }
`;

describe.skipIf(!hasMachine)('setup', () => {
  it('ends with a whole report, which run and report make again', async () => {
    await using folder = await scratch();
    const { path } = folder;
    const { code, stdout, stderr } = await lab3(['setup', '--yes', '--student', 'Ada'], { cwd: path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Wrote lab3.yaml') });
    expect(stdout).toMatch(/none +10 000 000 +[\d ]+/);
    expect(stdout).toMatch(/own +10 000 000 +10 000 000 +0/);
    expect(stdout).toContain(join('lab3-report', 'report.html'));
    // Colours and cursor moves have no place in a pipe.
    expect(stdout + stderr).not.toContain('\u001b');
    const report = join(path, 'lab3-report');
    expect(await readdir(report)).toEqual(
      expect.arrayContaining([
        'README.rst',
        'dmesg.txt',
        'img',
        'module',
        'report.docx',
        'report.html',
        'report.md',
        'result.json',
      ]),
    );
    const result = parseResult(
      JSON.parse(await readFile(join(report, 'result.json'), 'utf8')),
      'result.json',
    );
    const [unlocked, locked] = result.runs;
    expect(unlocked).toMatchObject({ lock: 'none', expected: '10000000' });
    expect(BigInt(unlocked?.lostUpdates ?? 0)).toBeGreaterThan(0n);
    expect(locked).toMatchObject({ lock: 'own', final: '10000000', lostUpdates: '0' });
    for (const name of ['no_spinlock.png', 'spinlock.png'])
      expect((await readFile(join(report, 'img', name))).subarray(1, 4).toString()).toBe('PNG');

    // Offline, from the folder alone.
    const env = { LAB3_CACHE: nowhere };
    const again = await lab3(['report', '--group', '3531', '--json'], { cwd: path, env });
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(again.stdout).files).toContain('report.html');
    expect(await readFile(join(report, 'report.md'), 'utf8')).toContain('3531');
  });
});

describe.skipIf(!hasMachine)('setup for the other architecture', () => {
  it('cross-compiles, emulates, and shows the race and its absence', async () => {
    const arch = process.arch === 'arm64' ? 'amd64' : 'arm64';
    await using folder = await scratch();
    const { code, stdout, stderr } = await lab3(['setup', '--yes', '--arch', arch], {
      cwd: folder.path,
      // Its kernel, compiler and QEMU are fetched here first.
      deadlineMs: 580_000,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Wrote lab3.yaml') });
    expect(await readFile(join(folder.path, 'lab3.yaml'), 'utf8')).toMatch(
      new RegExp(`^arch: ${arch}$`, 'm'),
    );
    expect(stdout).toMatch(/own +10 000 000 +10 000 000 +0/);
    const report = join(folder.path, 'lab3-report');
    const file = join(report, 'result.json');
    const result = parseResult(JSON.parse(await readFile(file, 'utf8')), 'result.json');
    expect(result.guest).toMatchObject({ arch, accelerator: 'tcg' });
    expect(result.build).toMatchObject({
      builder: expect.stringMatching(/docker|sandbox|vm/),
      arch,
      warnings: [],
    });
    const [unlocked, locked] = result.runs;
    expect(BigInt(unlocked?.lostUpdates ?? 0)).toBeGreaterThan(0n);
    expect(locked).toMatchObject({ lock: 'own', final: '10000000', lostUpdates: '0' });
    for (const name of ['no_spinlock.png', 'spinlock.png'])
      expect((await readFile(join(report, 'img', name))).subarray(1, 4).toString()).toBe('PNG');
    for (const name of ['report.html', 'report.md', 'README.rst', 'report.docx'])
      expect(existsSync(join(report, name))).toBe(true);

    const input = `uname -m; insmod lab3.ko n_times=10 lock=own && sleep 1 && rmmod lab3; dmesg | grep total=`;
    const shell = await lab3(['shell', '--arch', arch], { cwd: folder.path, input });
    const machine = arch === 'arm64' ? 'aarch64' : 'x86_64';
    expect(shell).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^${machine}\n.*total=200 expected=200`, 's')),
    });
    const grid = ['--n-threads', '2', '--n-times', '1000', '--vcpus', '2', '--lock', 'own', '--repeats', '1'];
    const sweep = await lab3(['sweep', '--arch', arch, ...grid, '--json'], { cwd: folder.path });
    expect(sweep).toMatchObject({ code: 0 });

    // Without what asks for its checked kernel, which takes minutes to build.
    await mkdir(join(folder.path, 'class', 'ada'), { recursive: true });
    await cp(join(module, 'lab3.c'), join(folder.path, 'class', 'ada', 'lab3.c'));
    await writeFile(join(folder.path, 'few.yaml'), fewCriteria);
    const grade = await lab3(['grade', 'class', '--arch', arch, '--rubric', 'few.yaml', '--out', 'marks'], {
      cwd: folder.path,
      deadlineMs: 300_000,
    });
    expect(grade).toMatchObject({ code: 0 });
    const marks = await readFile(join(folder.path, 'marks', 'results.json'), 'utf8');
    const { students, kernel } = parseGrades(JSON.parse(marks), 'results.json');
    expect(students).toMatchObject([{ key: 'ada', status: 'graded', final: 30 }]);
    expect(kernel.release).toContain(arch);
  }, 900_000);
});

describe.skipIf(!hasMachine).each(builders)('setup with builder $name', ({ name, there }) => {
  it.skipIf(!there)(
    'compiles there and ends with a whole report',
    async () => {
      await using folder = await scratch();
      // Of its own, so that the module is in no cache of builds.
      const own = join(folder.path, 'own');
      await cp(module, own, { recursive: true });
      const source = join(own, 'lab3.c');
      await writeFile(source, `${await readFile(source, 'utf8')}\n/* ${name} ${Date.now()} */\n`);
      const args = ['setup', '--yes', '--builder', name, '--module', 'own'];
      const { code, stderr } = await lab3(args, { cwd: folder.path, deadlineMs: 580_000 });
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Wrote lab3.yaml') });
      const file = join(folder.path, 'lab3-report', 'result.json');
      const { build, runs } = parseResult(JSON.parse(await readFile(file, 'utf8')), 'result.json');
      expect(build).toMatchObject({ builder: name, cached: false, warnings: [] });
      expect(runs.map(({ lock, final }) => [lock, final === '10000000'])).toContainEqual(['own', true]);
    },
    600_000,
  );
});

describe.skipIf(!hasMachine)('run', () => {
  it('prints the result document alone with --json, progress on stderr', async () => {
    await using folder = await scratch();
    const args = ['run', '--json', '--n-threads', '4', '--n-times', '1e5', '--increment', '3'];
    const { code, stdout, stderr } = await lab3(args, { cwd: folder.path });
    expect(code).toBe(0);
    const result = parseResult(JSON.parse(stdout), 'stdout');
    expect(result.runs.map(({ lock, expected }) => [lock, expected])).toEqual([
      ['none', '1200000'],
      ['own', '1200000'],
    ]);
    expect(stderr).toContain('Starting the virtual machine');
    expect(existsSync(join(folder.path, 'lab3.yaml'))).toBe(false);
  });

  it('blames a module that does not compile, in the compiler’s own lines and with the student’s paths', async () => {
    await using folder = await scratch();
    const own = join(folder.path, 'мій модуль');
    await cp(module, own, { recursive: true });
    const source = join(own, 'lab3.c');
    await writeFile(
      source,
      `${await readFile(source, 'utf8')}\r\nint broken(void) { return undeclared_thing; }\r\n`,
    );
    const { code, stdout, stderr } = await lab3(['run', '--module', 'мій модуль'], { cwd: folder.path });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/lab3\.c:\d+:\d+: error: .*undeclared_thing/);
    expect(stderr).toContain('ModuleDoesNotCompile');
    expect(existsSync(join(folder.path, 'lab3-report'))).toBe(false);
  });

  it('shows a live tree on a terminal, also of 40 columns, and gives the cursor back', async () => {
    if (!hasTerminal) return;
    await using folder = await scratch();
    const session = openTerminal(['run', '--n-times', '1000'], { cwd: folder.path, columns: 40 });
    expect(await session.ended).toBe(0);
    const screen = session.screen();
    expect(screen.join('\n')).toMatch(/✔ Kernel/);
    // A race makes the rows too wide for 40 columns: then each lock is a block of lines.
    expect(screen.join('\n')).toMatch(
      /own +20 000 +20 000 +0|own\n +Expected +20 000\n +Final +20 000\n +Lost +0\n/,
    );
    const raw = session.raw();
    expect(raw.lastIndexOf('\u001b[?25h')).toBeGreaterThan(raw.lastIndexOf('\u001b[?25l'));
  });
});

describe.skipIf(!hasMachine)('build', () => {
  it('writes the module where it is asked to and says what built it', async () => {
    await using folder = await scratch();
    await mkdir(join(folder.path, 'out'));
    const { code, stdout } = await lab3(['build', '--json', '--out', 'out'], { cwd: folder.path });
    expect(code).toBe(0);
    const { file, build } = JSON.parse(stdout);
    expect(file).toBe(join(folder.path, 'out', 'lab3.ko'));
    expect((await readFile(file)).subarray(1, 4).toString()).toBe('ELF');
    expect(build).toMatchObject({ builder: expect.stringMatching(/docker|sandbox|vm/), warnings: [] });
  });

  it('leaves beside a person’s own sources what an editor needs, also when they do not compile', async () => {
    await using folder = await scratch();
    const own = join(folder.path, 'own');
    await cp(join(module, 'skeleton'), own, { recursive: true });
    await writeFile(join(own, 'lab3.c'), 'int main(\n');
    const { code } = await lab3(['build', '--module', 'own'], { cwd: folder.path });
    expect(code).toBe(1);
    const [command] = JSON.parse(await readFile(join(own, 'compile_commands.json'), 'utf8'));
    expect(command).toMatchObject({ directory: own, file: join(own, 'lab3.c') });
    const included = command.arguments.filter((word: string) => word.endsWith('kconfig.h'));
    expect(included).toHaveLength(1);
    expect(existsSync(included[0])).toBe(true);
    // Nothing of it among the files that come with lab3.
    expect(existsSync(join(module, 'compile_commands.json'))).toBe(false);
  });
});

describe.skipIf(!hasMachine)('shell', () => {
  it('runs what standard input says and answers with its status', async () => {
    await using folder = await scratch();
    const input =
      'uname -s; ls; insmod lab3.ko n_times=10 lock=own && sleep 1 && rmmod lab3; dmesg | grep total=';
    const done = await lab3(['shell'], { cwd: folder.path, input });
    expect(done).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Linux\nlab3\.ko\n.*total=200 expected=200/s),
    });
    // It has a shell of its own: what the machine's has names for is nothing of its.
    const own = '[ $$ -gt 1 ] && echo "own:$tries:"; type end_machine >/dev/null || echo none';
    expect((await lab3(['shell'], { cwd: folder.path, input: own })).stdout).toBe('own::\nnone\n');
    const failed = await lab3(['shell', '--json'], { cwd: folder.path, input: 'echo no; exit 3' });
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.stdout)).toEqual({ status: 3, output: 'no\n', timedOut: false });
  });

  it('is a terminal in the machine where there is one here', async () => {
    if (!hasTerminal) return;
    await using folder = await scratch();
    const session = openTerminal(['shell'], { cwd: folder.path, columns: 72, rows: 20 });
    await session.waitFor(/[#$] *$/m);
    session.type('stty size; echo "half"way\r');
    await session.waitFor(/20 72\n+halfway/);
    session.type('exit\r');
    expect(await session.ended).toBe(0);
    const left = openTerminal(['shell'], { cwd: folder.path, columns: 72, rows: 20 });
    await left.waitFor(/[#$] *$/m);
    left.type('\u001d');
    expect(await left.ended).toBe(0);
  });
});
