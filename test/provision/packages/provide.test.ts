import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as openpgp from 'openpgp';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type PackageRequest, providePackages } from '../../../provision/packages/provide.ts';
import { makeContext, type TestContext } from '../context.ts';
import { LocalArchive, sha256 } from './local-archive.ts';

// Generous: the deadlines that matter are the client's own.
vi.setConfig({ testTimeout: 60_000 });

let archive: LocalArchive;
let context: TestContext;
const impatient = { attempts: 3, pauseMs: 1, stallMs: 2_000 };

beforeEach(async () => {
  archive = await LocalArchive.start();
  await archive.publish([
    { name: 'lab', version: '2', depends: 'lib (>= 1)' },
    { name: 'lib', files: [{ name: './lib', content: Buffer.alloc(300_000, 'lib') }] },
    { name: 'other' },
  ]);
});
afterEach(() => archive.stop());

async function provide(more: Partial<PackageRequest> = {}) {
  return providePackages(context, {
    suite: 'trixie',
    arch: 'amd64',
    names: ['lab'],
    label: 'test',
    mirror: archive.url,
    keys: archive.keys,
    network: impatient,
    ...more,
  });
}
const failure = (more: Partial<PackageRequest> = {}) =>
  provide(more).then(
    () => {
      throw new Error('it did not fail');
    },
    (error) => error,
  );
const notes = () => context.events.flatMap((event) => (event.type === 'step.note' ? [event.text] : []));
const libPath = 'pool/main/lib_1_amd64.deb';
const libFile = () => archive.files.get(libPath) ?? Buffer.alloc(0);
const libBlob = () => join(context.cacheDir, 'blobs', sha256(libFile()));

beforeEach(async () => {
  context = await makeContext();
});

describe('packages', () => {
  test('come with what they need, verified, and the events tell how far', async () => {
    const debs = await provide();
    expect(debs.map(({ name, version }) => `${name} ${version}`)).toEqual(['lab 2', 'lib 1']);
    for (const deb of debs) expect(sha256(await readFile(deb.path))).toBe(deb.sha256);
    expect(context.events.at(-1)).toMatchObject({ type: 'step.end', summary: '2 packages, 0.3 MiB' });
    const progress = context.events.filter((event) => event.type === 'step.progress');
    expect(progress.at(-1)).toMatchObject({ unit: 'bytes' });
    expect(progress.at(-1)?.done).toBe(progress.at(-1)?.total);
    expect(await readdir(join(context.cacheDir, 'indexes'))).toHaveLength(1);
  });

  test('come from updates and security too, the newest of all', async () => {
    await archive.publish([{ name: 'lib', version: '1+deb13u1' }], { dist: 'trixie-updates' });
    await archive.publish([{ name: 'lab', version: '3', depends: 'lib' }], { dist: 'trixie-security' });
    const debs = await provide({ mirror: `${archive.url} ${archive.url}` });
    expect(debs.map(({ name, version }) => `${name} ${version}`)).toEqual(['lab 3', 'lib 1+deb13u1']);
  });

  test('that are there already are not asked for again: nothing is', async () => {
    await provide();
    await archive.stop();
    const before = archive.requests.length;
    const debs = await provide();
    expect(debs).toHaveLength(2);
    expect(archive.requests).toHaveLength(before);
    expect(context.events.at(-1)).toMatchObject({ summary: '2 packages, 0.3 MiB, from the cache' });
  });

  test('stay the same until they are asked for anew', async () => {
    await provide();
    await archive.publish([{ name: 'lab', version: '9' }]);
    expect((await provide()).map(({ version }) => version)).toEqual(['2', '1']);
    expect((await provide({ refresh: true })).map(({ version }) => version)).toEqual(['9']);
    expect((await provide()).map(({ version }) => version)).toEqual(['9']);
  });

  test('that left the mirror are taken from the cache when a pin wants them', async () => {
    await provide();
    await archive.publish([
      { name: 'lab', version: '9' },
      { name: 'app', depends: 'lib (= 1)' },
    ]);
    const debs = await provide({ names: ['lab', 'app'], pin: { lab: '2' }, refresh: true });
    expect(debs.map(({ name, version }) => `${name} ${version}`)).toEqual(['app 1', 'lab 2', 'lib 1']);
    expect(await failure({ pin: { lab: '7' }, refresh: true })).toMatchObject({ name: 'VersionGone' });
    expect(await failure({ names: ['nothing'] })).toMatchObject({ name: 'PackageNotFound' });
  });
});

