import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Architecture, Suite } from '../../lab/names.ts';
import type { Context } from '../../provision/context.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { chooseRelease } from '../../provision/kernel/release.ts';
import { crossToolchainPackages, toolchainPackages } from '../../provision/kernel/toolchain.ts';
import { openArchive } from '../../provision/packages/archive.ts';
import { fetchSmall } from '../../provision/packages/download.ts';
import { chooseSources } from '../../provision/packages/mirror.ts';
import { resolve } from '../../provision/packages/resolve.ts';
import { LocalArchive, sha256 } from '../provision/packages/local-archive.ts';
import { requirePart } from '../require.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab3-packages-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('processes of their own', () => {
  const top = fileURLToPath(new URL('../..', import.meta.url));
  // Inside the project, so that the libraries are found.
  const built = join(top, 'build', `packages-program-${process.pid}`);
  const large = randomBytes(3_000_000);
  let archive: LocalArchive;

  beforeAll(async () => {
    await build({
      absWorkingDir: top,
      entryPoints: {
        program: 'test/integration/packages-program.ts',
        'decompress-worker': 'provision/packages/decompress-worker.ts',
      },
      outdir: built,
      bundle: true,
      splitting: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      logLevel: 'warning',
    });
    archive = await LocalArchive.start();
    await archive.publish([
      { name: 'lab', depends: 'lib' },
      {
        name: 'lib',
        files: [
          { name: './usr/lib/large', content: large },
          { name: './usr/lib/small', content: 's' },
        ],
      },
    ]);
  });
  afterAll(async () => {
    await archive?.stop();
    await rm(built, { recursive: true, force: true });
  });

  function start(cache: string) {
    const request = {
      suite: 'trixie',
      arch: 'amd64',
      names: ['lab'],
      label: 'test',
      mirror: archive.url,
      keys: archive.keys,
    };
    const argument = JSON.stringify({ cacheDir: join(folder, cache), request });
    const child = spawn(process.execPath, [join(built, 'program.js'), argument], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const notes: string[] = [];
    let end: { names?: string[]; root?: string } = {};
    createInterface(child.stdout).on('line', (line) => {
      const said = JSON.parse(line);
      if ('note' in said) notes.push(said.note);
      else end = said;
    });
    const done = once(child, 'close').then(([code]) => ({ code: code as number | null, ...end, notes }));
    return { child, done, notes };
  }

  test('unpack in workers, and end by themselves', async () => {
    const outcome = await start('one').done;
    expect(outcome).toMatchObject({ code: 0, names: ['lab', 'lib'] });
    expect(sha256(await readFile(join(outcome.root ?? '', 'usr/lib/large')))).toBe(sha256(large));
  });

  test('two at once share one cache: every file is downloaded once', async () => {
    archive.requests.length = 0;
    const both = [start('two'), start('two')];
    // However slowly the second begins, the first is at work still.
    const waits = () => both.some(({ notes }) => notes.join().includes('waiting for another lab3'));
    archive.fault = (request, response, file) => {
      if (!file || !request.url?.includes('lib_1')) return false;
      const timer = setInterval(() => {
        if (!waits()) return;
        clearInterval(timer);
        response.writeHead(200, { 'content-length': file.length });
        response.end(file);
      }, 20);
      response.on('close', () => clearInterval(timer));
      return true;
    };
    const outcomes = await Promise.all(both.map(({ done }) => done));
    archive.fault = undefined;
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    expect(outcomes[0]?.root).toBe(outcomes[1]?.root);
    const pool = archive.requests.filter((path) => path.startsWith('pool/'));
    expect(pool.sort()).toEqual(['pool/main/lab_1_amd64.deb', 'pool/main/lib_1_amd64.deb']);
    expect(outcomes.flatMap(({ notes }) => notes).join()).toMatch(/waiting for another lab3 \(pid \d+\)/);
  });

  test('one that was killed in the middle leaves its lock and its half to the next', async () => {
    const killed = start('three');
    archive.fault = (request, response, file) => {
      if (!file || !request.url?.includes('lib_1')) return false;
      response.writeHead(200, { 'content-length': file.length });
      response.write(file.subarray(0, 1_000_000), () => setTimeout(() => killed.child.kill('SIGKILL'), 300));
      return true;
    };
    await killed.done;
    const ranges: unknown[] = [];
    archive.fault = (request) => {
      if (request.url?.includes('lib_1')) ranges.push(request.headers.range);
      return false;
    };
    const outcome = await start('three').done;
    archive.fault = undefined;
    expect(outcome.code).toBe(0);
    expect(ranges).toEqual([expect.stringMatching(/^bytes=\d{3,}-$/)]);
    expect(outcome.notes.join()).toContain(`waiting for another lab3 (pid ${killed.child.pid})`);
  });
});

