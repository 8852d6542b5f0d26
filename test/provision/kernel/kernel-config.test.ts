import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { architectures, checkedKinds } from '../../../lab/names.ts';
import { kernelConfig, kernelFile, recipeRevision } from '../../../provision/kernel/kernel-config.ts';

const kernels = checkedKinds.flatMap((kind) => architectures.map((arch) => ({ kind, arch })));

describe.each(kernels)('the $kind kernel of $arch', ({ kind, arch }) => {
  test('names each setting once, in lines that kconfig reads', async () => {
    const text = await kernelConfig(kind, { arch, version: '6.12.117-1' });
    const settings = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of settings) expect(line).toMatch(/^CONFIG_[A-Z0-9_]+=("[\w.-]*"|[yn]|\d+)$/);
    const names = settings.map((line) => line.split('=')[0]);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(text).toContain(`CONFIG_LOCALVERSION="-lab3-${kind}-${arch}"`);
    // What the guest's init and the builders rely on.
    for (const name of [
      'MODULES',
      'VIRTIO_CONSOLE',
      'VIRTIO_BLK',
      'DEVTMPFS',
      'DEBUG_FS',
      'BLK_DEV_INITRD',
      'KALLSYMS',
    ])
      expect(settings).toContain(`CONFIG_${name}=y`);
  });
});

test('a setting that an older source does not know is left out of it', async () => {
  const setting = 'CONFIG_HARDLOCKUP_DETECTOR_PREFER_BUDDY=y';
  expect(await kernelConfig('checked', { arch: 'amd64', version: '6.12.117-1' })).toContain(setting);
  expect(await kernelConfig('checked', { arch: 'amd64', version: '6.1.192-2' })).not.toContain(setting);
});

// An edit of the recipe that makes another kernel must make everybody build it, and one that does not must not. Which of
// the two it is nobody but its author knows: say it in `recipeRevision`, then record both here.
test('the recipe was not edited without a thought for its revision', async () => {
  const recipe = (await kernelFile('build.sh')).replaceAll('\r\n', '\n');
  expect({ revision: recipeRevision, sha256: createHash('sha256').update(recipe).digest('hex') }).toEqual({
    revision: 5,
    sha256: 'ce72ae775b276a7567c9189d7b32b46cff29cf4bb498eaf97db6ef7082f33220',
  });
});
