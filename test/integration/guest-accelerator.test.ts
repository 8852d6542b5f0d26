/** Choosing an accelerator by real boots, where one of them hangs or no machine starts at all. */
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { candidates, localAccelerators, recallChoice } from '../../provision/guest/qemu/accelerator.ts';
import { probeAccelerators, startGuest } from '../../provision/guest/qemu/start.ts';
import { findQemu, type Qemu } from '../../provision/host/qemu.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { requirePart } from '../require.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const linux = requirePart('Linux', process.platform === 'linux', 'QEMU is wrapped in a shell script here');
let kernel: Kernel;
let real: Qemu;
let folder: string;
let program: string;
let own: typeof context;

beforeAll(async () => {
  kernel = await trixieKernel(context);
  real = await findQemu(context, context.hostArch);
});

beforeEach(async () => {
  // A path of its own, so that the answer remembered for it is its own.
  folder = await mkdtemp(join(tmpdir(), 'lab3-qemu-'));
  program = join(folder, 'qemu');
  own = realContext({ env: { ...process.env, ...real.env, LAB3_QEMU: program } });
  return () => rm(folder, { recursive: true, force: true });
});

afterAll(async () => {
  // Others may use this cache at the same time.
  const running = join(context.cacheDir, 'running');
  const entries = await Promise.all(
    (await readdir(running)).map((name) => readFile(join(running, name), 'utf8')),
  );
  expect(entries.filter((text) => JSON.parse(text).owner === process.pid)).toEqual([]);
});

/** A QEMU that does `script` first: `$*` are its arguments. */
async function qemuThat(script: string): Promise<void> {
  const words = real.argv.map((word) => `'${word}'`).join(' ');
  await writeFile(program, `#!/bin/sh\necho "$*" >>'${folder}/calls'\n${script}\nexec ${words} "$@"\n`);
  await chmod(program, 0o755);
}

const starts = async () => {
  const calls = await readFile(join(folder, 'calls'), 'utf8');
  return calls.split('\n').flatMap((line) => /-accel (\w+)/.exec(line)?.[1] ?? []);
};

// Each test counts boots.
const spec = () => ({ kernel, vcpus: 2, memoryMiB: 256, snapshot: false });

describe.skipIf(!linux || candidates(context, context.hostArch).length < 2)('the accelerator', () => {
  it('that hangs is given up, the emulator taken, and the answer remembered', async () => {
    await qemuThat('case "$*" in *"-accel kvm"*) exec sleep 1000 ;; esac');
    for (const _ of [1, 2]) {
      const guest = await startGuest(own, spec());
      expect(guest.info.accelerator).toBe('tcg');
      await guest.kill();
    }
    expect(await starts()).toEqual(['kvm', 'tcg', 'tcg']);
    const choice = await recallChoice(
      own,
      localAccelerators(own, await findQemu(own, kernel.arch), kernel.arch),
    );
    expect(choice).toEqual({
      accelerator: 'tcg',
      attempts: [
        { accelerator: 'kvm', works: false, reason: 'no sign of life within 8 s' },
        { accelerator: 'tcg', works: true, reason: 'a guest booted' },
      ],
    });
  });

  it('that QEMU refuses is passed over with QEMU’s words, and asked again on request', async () => {
    await qemuThat('case "$*" in *"-accel kvm"*) echo "qemu: no such luck" >&2; exit 1 ;; esac');
    const choice = await probeAccelerators(own, spec());
    expect(choice.attempts[0]).toMatchObject({
      works: false,
      reason: expect.stringContaining('no such luck'),
    });
    await probeAccelerators(own, spec());
    expect(await starts()).toEqual(['kvm', 'tcg']);
    await probeAccelerators(own, spec(), { reprobe: true });
    expect(await starts()).toEqual(['kvm', 'tcg', 'kvm', 'tcg']);
  });
});

describe.skipIf(!linux)('a machine that does not start', () => {
  it('is tried once more and then said to be the computer’s fault', async () => {
    await qemuThat('case "$*" in *-accel*) echo "cannot set up guest memory" >&2; exit 1 ;; esac');
    await expect(startGuest(own, spec(), { accelerator: 'tcg' })).rejects.toMatchObject({
      name: 'GuestDidNotStart',
      fault: 'computer',
      exitCode: 69,
      message: expect.stringContaining('cannot set up guest memory'),
    });
    expect(await starts()).toEqual(['tcg', 'tcg']);
  });

  it('at first but then does, is as good as any', async () => {
    await qemuThat(
      `case "$*" in *-accel*) [ -e '${folder}/once' ] || { : >'${folder}/once'; exit 1; } ;; esac`,
    );
    const guest = await startGuest(own, spec(), { accelerator: 'tcg' });
    await guest.stop();
    expect(await starts()).toEqual(['tcg', 'tcg']);
  });

  it('with all its processors is not taken', async () => {
    await qemuThat('');
    const half = { ...spec(), cmdline: ['maxcpus=1', 'possible_cpus=1'] };
    await expect(startGuest(own, half, { accelerator: 'tcg' })).rejects.toMatchObject({
      name: 'GuestDidNotStart',
      message: expect.stringContaining('1 of 2 processors came up'),
    });
  });

  it('because its kernel panics at once says so', async () => {
    await qemuThat('');
    const broken = { ...spec(), cmdline: ['rdinit=/no/such/init', 'root=/dev/none'] };
    await expect(startGuest(own, broken, { accelerator: 'tcg' })).rejects.toMatchObject({
      name: 'GuestDidNotStart',
      message: expect.stringContaining('kernel panic: '),
      params: { console: { text: expect.stringContaining('Kernel panic') } },
    });
  });
});