describe('the signature', () => {
  const refused = { name: 'ReleaseNotSigned', exitCode: 69 };
  test('must be of a known key', async () => {
    expect(await failure({ keys: undefined })).toMatchObject(refused);
    const { privateKey } = await openpgp.generateKey({ userIDs: [{ name: 'Eve' }], format: 'object' });
    archive.files.set(
      'dists/trixie/InRelease',
      await archive.sign('Codename: trixie\nSHA256:\n', privateKey),
    );
    expect(await failure()).toMatchObject(refused);
    expect(await readdir(context.cacheDir)).not.toContain('blobs');
  });

  test('must fit the text', async () => {
    const text = archive.files.get('dists/trixie/InRelease')?.toString() ?? '';
    archive.files.set('dists/trixie/InRelease', Buffer.from(text.replace('Origin: Test', 'Origin: Tost')));
    expect(await failure()).toMatchObject(refused);
  });

  test('of another suite does not count', async () => {
    await archive.publish([{ name: 'lab' }], { codename: 'bookworm' });
    expect(await failure()).toMatchObject({ name: 'ReleaseOfOtherSuite' });
  });

  test('that has expired does not count', async () => {
    await archive.publish([{ name: 'lab' }], { validUntil: new Date('2020-01-01') });
    // Not Linux: there the computer's own apt may have been told to take expired indexes.
    context = { ...context, platform: 'darwin' };
    const error = await failure();
    expect(error).toMatchObject({ name: 'ReleaseExpired' });
    expect(error.message).toContain('2020-01-01');
  });
});

describe('a mirror', () => {
  test('that dies in the middle is continued where it stopped', async () => {
    let cuts = 0;
    const ranges: (string | undefined)[] = [];
    archive.fault = (request, response, file) => {
      if (!file || !request.url?.endsWith(libPath)) return false;
      ranges.push(request.headers.range);
      if (cuts === 2) return false;
      cuts += 1;
      const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
      response.writeHead(start > 0 ? 206 : 200, {
        'content-length': file.length - start,
        ...(start > 0 ? { 'content-range': `bytes ${start}-${file.length - 1}/${file.length}` } : {}),
      });
      response.write(file.subarray(start, start + 100_000), () => setTimeout(() => response.destroy(), 50));
      return true;
    };
    const debs = await provide();
    expect(sha256(await readFile(debs[1]?.path ?? ''))).toBe(debs[1]?.sha256);
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=200000-']);
  });

  test('that ignores ranges is read from the beginning', async () => {
    let first = true;
    archive.fault = (request, response, file) => {
      if (!file || !request.url?.endsWith(libPath)) return false;
      response.writeHead(200, { 'content-length': file.length });
      if (first) response.write(file.subarray(0, 1000), () => setTimeout(() => response.destroy(), 50));
      else response.end(file);
      first = false;
      return true;
    };
    const debs = await provide();
    expect(sha256(await readFile(debs[1]?.path ?? ''))).toBe(debs[1]?.sha256);
  });

  test('that stays away is an error of the computer, and the next attempt goes on', async () => {
    archive.fault = (request, response, file) => {
      if (!file || !request.url?.endsWith(libPath) || request.headers.range) return false;
      response.writeHead(200, { 'content-length': file.length });
      response.write(file.subarray(0, 1000), () => setTimeout(() => response.destroy(), 50));
      setTimeout(() => {
        archive.fault = (again, later) => {
          if (!again.url?.endsWith(libPath)) return false;
          later.destroy();
          return true;
        };
      }, 1);
      return true;
    };
    const error = await failure();
    expect(error).toMatchObject({ name: 'MirrorUnreachable', exitCode: 69 });
    expect(error.message).toContain(libPath);
    expect((await stat(`${libBlob()}.part`)).size).toBe(1000);
    const ranges: unknown[] = [];
    archive.fault = (request) => {
      if (request.url?.endsWith(libPath)) ranges.push(request.headers.range);
      return false;
    };
    await provide();
    expect(ranges).toEqual(['bytes=1000-']);
  });

  test('that stalls is given up', async () => {
    archive.fault = (request) => request.url?.endsWith('InRelease') ?? false;
    const error = await failure({ network: { attempts: 2, pauseMs: 1, stallMs: 100 } });
    expect(error).toMatchObject({ name: 'MirrorUnreachable' });
    expect(error.message).toContain('no answer');
  });

  test('that is not there is an error that says so; a proxy that is not used is named', async () => {
    await archive.stop();
    const error = await failure();
    expect(error).toMatchObject({ name: 'MirrorUnreachable', exitCode: 69 });
    expect(error.message).toContain('refused');
    context = { ...context, env: { https_proxy: 'http://proxy.example:3128' } };
    expect((await failure()).message).toContain('https_proxy');
  });

  test('that is busy is asked again', async () => {
    let busy = 2;
    archive.fault = (_, response) => {
      if (busy === 0) return false;
      busy -= 1;
      response.writeHead(503).end();
      return true;
    };
    expect(await provide()).toHaveLength(2);
  });

  test('without a suite is an error; without updates and security it is used all the same', async () => {
    await provide();
    expect(notes().join()).toContain('has no trixie-updates');
    archive.files.delete('dists/trixie/InRelease');
    expect(await failure({ refresh: true })).toMatchObject({ name: 'MirrorLacksFile' });
  });

  test('that replaced a package meanwhile has its index read again, once', async () => {
    archive.fault = (request, response) => {
      if (!request.url?.endsWith('lab_2_amd64.deb')) return false;
      void archive.publish([{ name: 'lab', version: '3' }]).then(() => response.writeHead(404).end());
      return true;
    };
    expect((await provide()).map(({ version }) => version)).toEqual(['3']);
    expect(notes().join()).toContain('reading its index again');
  });

  test('that lacks a package for good is an error', async () => {
    archive.files.delete(libPath);
    expect(await failure()).toMatchObject({ name: 'MirrorLacksFile', exitCode: 69 });
  });
});

