import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { parseResult } from '../../lab/result.ts';
import { hasMachine } from './machine.ts';
import { npm, npx, pack, textsOf } from './package.ts';

const folder = await mkdtemp(join(tmpdir(), 'lab3 package '));
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
const packed = await pack(folder);

/** An empty folder with the package installed into it. */
async function install(name: string): Promise<string> {
  const place = join(folder, name);
  await mkdir(place);
  const { stderr } = await npm(['install', packed.file], place, folder);
  // Nor does it warn of anything.
  expect(stderr).toBe('');
  return place;
}

describe('the package', () => {
  it('is one file below 5 MiB', () => {
    expect(packed.size).toBeLessThan(5 * 1024 * 1024);
  });

  it('has what is read at run time, and nothing that users do not need', () => {
    expect(packed.names).toEqual(
      expect.arrayContaining([
        'Dockerfile.builder',
        'Vagrantfile',
        'LICENSE',
        'README.md',
        'dist/decompress-worker.js',
        'dist/index_bg.wasm',
        'dist/licenses.txt',
        'dist/main.js',
        'dist/pt-sans-cyrillic-400-normal.woff',
        'dist/raster-worker.js',
        'docs/errors.md',
        'grade/engine/compat.h',
        'img/no_spinlock.png',
        'img/spinlock.png',
        'man/lab3.1',
        'module/Kbuild',
        'module/lab3.c',
        'module/skeleton/Kbuild',
        'module/skeleton/lab3.c',
        'package.json',
        'provision/guest/container/relay.pl',
        'provision/guest/init/box.sh',
        'provision/guest/init/init.sh',
        'provision/kernel/build.sh',
        'provision/kernel/config/checked.config',
        'provision/kernel/unneeded',
      ]),
    );
    const needed = [
      /^(package\.json|README\.md|LICENSE|Dockerfile\.builder|Vagrantfile|man\/lab3\.1)$/,
      /^dist\/([\w.-]+\.js|index_bg\.wasm|pt-sans-[\w-]+\.woff|licenses\.txt)$/,
      /^(module|module\/skeleton)\/(Kbuild|Makefile|README\.\w+|lab3\.c)$/,
      /^img\/(no_)?spinlock\.png$/,
      /^provision\/(guest\/init\/\w+\.sh|guest\/container\/relay\.pl|kernel\/build\.sh|kernel\/config\/\w+\.config|kernel\/unneeded)$/,
      /^grade\/engine\/compat\.h$/,
      // What README.md names for those who use lab3.
      /^docs\/(errors|faults|grading|platforms)\.md$/,
      /^docs\/(autograders\/[\w./-]+|img\/(report\.png|terminal\.svg))$/,
    ];
    expect(packed.names.filter((name) => !needed.some((pattern) => pattern.test(name)))).toEqual([]);
  });

  it('asks npm for no other package, script or compiler, and loads whole from an empty folder', async () => {
    const place = await install('alone');
    const modules = join(place, 'node_modules');
    expect((await readdir(modules)).sort()).toEqual(['.bin', '.package-lock.json', '@kthread-lab']);
    const home = join(modules, '@kthread-lab', 'lab3');
    const { dependencies, optionalDependencies, peerDependencies, scripts } = JSON.parse(
      await readFile(join(home, 'package.json'), 'utf8'),
    );
    expect({ dependencies, optionalDependencies, peerDependencies }).toEqual({});
    // npm warns of a prepare too, which it does not even run.
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(scripts).not.toHaveProperty(script);

    const code = await textsOf(join(home, 'dist'), '.js');
    // Entries are programs, and are started by the other tests.
    const parts = [...code.keys()].filter((name) => !/^(main|.*-worker)\.js$/.test(name));
    const urls = parts.map((name) => pathToFileURL(join(home, 'dist', name)).href);
    await writeFile(
      join(place, 'all.mjs'),
      `for (const url of ${JSON.stringify(urls)}) await import(url);\nconsole.log('loaded');\n`,
    );
    const { stdout } = await execa(process.execPath, ['all.mjs'], { cwd: place });
    expect(stdout).toBe('loaded');

    const top = fileURLToPath(new URL('../..', import.meta.url));
    const here = [top, await realpath(join(top, 'node_modules'))];
    const telling = [...code].filter(([, text]) => here.some((path) => text.includes(path)));
    expect(telling.map(([name]) => name)).toEqual([]);
  });

  it('brings the licences of what is bundled', async () => {
    const place = await install('licences');
    const file = join(place, 'node_modules/@kthread-lab/lab3/dist/licenses.txt');
    const text = await readFile(file, 'utf8');
    for (const name of ['commander', 'echarts', 'openpgp', '@resvg/resvg-wasm', '@fontsource/pt-sans'])
      expect(text).toMatch(new RegExp(`^${name} [\\d.]+: [\\w.+-]+$`, 'm'));
    expect(text).toContain('GNU LESSER GENERAL PUBLIC LICENSE');
  });

  it.skipIf(process.platform === 'win32')('brings its manual page where man looks', async () => {
    const prefix = join(folder, 'prefix');
    await npm(['install', '--global', '--prefix', prefix, packed.file], folder, folder);
    expect(existsSync(join(prefix, 'bin', 'lab3'))).toBe(true);
    expect(await readFile(join(prefix, 'share/man/man1/lab3.1'), 'utf8')).toContain('.TH LAB3 1');
  });

  it('finds the skeleton', async () => {
    const place = await install('skeleton');
    expect(await npx(['init', 'mine'], place, folder)).toMatchObject({ exitCode: 0 });
    const files = ['Kbuild', 'Makefile', 'README.rst', 'lab3.c', '.vscode', '.devcontainer'];
    expect(await readdir(join(place, 'mine'))).toEqual(expect.arrayContaining(files));
  });
});

