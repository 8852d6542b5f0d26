import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../lab/config.ts';
import { hasMachine } from './machine.ts';
import { lab3, mainFile, nowhere, scratch } from './tool.ts';

describe('a command line that is not understood', () => {
  it.each([
    [['rnu'], "Unknown command 'rnu' (did you mean run?)"],
    [['run', '--lokc', 'own'], "Unknown option '--lokc' (did you mean --lock?)"],
    [['run', '--n-threads', '0'], '--n-threads is 0; allowed: a whole number from 1 to 1024'],
    [['run', '--n-threads', 'ten'], '--n-threads is ten'],
    [['setup', '--yes', '--builder', 'dokcer'], 'did you mean docker?'],
  ])('%j ends with 2 and the right word', async (args, message) => {
    await using folder = await scratch();
    const { code, stdout, stderr } = await lab3(args, { cwd: folder.path });
    expect(stderr.replace(/\s+/g, ' ')).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('is one JSON document with --json', async () => {
    await using folder = await scratch();
    const { code, stdout } = await lab3(['run', '--vcpus', '99', '--json'], { cwd: folder.path });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { name: 'FlagInvalid', fault: 'usage' }, exitCode: 2 });
  });
});

it('whose own files were replaced meanwhile ends with a word, once', async () => {
  await using folder = await scratch();
  const dist = join(folder.path, 'dist');
  await cp(dirname(mainFile), dist, { recursive: true });
  for (const name of await readdir(dist))
    if (/^(failure|causes)-.*\.js$/.test(name)) await rm(join(dist, name));
  await cp(join(dirname(mainFile), '..', 'package.json'), join(folder.path, 'package.json'));
  const { code, stderr } = await lab3(['run', '--module', 'none'], {
    cwd: folder.path,
    mainFile: join(dist, 'main.js'),
  });
  expect(stderr).toMatch(/lab3 cannot read its own files: .*(failure|causes)-/);
  expect(code).toBe(70);
});

describe('help', () => {
  it('comes with 0 on stdout, with 2 on stderr when no command was given', async () => {
    await using folder = await scratch();
    const asked = await lab3(['--help'], { cwd: folder.path });
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toContain('lab3 setup --yes');
    const bare = await lab3([], { cwd: folder.path });
    expect(bare).toMatchObject({ code: 2, stdout: '' });
    expect(bare.stderr).toContain('Commands:');
  });
});

