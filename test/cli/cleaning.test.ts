import { link, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { diskUsage, findLeftovers, removeAll } from '../../cli/cleaning.ts';
import { makeContext } from '../../cli/context.ts';
import type { Context } from '../../provision/context.ts';

let home: string;
let context: Context;
const controller = () => new AbortController();

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lab3-clean-'));
  context = await makeContext({
    platform: 'linux',
    arch: 'x64',
    // No engine: containers and images are tested where there is one.
    env: { LAB3_CACHE: 'cache', DOCKER_HOST: 'tcp://127.0.0.1:1', HOME: home, XDG_RUNTIME_DIR: home },
    cwd: home,
    emit: () => undefined,
    signal: controller().signal,
  });
});
afterEach(() => rm(home, { recursive: true, force: true }));

const cacheOnly = async () => (await findLeftovers(context)).filter(({ kind }) => kind === 'cache');

it('counts a file with two names once', async () => {
  await writeFile(join(home, 'a'), Buffer.alloc(1 << 20));
  const before = await diskUsage(home, controller().signal);
  await link(join(home, 'a'), join(home, 'b'));
  expect(await diskUsage(home, controller().signal)).toBe(before);
  expect(before).toBeGreaterThanOrEqual(1 << 20);
});

it('removes a cache with all that is in it, and the folder', async () => {
  await mkdir(join(home, 'cache/trees/deep'), { recursive: true });
  await writeFile(join(home, 'cache/trees/deep/file'), 'x');
  const found = await cacheOnly();
  expect(found).toMatchObject([{ kind: 'cache', name: join(home, 'cache') }]);
  await removeAll(context, found);
  expect(await readdir(home)).toEqual([]);
  expect(await cacheOnly()).toEqual([]);
});

it('leaves a cache alone in which another lab3 is at work', async () => {
  const lock = join(home, 'cache/locks/tree-x.lock');
  await mkdir(lock, { recursive: true });
  await writeFile(join(home, 'cache/locks/tree-x.pid'), '4711\n');
  await expect(findLeftovers(context)).rejects.toMatchObject({
    name: 'CacheLocked',
    message: expect.stringContaining('4711'),
  });
  // One that nobody has refreshed is left over itself.
  const old = new Date(Date.now() - 60_000);
  await utimes(lock, old, old);
  expect(await cacheOnly()).toHaveLength(1);
});

it('can be taken up again after it was interrupted', async () => {
  await writeFile(join(home, 'cache/blob'), 'x');
  const interrupted = controller();
  const found = await findLeftovers({ ...context, signal: interrupted.signal });
  interrupted.abort();
  await expect(removeAll({ ...context, signal: interrupted.signal }, found)).rejects.toMatchObject({
    name: 'Interrupted',
  });
  expect(await cacheOnly()).toHaveLength(1);
});

it('removes all else where the machine of Vagrant cannot be removed, but not what Vagrant knows of it', async () => {
  await mkdir(join(home, 'cache/vagrant/.vagrant'), { recursive: true });
  await mkdir(join(home, 'cache/trees/deep'), { recursive: true });
  const found = (await findLeftovers(context)).filter(({ kind }) => kind === 'machine' || kind === 'cache');
  expect(found.map(({ kind }) => kind)).toEqual(['machine', 'cache']);
  // There is no Vagrant on this PATH.
  await expect(removeAll(context, found)).rejects.toMatchObject({
    name: 'MachineStays',
    message: expect.stringContaining('no vagrant on the PATH'),
    hint: expect.stringContaining(join(home, 'cache', 'vagrant')),
  });
  expect((await readdir(join(home, 'cache'))).filter((name) => !name.startsWith('CACHEDIR'))).toEqual([
    'vagrant',
  ]);
});
