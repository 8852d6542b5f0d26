import { describe, expect, it } from 'vitest';
import { checkDisk, checkMemory, checkNode, checkVirtualisation } from '../../../cli/doctor/computer.ts';

const GiB = 1024 ** 3;

describe('this computer', () => {
  it('needs a Node that is new enough', () => {
    expect(['v20.19.0', 'v22.0.0', 'v24.1.2'].map((version) => checkNode(version, 'apt').state)).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
    expect(checkNode('v20.18.3', 'brew')).toMatchObject({
      state: 'broken',
      needed: true,
      mend: 'brew install node',
    });
    expect(checkNode('v18.20.0', 'winget').mend).toBe('winget install --exact --id OpenJS.NodeJS.LTS');
  });

  it('needs room on the disk, less of it when the cache is filled', () => {
    expect(checkDisk(10 * GiB, 0, '/c').state).toBe('ok');
    expect(checkDisk(0.5 * GiB, 0, '/c')).toMatchObject({
      state: 'broken',
      needed: true,
      mend: 'free 1.0 GiB, or choose another disk with LAB3_CACHE=FOLDER',
    });
    expect(checkDisk(0.5 * GiB, 1.2 * GiB, '/c').state).toBe('ok');
  });

  it('needs memory, and tells a small computer from a busy one', () => {
    expect(checkMemory(4 * GiB, 8 * GiB).state).toBe('ok');
    expect(checkMemory(0.2 * GiB, 8 * GiB)).toMatchObject({ state: 'broken', needed: false });
    expect(checkMemory(0.2 * GiB, 0.5 * GiB)).toMatchObject({ state: 'broken', needed: true });
  });
});

describe('virtualisation', () => {
  const seen = { processor: undefined, nested: false };

  it('is never needed: without it the machine is emulated', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const)
      for (const kvm of ['open', 'absent', 'denied'] as const)
        for (const processor of [true, false, undefined])
          expect(checkVirtualisation({ processor, nested: false, kvm }, platform, 'apt').needed).toBe(false);
  });

  it.each([
    [{ ...seen, kvm: 'open' as const }, 'linux' as const, 'ok', undefined],
    [{ ...seen, kvm: 'denied' as const }, 'linux' as const, 'broken', /usermod -aG kvm/],
    [{ processor: true, nested: false, kvm: 'absent' as const }, 'linux' as const, 'missing', /modprobe kvm/],
    [{ processor: false, nested: true, kvm: 'absent' as const }, 'linux' as const, 'missing', /nested/],
    [{ processor: false, nested: false, kvm: 'absent' as const }, 'linux' as const, 'missing', /VT-x/],
    [{ processor: true, nested: false }, 'darwin' as const, 'ok', undefined],
    [{ processor: false, nested: false }, 'darwin' as const, 'missing', /works without/],
    // As WSL or Docker Desktop leave it: a hypervisor runs, and not the feature that QEMU wants.
    [{ processor: true, nested: false, whpx: false }, 'win32' as const, 'missing', /HypervisorPlatform/],
    [
      { processor: false, nested: false, whpx: false },
      'win32' as const,
      'missing',
      /HypervisorPlatform \/all$/,
    ],
    [{ processor: false, nested: false, whpx: true }, 'win32' as const, 'missing', /VT-x/],
    [{ processor: true, nested: false, whpx: true }, 'win32' as const, 'ok', undefined],
    [{ processor: undefined, nested: false, whpx: true }, 'win32' as const, 'ok', undefined],
  ])('%j on %s is %s', (found, platform, state, mend) => {
    const check = checkVirtualisation(found, platform, 'apt');
    expect(check.state).toBe(state);
    if (mend === undefined) expect(check.mend).toBeUndefined();
    else expect(check.mend).toMatch(mend);
  });
});
