import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { virtmeObstacle } from '../../../bench/baselines/virtme-needs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab3-vng-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (name: string, status = 0) =>
  writeFile(join(folder, name), `#!/bin/sh\nexit ${status}\n`, { mode: 0o755 });
const obstacle = (more: object = {}) =>
  virtmeObstacle(
    { platform: 'linux', env: { PATH: folder }, ...more },
    { folders: [folder], udev: [join(folder, 'u')] },
  );

test.skipIf(process.platform === 'win32')(
  'each thing that is missing is named, one after the other',
  async () => {
    expect(await obstacle()).toContain('virtme-ng is not installed');
    await put('vng');
    expect(await obstacle()).toMatch(/no virtiofsd.*9p/);
    await put('virtiofsd', 1);
    expect(await obstacle()).toMatch(/virtiofsd does not start here.*9p/);
    await put('virtiofsd');
    expect(await obstacle()).toContain('install kmod');
    await put('depmod');
    expect(await obstacle()).toContain('install udev');
    await put('u');
    expect(await obstacle()).toBeUndefined();
  },
);

test('other systems have none', async () => {
  for (const name of ['vng', 'virtiofsd', 'depmod', 'u']) await put(name);
  expect(await obstacle({ platform: 'darwin' })).toContain('Linux');
});