describe('a checksum that is wrong', () => {
  test('once is mended by another download', async () => {
    let first = true;
    archive.fault = (request, response, file) => {
      if (!first || !file || !request.url?.endsWith(libPath)) return false;
      first = false;
      response.writeHead(200).end(Buffer.alloc(file.length, 'x'));
      return true;
    };
    const debs = await provide();
    expect(sha256(await readFile(debs[1]?.path ?? ''))).toBe(debs[1]?.sha256);
  });

  test('twice is an error that names file and sums, and nothing of it stays', async () => {
    const expected = sha256(libFile());
    const blob = libBlob();
    archive.files.set(libPath, Buffer.alloc(libFile().length, 'x'));
    const error = await failure();
    expect(error).toMatchObject({ name: 'WrongChecksum', exitCode: 69 });
    expect(error.message).toContain(expected);
    await expect(stat(`${blob}.part`)).rejects.toThrow();
    await expect(stat(blob)).rejects.toThrow();
  });

  test('of an index is an error', async () => {
    for (const [path, file] of archive.files) {
      if (/Packages|SHA256/.test(path)) archive.files.set(path, Buffer.alloc(file.length));
    }
    expect(await failure()).toMatchObject({ name: 'WrongChecksum' });
  });
});

describe('a cache', () => {
  test.each(['changed', 'cut short', 'removed'])('in which a file was %s gets it again', async (how) => {
    const [, lib] = await provide();
    const path = lib?.path ?? '';
    const good = await readFile(path);
    if (how === 'removed') await rm(path);
    else await writeFile(path, how === 'changed' ? Buffer.alloc(good.length, 'x') : good.subarray(0, 10));
    archive.requests.length = 0;
    await provide();
    expect(await readFile(path)).toEqual(good);
    expect(archive.requests).toEqual([libPath]);
  });

  test('whose notes are damaged is filled again', async () => {
    await provide();
    for (const folder of ['selections', 'indexes']) {
      for (const name of await readdir(join(context.cacheDir, folder))) {
        await writeFile(join(context.cacheDir, folder, name), '{"format":1,');
      }
    }
    expect(await provide({ names: ['lab', 'other'] })).toHaveLength(3);
    expect(await provide()).toHaveLength(2);
  });

  test('that cannot be written serves what it has', async () => {
    await provide();
    const folders = ['', 'blobs', 'selections', 'indexes', 'locks'].map((name) =>
      join(context.cacheDir, name),
    );
    const before = await Promise.all(folders.map((folder) => readdir(folder)));
    for (const folder of folders) await chmod(folder, 0o555);
    try {
      expect(await provide()).toHaveLength(2);
      expect(await Promise.all(folders.map((folder) => readdir(folder)))).toEqual(before);
    } finally {
      for (const folder of folders) await chmod(folder, 0o755);
    }
  });

  test('on a path that cannot be a folder is an error that names it', async () => {
    const file = join(context.cacheDir, 'file');
    await writeFile(file, '');
    context = { ...context, cacheDir: join(file, 'cache') };
    expect(await failure()).toMatchObject({ name: 'NotWritable', exitCode: 69 });
  });
});

test('Ctrl-C ends it at once, with the lock given back', async () => {
  const interrupt = new AbortController();
  const plain = context;
  context = { ...plain, signal: interrupt.signal };
  archive.fault = (request) => {
    if (!request.url?.endsWith(libPath)) return false;
    interrupt.abort();
    return true;
  };
  expect(await failure()).toMatchObject({ name: 'Interrupted', exitCode: 130 });
  expect((await readdir(join(plain.cacheDir, 'locks'))).filter((name) => name.endsWith('.lock'))).toEqual([]);
  archive.fault = undefined;
  context = plain;
  expect(await provide()).toHaveLength(2);
});
