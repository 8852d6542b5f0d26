import { describe, expect, it } from 'vitest';
import {
  candidates,
  keepChoice,
  localAccelerators,
  obstacle,
  recallChoice,
} from '../../../../provision/guest/qemu/accelerator.ts';
import { makeContext } from '../../context.ts';

const qemu = {
  argv: ['C:\\Program Files\\qemu\\qemu.exe'],
  env: {},
  version: '10.0.0',
  source: 'path',
} as const;

describe('the accelerators of a computer', () => {
  it.each([
    ['linux', 'amd64', 'amd64', ['kvm', 'tcg']],
    ['darwin', 'amd64', 'amd64', ['hvf', 'tcg']],
    ['darwin', 'arm64', 'arm64', ['hvf', 'tcg']],
    ['darwin', 'arm64', 'amd64', ['tcg']],
    ['win32', 'amd64', 'amd64', ['whpx', 'tcg']],
    ['win32', 'arm64', 'arm64', ['whpx', 'tcg']],
    ['win32', 'amd64', 'arm64', ['tcg']],
    ['freebsd', 'amd64', 'amd64', ['tcg']],
  ] as const)(
    'on %s with %s are for guests of %s, best first: %j',
    async (platform, hostArch, arch, best) => {
      expect(candidates(await makeContext({ platform, hostArch }), arch)).toEqual(best);
    },
  );

  it.each(['hvf', 'whpx', 'tcg'] as const)('%s: whether it works, only a boot shows', async (accelerator) => {
    expect(await obstacle(accelerator)).toBeUndefined();
  });

  it('are asked again on another platform, though the cache came along', async () => {
    const context = await makeContext({ platform: 'win32' });
    const choice = { accelerator: 'whpx', attempts: [] } as const;
    const here = localAccelerators(context, qemu, 'amd64');
    await keepChoice(context, here, choice);
    expect(await recallChoice(context, here)).toEqual(choice);
    const there = localAccelerators({ ...context, platform: 'darwin' }, qemu, 'amd64');
    expect(await recallChoice(context, there)).toBeUndefined();
  });
});