describe('--version', () => {
  it('says its own first, then kernel and QEMU, also where there is neither', async () => {
    await using folder = await scratch();
    const env = { LAB3_CACHE: nowhere };
    const { code, stdout, stderr } = await lab3(['--version'], { cwd: folder.path, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\nkernel not chosen yet: .*\nQEMU .*\n$/);
    const json = await lab3(['--version', '--json'], { cwd: folder.path, env });
    expect(JSON.parse(json.stdout)).toMatchObject({ kernel: { suite: 'trixie', release: null } });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('says the kernel that lab3.yaml pins, and nothing against a lab3.yaml with a mistake', async () => {
    await using folder = await scratch();
    const env = { LAB3_CACHE: nowhere };
    const file = join(folder.path, 'lab3.yaml');
    await writeFile(file, 'suite: bookworm\nkernel: 6.1.1-1\n');
    const pinned = await lab3(['--version'], { cwd: folder.path, env });
    expect(pinned.stdout).toContain('kernel 6.1.1-1 (Debian bookworm');
    await writeFile(file, 'n_threads: many\n');
    expect(await lab3(['--version'], { cwd: folder.path, env })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('lab3.yaml', () => {
  it.each([
    ['n_threads: 0\n', 'lab3.yaml:1:12: n_threads is 0'],
    ['n_threads: 1e9\n', 'lab3.yaml:1:12: n_threads is 1e9'],
    ['# mine\nn_threads: ten\n', 'lab3.yaml:2:12: n_threads is ten'],
    ['n_thread: 4\n', 'lab3.yaml:1:1: there is no setting n_thread'],
    ['lock: own\n', 'did you mean locks?'],
    ['n_times: [\n', 'lab3.yaml:'],
    ['\tn_times: 4\n', 'lab3.yaml:1:1: a tab'],
    ['builder: dokcer\n', 'did you mean docker?'],
  ])('%j is answered with its place and what is allowed', async (text, message) => {
    await using folder = await scratch();
    await writeFile(join(folder.path, 'lab3.yaml'), text);
    for (const args of [['run'], ['setup', '--yes'], ['report']]) {
      const { code, stderr } = await lab3(args, { cwd: folder.path });
      expect(stderr.replace(/\s+/g, ' ')).toContain(message);
      expect(code).toBe(2);
    }
    expect(await readdir(folder.path)).toEqual(['lab3.yaml']);
  });

  it('that is a folder is a usage error too', async () => {
    await using folder = await scratch();
    await mkdir(join(folder.path, 'lab3.yaml'));
    expect(await lab3(['run'], { cwd: folder.path })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('this is a folder'),
    });
  });
});

describe('folders', () => {
  it('of others are never taken for the cache', async () => {
    await using folder = await scratch();
    await writeFile(join(folder.path, 'thesis.tex'), 'years of work');
    for (const args of [
      ['clean', '--yes'],
      ['setup', '--yes'],
    ]) {
      const { code, stderr } = await lab3(args, { cwd: folder.path, env: { LAB3_CACHE: folder.path } });
      expect(stderr).toContain('CacheNotOurs');
      expect(code).toBe(2);
    }
    expect(existsSync(join(folder.path, 'thesis.tex'))).toBe(true);
  });

  it('that cannot be written are this computer’s fault, with a way out', async () => {
    await using folder = await scratch();
    await writeFile(join(folder.path, 'home'), 'a file where a home should be');
    const home = join(folder.path, 'home');
    const env = { HOME: home, USERPROFILE: home, LOCALAPPDATA: home, LAB3_CACHE: undefined };
    const { code, stderr } = await lab3(['run'], { cwd: folder.path, env });
    expect(stderr).toContain('LAB3_CACHE=FOLDER');
    expect({ code, stderr }).toMatchObject({ code: 69, stderr: expect.stringContaining('NotWritable') });
  });

  it.skipIf(process.platform === 'win32')('without write permission are not written to', async () => {
    await using folder = await scratch();
    await chmod(folder.path, 0o500);
    // To root every folder is open, but for those of the kernel.
    const HOME = process.getuid?.() === 0 && process.platform === 'linux' ? '/sys/kernel' : folder.path;
    const { code, stderr } = await lab3(['run'], { cwd: tmpdir(), env: { HOME, LAB3_CACHE: undefined } });
    await chmod(folder.path, 0o700);
    expect(stderr).toContain('NotWritable');
    expect(code).toBe(69);
  });
});

describe('init', () => {
  it('writes the skeleton once and never over a file', async () => {
    await using folder = await scratch();
    const { path } = folder;
    // Without packages too: what an editor needs of the kernel comes with the first build.
    const env = { LAB3_CACHE: nowhere };
    const first = await lab3(['init', 'мій модуль'], { cwd: path, env });
    expect(first).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('No headers for the editor yet'),
    });
    const made = await readdir(join(path, 'мій модуль'));
    expect(made).toEqual(expect.arrayContaining(['lab3.c', '.clang-format', '.devcontainer', '.vscode']));
    const again = await lab3(['init', 'мій модуль'], { cwd: path, env });
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('FileInTheWay') });
    // Once more for the editor: it is the module of lab3.yaml that is meant.
    const editor = await lab3(['init', '--editor'], { cwd: path, env });
    expect(editor).toMatchObject({ code: 0, stdout: expect.stringContaining('there already') });
    expect((await readdir(path)).sort()).toEqual(['lab3.yaml', 'мій модуль']);
    // Among the sources it is the lab above that is meant, and no other is begun.
    const inside = { cwd: join(path, 'мій модуль'), env };
    for (const command of [['setup', '--yes'], ['init']])
      expect(await lab3(command, inside)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('LabAbove'),
      });
    expect((await lab3(['init', '--editor'], inside)).code).toBe(0);
    expect(await readdir(inside.cwd)).not.toContain('lab3.yaml');

    // From now on it is the module of all commands, and another one does not take its place.
    expect(first.stdout).toMatch(/lab3 run\n$/);
    const settings = await readFile(join(path, 'lab3.yaml'), 'utf8');
    expect(parseConfig(settings, 'lab3.yaml').module.dir).toBe('мій модуль');
    const other = await lab3(['init', 'other'], { cwd: path, env });
    expect(other).toMatchObject({ code: 0, stdout: expect.stringContaining('run --module other\n') });
    expect(await readFile(join(path, 'lab3.yaml'), 'utf8')).toBe(settings);
  });

  it('adds to a module that is there what an editor needs, and leaves the rest as it is', async () => {
    await using folder = await scratch();
    const { path } = folder;
    await writeFile(join(path, '.editorconfig'), 'mine');
    await writeFile(join(path, 'ab.c'), '');
    const env = { LAB3_CACHE: nowhere };
    const { code, stdout } = await lab3(['init', '--editor', '--json', '.'], { cwd: path, env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      files: expect.arrayContaining(['.vscode/tasks.json']),
      kept: ['.editorconfig'],
    });
    expect(await readFile(join(path, '.editorconfig'), 'utf8')).toBe('mine');
    expect(await readdir(path)).not.toContain('lab3.c');
    const mistyped = await lab3(['init', '--editor', 'modul'], { cwd: path, env });
    expect(mistyped).toMatchObject({ code: 2, stderr: expect.stringContaining('NoModuleSource') });
    expect(await readdir(path)).not.toContain('modul');
    expect(parseConfig(await readFile(join(path, 'lab3.yaml'), 'utf8'), 'lab3.yaml').module.dir).toBe('.');
  });

  it.skipIf(!hasMachine)(
    'is one way to name a module: without, build says that sources which lie here are not taken',
    async () => {
      await using folder = await scratch();
      await writeFile(join(folder.path, 'adder.c'), 'int x;\n');
      const theirs = await lab3(['build'], { cwd: folder.path });
      expect(theirs).toMatchObject({ code: 0, stderr: expect.stringContaining('--module .') });
      expect(theirs.stderr).toContain('is taken, not adder.c in this folder');
      const own = await lab3(['build', '--module', '.'], { cwd: folder.path });
      expect(own.stderr).not.toContain('is taken');
    },
  );

  it('does not take a file for a folder', async () => {
    await using folder = await scratch();
    await writeFile(join(folder.path, 'notes'), '');
    expect(await lab3(['init', 'notes'], { cwd: folder.path })).toMatchObject({ code: 2 });
  });
});

describe('doctor', () => {
  it('is one document with --json and answers with 0 or 69', async () => {
    await using folder = await scratch();
    const { code, stdout, stderr } = await lab3(['doctor', '--json'], { cwd: folder.path });
    const { ok, checks } = JSON.parse(stdout);
    expect(code).toBe(ok ? 0 : 69);
    expect(stderr).toBe('');
    const parts = checks.map(({ part }: { part: string }) => part);
    expect(parts).toEqual(
      expect.arrayContaining([
        'Node',
        'Disk',
        'Memory',
        'Virtualisation',
        'QEMU',
        'Docker engine',
        'Vagrant',
      ]),
    );
    for (const check of checks) if (check.state !== 'ok') expect(check.mend).toMatch(/\S/);
  });

  it('leaves no trace', async () => {
    await using folder = await scratch();
    const cache = join(folder.path, 'cache');
    await lab3(['doctor'], { cwd: folder.path, env: { LAB3_CACHE: cache } });
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('stays within 40 columns', async () => {
    await using folder = await scratch();
    const { stdout } = await lab3(['doctor'], { cwd: folder.path, env: { COLUMNS: '40' } });
    // Commands and paths stay whole, so that they can be copied.
    const lines = stdout.split('\n').filter((line) => !line.includes('→') && !/\S{30,}/.test(line));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
  });
});

describe('clean', () => {
  it('removes a cache of ours and says how much that freed', async () => {
    await using folder = await scratch();
    const env = { LAB3_CACHE: join(folder.path, 'cache'), DOCKER_HOST: 'tcp://127.0.0.1:1' };
    // Any command that fails early has made the cache.
    await lab3(['run', '--module', 'nowhere'], { cwd: folder.path, env });
    await writeFile(join(folder.path, 'cache/blob'), 'x'.repeat(1 << 20));
    const dry = await lab3(['clean', '--dry-run', '--json'], { cwd: folder.path, env });
    expect(JSON.parse(dry.stdout)).toMatchObject({
      found: [{ kind: 'cache', name: env.LAB3_CACHE }],
      freedBytes: 0,
    });
    expect(existsSync(join(folder.path, 'cache/blob'))).toBe(true);
    const { code, stdout } = await lab3(['clean', '--yes'], { cwd: folder.path, env });
    expect(stdout).toMatch(/Removed cache: 1\.\d MiB freed/);
    expect(code).toBe(0);
    expect(await readdir(folder.path)).toEqual([]);
    const again = await lab3(['clean', '--yes'], { cwd: folder.path, env });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing of lab3 to remove') });
  });
});
