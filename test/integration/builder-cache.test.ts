/** What was built is kept: by source, kernel and builder, whole or not at all. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildModule } from '../../provision/builder/build.ts';
import { sandboxBuilder } from '../../provision/builder/sandbox/sandbox.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { requirePart } from '../require.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const { ok, reason } = await sandboxBuilder(context).available();

describe.skipIf(!requirePart('builder sandbox', ok, reason))('the cache of builds', () => {
  let kernel: Kernel;
  let folder: string;
  beforeAll(async () => {
    kernel = await trixieKernel(context);
    folder = await mkdtemp(path.join(tmpdir(), 'lab3-cache-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A text that no run of this test has built before. */
  const stamp = `/* ${new Date().toISOString()} */\n`;
  const text = (more: string) => `${stamp}#include <linux/module.h>\n${more}MODULE_LICENSE("GPL");\n`;
  const build = async (wanted: 'sandbox' | 'vm' | 'auto', more = '') => {
    await writeFile(path.join(folder, 'lab3.c'), text(more));
    return buildModule(context, wanted, await readModuleSource(folder), kernel);
  };

  test('unchanged source is not compiled again, changed source is', async () => {
    const first = await build('sandbox');
    expect(first.record).toMatchObject({ cached: false, builder: 'sandbox' });
    const again = await build('sandbox');
    expect(again.record).toEqual({ ...first.record, cached: true, elapsedMs: expect.any(Number) });
    expect(Buffer.compare(again.ko, first.ko)).toBe(0);
    expect((await build('sandbox', 'int lab3_x;\n')).record.cached).toBe(false);
  });

  test('`auto` takes what any builder made, since all make the same', async () => {
    expect((await build('auto')).record).toMatchObject({ cached: true, builder: 'sandbox' });
  });

  test('a damaged module in the cache is built again', async () => {
    const builds = path.join(context.cacheDir, 'builds');
    for (const key of await readdir(builds)) await writeFile(path.join(builds, key, 'sandbox.ko'), 'damaged');
    expect((await build('sandbox')).record.cached).toBe(false);
    expect((await build('sandbox')).record.cached).toBe(true);
  });

  test('a fault of the module is not kept', async () => {
    for (const _time of [1, 2]) {
      await expect(build('sandbox', 'int x = y;\n')).rejects.toMatchObject({ name: 'ModuleDoesNotCompile' });
    }
  });
});
