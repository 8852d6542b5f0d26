/**
 * Real machines by the rules of Windows and of macOS, on this computer: a person's name with spaces and letters of its
 * own in every path, the channels of that platform, its accelerator tried first, a state saved and taken up again.
 */
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Guest, GuestSpec } from '../../provision/guest/guest.ts';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import { findQemu } from '../../provision/host/qemu.ts';
import { requirePart } from '../require.ts';
import { sharedCache } from '../shared-cache.ts';
import { guestContract } from './guest-contract.ts';
import { type RealContext, realContext, trixieKernel } from './real-context.ts';

const linux = requirePart('Linux', process.platform === 'linux', 'QEMU from packages stands in for others');
const best = { win32: 'whpx', darwin: 'hvf' } as const;

const notes = ({ events }: RealContext) =>
  events.flatMap((event) => (event.type === 'step.note' ? event.text : []));

describe.skipIf(!linux).each(['win32', 'darwin'] as const)('by the rules of %s', (platform) => {
  let context: RealContext;
  let spec: GuestSpec;
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'lab3 Пані Ö, '));
    const cacheDir = join(home, 'lab3 cache');
    // What is in the shared cache, by a path of this person's; machines are saved in a folder of their own.
    await symlink(sharedCache, join(home, 'shared'));
    await makeCache(cacheDir);
    const shared = realContext({ env: { ...process.env, PATH: '' } });
    const kernel = await trixieKernel(shared);
    const image = join(cacheDir, relative(sharedCache, kernel.image));
    const { argv, env } = await findQemu(shared, kernel.arch);
    const wrapper = join(home, 'program files', 'qemu');
    await writeProgram(wrapper, argv);
    context = realContext({ platform, cacheDir, env: { ...process.env, ...env, LAB3_QEMU: wrapper } });
    spec = { kernel: { ...kernel, image }, vcpus: 2, memoryMiB: 256 };
  });

  afterAll(() => rm(home, { recursive: true, force: true }));

  async function makeCache(cacheDir: string): Promise<void> {
    await mkdir(cacheDir, { recursive: true });
    await mkdir(join(home, 'program files'));
    for (const name of await readdir(sharedCache))
      if (!['snapshots', 'accelerators', 'running', 'channels', 'screens', 'locks'].includes(name))
        await symlink(join(home, 'shared', name), join(cacheDir, name));
  }

  async function writeProgram(path: string, argv: readonly string[]): Promise<void> {
    await writeFile(path, `#!/bin/sh\nexec ${argv.map((word) => `'${word}'`).join(' ')} "$@"\n`);
    await chmod(path, 0o755);
  }

  it('tries its own accelerator, says why it is not taken, boots, and saves the machine', async () => {
    const guest = await startGuest(context, spec);
    expect(guest.info).toMatchObject({ accelerator: 'tcg', start: 'cold' });
    expect((await guest.stop()).text).toContain('end of log');
    // It ends before its lines stand, or after, where they are inherited.
    expect(notes(context)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${best[platform]} does not work here \\((QEMU ended, )?exit status 1, .*${best[platform]}`,
        ),
      ),
    ]);
    expect(await readdir(join(context.cacheDir, 'snapshots'))).toHaveLength(1);
  });

  describe('a machine that goes on from there', () => {
    guestContract({
      provider: 'qemu',
      hypervisor: /^QEMU emulator version \d+\.\d+/,
      start: async (): Promise<Guest> => {
        context.events.length = 0;
        const guest = await startGuest(context, spec);
        expect([guest.info.start, ...notes(context)]).toEqual(['restored']);
        return guest;
      },
    });
  });

  it('leaves no key, no picture and no machine behind', async () => {
    for (const name of ['channels', 'screens', 'running'])
      expect(await readdir(join(context.cacheDir, name)).catch(() => [])).toEqual([]);
  });
});