const context = (cacheDir: string): Context => ({
  platform: process.platform,
  hostArch: process.arch === 'arm64' ? 'arm64' : 'amd64',
  env: process.env,
  cacheDir,
  emit: () => {},
  signal: new AbortController().signal,
});

/** Whether the archive that this computer would use answers. */
async function mirrorAnswers(): Promise<boolean> {
  try {
    const [main] = await chooseSources(context(''), 'trixie', undefined);
    const deadline = AbortSignal.any([AbortSignal.timeout(10_000)]);
    const options = { signal: deadline, attempts: 1, stallMs: 5_000 };
    return (await fetchSmall(`${main?.base}/dists/trixie/InRelease`, options)) !== undefined;
  } catch {
    return false;
  }
}
const mirror = requirePart(
  'a Debian mirror',
  await mirrorAnswers(),
  'the packages are read from a real archive',
);

describe.skipIf(!mirror)('Debian’s own archive', () => {
  test('yields the newest kernel of trixie, and again without the network', async () => {
    const online = context(join(folder, 'real'));
    const kernel = await provideKernel(online, { suite: 'trixie', arch: 'amd64' });
    expect(kernel.release).toMatch(/^6\.12\.\d+\+deb13-cloud-amd64$/);
    const image = await readFile(kernel.image);
    expect(image.toString('latin1', 0x202, 0x206)).toBe('HdrS');
    expect(image.includes(Buffer.from(kernel.release))).toBe(true);
    expect(kernel.packages.map(({ version }) => version)).toEqual(Array(4).fill(kernel.version));

    const offline = { ...online, env: { ...online.env, http_proxy: '' } };
    const fetched = globalThis.fetch;
    globalThis.fetch = () => Promise.reject(new Error('the network was asked'));
    try {
      expect(await provideKernel(offline, { suite: 'trixie', arch: 'amd64' })).toEqual(kernel);
      await rm(kernel.image);
      expect(await provideKernel(offline, { suite: 'trixie', arch: 'amd64' })).toEqual(kernel);
    } finally {
      globalThis.fetch = fetched;
    }
    const pinned = await provideKernel(online, { suite: 'trixie', arch: 'amd64', version: kernel.version });
    expect(pinned).toEqual(kernel);
    const gone = provideKernel(online, { suite: 'trixie', arch: 'amd64', version: '6.12.1-1' });
    await expect(gone).rejects.toMatchObject({ name: 'VersionGone', exitCode: 69 });
  });

  test.each<[Suite, Architecture]>([
    ['trixie', 'arm64'],
    ['bookworm', 'amd64'],
    ['bookworm', 'arm64'],
  ])('has a kernel and its compiler for %s on %s', async (suite, arch) => {
    const here = context(join(folder, 'real'));
    const kernel = await chooseRelease(here, { suite, arch });
    const quiet = { note: () => {}, bytes: () => {}, expect: () => {} };
    const archive = await openArchive(here, { suite, arch }, quiet);
    const packages = resolve(archive, toolchainPackages({ ...kernel, suite, arch }));
    expect(packages.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['make', ...kernel.names.slice(0, 2)]),
    );
    const megabytes = packages.reduce((sum, { size }) => sum + size, 0) / 2 ** 20;
    expect(megabytes).toBeLessThan(90);
  });

  test.each<[Suite, Architecture, Architecture]>([
    ['trixie', 'amd64', 'arm64'],
    ['trixie', 'arm64', 'amd64'],
    ['bookworm', 'amd64', 'arm64'],
    ['bookworm', 'arm64', 'amd64'],
  ])('has a cross compiler and kbuild’s programs for %s on %s, for %s', async (suite, machine, arch) => {
    const here = context(join(folder, 'real'));
    const { names } = await chooseRelease(here, { suite, arch });
    const quiet = { note: () => {}, bytes: () => {}, expect: () => {} };
    // Signed images follow the rest of their source by hours: kbuild may be newer than the kernel that comes with it.
    const kernel = resolve(await openArchive(here, { suite, arch }, quiet), { names, exclude: [] });
    const packages = kernel.map(({ name, version }) => ({ name, version, sha256: '' }));
    const archive = await openArchive(here, { suite, arch: machine }, quiet);
    const { kbuild, ...wanted } = crossToolchainPackages({ suite, arch, packages });
    const found = resolve(archive, { ...wanted, pin: { [kbuild.name]: kbuild.version } });
    const triple = arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86-64-linux-gnu';
    const compilers = found.filter(({ name }) => /^(gcc-\d+|binutils)-/.test(name)).map(({ name }) => name);
    expect(compilers).toContain(`binutils-${triple}`);
    expect(compilers.some((name) => name.startsWith('gcc-') && name.endsWith(triple))).toBe(true);
    expect(found.find(({ name }) => name === kbuild.name)).toMatchObject({ version: kbuild.version });
    expect(found.filter(({ name }) => /^linux-(image|headers)-|^libc6-dev/.test(name))).toEqual([]);
  });
});
