import { join } from 'node:path';
import { expect, it } from 'vitest';
import { qemuPath } from '../../../../provision/guest/qemu/paths.ts';

const cacheDir = join('/', 'home', 'Пані О', 'cache');
const inside = join(cacheDir, 'kernels', 'vmlinuz');

it('a file of the cache is named from there on Windows, whatever the person is called', () => {
  expect(qemuPath({ platform: 'win32', cacheDir }, inside)).toBe(join('kernels', 'vmlinuz'));
});

it.each([join('/', 'elsewhere', 'fw.fd'), join(cacheDir, '..', 'cache2', 'x'), cacheDir])(
  'what lies elsewhere keeps its path: %s',
  (file) => {
    expect(qemuPath({ platform: 'win32', cacheDir }, file)).toBe(file);
  },
);

it.each(['linux', 'darwin'] as const)('%s reads every path', (platform) => {
  expect(qemuPath({ platform, cacheDir }, inside)).toBe(inside);
});
