import { describe, expect, it } from 'vitest';
import {
  type AcceleratorChoice,
  candidates,
  keepChoice,
  localAccelerators,
  obstacle,
  recallChoice,
  standingChoice,
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

describe('an answer that is remembered', () => {
  const day = 24 * 60 * 60_000;
  const kept = async (choice: AcceleratorChoice) => {
    const context = await makeContext({ platform: 'linux' });
    const accelerators = localAccelerators(context, qemu, 'amd64');
    await keepChoice(context, accelerators, choice);
    return (obstacle: string | undefined, now: number) =>
      standingChoice(context, accelerators, async () => obstacle, now);
  };
  const refused = (foreseen: boolean): AcceleratorChoice => ({
    accelerator: 'tcg',
    attempts: [
      { accelerator: 'kvm', works: false, reason: 'no', ...(foreseen ? { foreseen } : {}) },
      { accelerator: 'tcg', works: true, reason: 'a guest booted' },
    ],
  });

  it('holds for good where hardware works', async () => {
    const ask = await kept({
      accelerator: 'kvm',
      attempts: [{ accelerator: 'kvm', works: true, reason: '' }],
    });
    expect(await ask('gone', Date.now() + 100 * day)).toMatchObject({ accelerator: 'kvm' });
  });

  it('holds for a day where it did not', async () => {
    const ask = await kept(refused(false));
    expect(await ask(undefined, Date.now() + day / 2)).toMatchObject({ accelerator: 'tcg' });
    expect(await ask(undefined, Date.now() + 2 * day)).toBeUndefined();
  });

  it('holds no longer than what stood in the way', async () => {
    const ask = await kept(refused(true));
    expect(await ask('there is no /dev/kvm', Date.now())).toMatchObject({ accelerator: 'tcg' });
    expect(await ask(undefined, Date.now())).toBeUndefined();
  });
});
