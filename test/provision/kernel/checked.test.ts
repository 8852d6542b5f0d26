import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kernelModules } from '../../../provision/guest/kernel-modules.ts';
import { estimateBuild, isCurrent, provideCheckedKernel } from '../../../provision/kernel/checked.ts';
import { asKernel, storedKernels, storeKernel } from '../../../provision/kernel/checked-store.ts';
import { configSha256 } from '../../../provision/kernel/kernel-config.ts';
import { makeContext } from '../context.ts';
import { stock, storeSmall } from './stored-kernel.ts';

const request = { kind: 'checked', stock } as const;

describe('the checked kernel', () => {
  test('that is missing is an error that says how long it takes and both ways to one', async () => {
    const error = await provideCheckedKernel(await makeContext(), request).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'CheckedKernelMissing',
      fault: 'computer',
      message: expect.stringMatching(/no checked kernel of Linux 6\.12\.117-1 for amd64.*about \d+ minutes?/),
      hint: expect.stringMatching(/lab3 kernel build --kind checked.*lab3 kernel import FILE/),
    });
  });

  test('is taken from the cache, with headers and without modules of its own', async () => {
    const context = await makeContext();
    const { folder } = await storeSmall(context);
    const kernel = await provideCheckedKernel(context, request);
    expect(kernel).toMatchObject({
      kind: 'checked',
      release: '6.12.117-lab3-checked-amd64',
      image: join(folder, 'vmlinuz'),
      headers: {
        name: 'linux-headers-6.12.117-lab3-checked-amd64',
        path: join(folder, 'headers.deb'),
        size: 7,
      },
    });
    expect(context.events).toEqual([]);
    expect(await kernelModules(kernel, ['virtio_blk'])).toEqual([]);
  });

  test('of the same version and configuration is preferred, then of the same version, then the newest', async () => {
    const context = await makeContext();
    const version = async () => (await provideCheckedKernel(context, request)).version;
    await storeSmall(context, { version: '6.12.9-1', release: '6.12.9-lab3-checked-amd64' });
    expect(await version()).toBe('6.12.9-1');
    await storeSmall(context, { version: '6.12.107-1', release: '6.12.107-lab3-checked-amd64' });
    expect(await version()).toBe('6.12.107-1');
    expect(context.events).toContainEqual({
      type: 'warning',
      text: expect.stringContaining('of Linux 6.12.107-1, the other one of 6.12.117-1'),
    });
    expect(await isCurrent(await storeSmall(context))).toBe(false);
    expect(await version()).toBe('6.12.117-1');
    const config = await configSha256('checked', stock);
    const best = await storeSmall(context, { config });
    expect(await isCurrent(best)).toBe(true);
    expect(await provideCheckedKernel(context, request)).toEqual(asKernel(best));
  });

  test('of another kind, suite or architecture is not taken', async () => {
    const context = await makeContext();
    await storeSmall(context, { kind: 'kasan' });
    await storeSmall(context, { arch: 'arm64' });
    await storeSmall(context, { suite: 'bookworm' });
    await expect(provideCheckedKernel(context, request)).rejects.toMatchObject({
      name: 'CheckedKernelMissing',
    });
  });

  test('whose files were changed, or whose manifest cannot be read, is not there', async () => {
    const context = await makeContext();
    const { folder } = await storeSmall(context);
    await appendFile(join(folder, 'headers.deb'), 'x');
    expect(await storedKernels(context)).toEqual([]);
    const other = await storeSmall(context, { kind: 'kasan' });
    const manifest = join(other.folder, 'manifest.json');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('6.12.117-lab3', '../../6.12'));
    expect(await storedKernels(context)).toEqual([]);
  });

  test('that could not be written leaves nothing', async () => {
    const context = await makeContext();
    const failing = storeKernel(context, async (folder) => {
      await writeFile(join(folder, 'vmlinuz'), 'half');
      throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
    await expect(failing).rejects.toMatchObject({ name: 'DiskFull' });
    expect(await readdir(join(context.cacheDir, 'checked-kernels'))).toEqual([]);
    // What a lab3 left that was killed goes with the next; what one is at work on stays.
    const names = ['new.4194305-ab.tmp', `new.${process.pid}-ab.tmp`];
    for (const name of names) await mkdir(join(context.cacheDir, 'checked-kernels', name));
    expect(await storedKernels(context)).toEqual([]);
    const { folder } = await storeSmall(context);
    expect((await readdir(join(context.cacheDir, 'checked-kernels'))).sort()).toEqual(
      [basename(folder), names[1]].sort(),
    );
  });

  test('takes longer on fewer cores', () => {
    expect(estimateBuild('checked', 1).seconds).toBeGreaterThan(estimateBuild('checked', 2).seconds);
    expect(estimateBuild('checked', 2).seconds).toBeLessThan(360);
  });
});