describe.skipIf(!hasMachine)('installed from its file into an empty folder', () => {
  it('does the whole job, and an update keeps lab3.yaml, the report and the caches', async () => {
    const place = await install('student');
    const { exitCode, stderr, stdout } = await npx(['setup', '--yes', '--n-threads', '4'], place, folder);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringContaining('Wrote lab3.yaml') });
    expect(stdout).toMatch(/own +4 000 000 +4 000 000 +0/);
    const report = join(place, 'lab3-report');
    expect(await readdir(report)).toEqual(
      expect.arrayContaining(['README.rst', 'img', 'report.docx', 'report.html', 'report.md', 'result.json']),
    );
    const text = await readFile(join(report, 'result.json'), 'utf8');
    const { guest } = parseResult(JSON.parse(text), 'result.json');
    const versions = (await npx(['--version'], place, folder)).stdout;
    expect(versions).toContain(`kernel ${guest.kernel}`);
    expect(versions).toMatch(/^QEMU \d+\.\d+/m);

    const settings = await readFile(join(place, 'lab3.yaml'), 'utf8');
    await npm(['install', await nextVersion(place)], place, folder);
    expect((await npx(['--version'], place, folder)).stdout).toMatch(/^99\.0\.0\n/);
    expect(await readFile(join(place, 'lab3.yaml'), 'utf8')).toBe(settings);
    expect(await readFile(join(report, 'result.json'), 'utf8')).toBe(text);
    const built = await npx(['build', '--json'], place, folder);
    expect(JSON.parse(built.stdout).build).toMatchObject({ cached: true, kernelRelease: guest.kernel });
  });
});

/** The installed package packed again as a later version. */
async function nextVersion(place: string): Promise<string> {
  const home = join(place, 'node_modules/@kthread-lab/lab3');
  const file = join(home, 'package.json');
  const settings = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...settings, version: '99.0.0' }));
  return (await pack(folder, home)).file;
}
