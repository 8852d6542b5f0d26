/** Machines that panic, hang, flood, die or lose their owner: each told apart, none left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Guest } from '../../provision/guest/guest.ts';
import { buildInitramfs } from '../../provision/guest/initramfs.ts';
import { QemuGuest } from '../../provision/guest/qemu/guest.ts';
import { endOrphans } from '../../provision/guest/qemu/ledger.ts';
import { startQemu } from '../../provision/guest/qemu/process.ts';
import { type StartOptions, startGuest } from '../../provision/guest/qemu/start.ts';
import { processInfo } from '../../provision/host/process-info.ts';
import { findQemu } from '../../provision/host/qemu.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
let kernel: Kernel;
let guest: Guest | undefined;

beforeAll(async () => {
  kernel = await trixieKernel(context);
});

afterEach(async () => {
  await guest?.kill();
  guest = undefined;
});

async function boot(options: StartOptions = {}, over = context): Promise<Guest> {
  guest = await startGuest(over, { kernel, vcpus: 2, memoryMiB: 256 }, options);
  return guest;
}

const running = async () => {
  const names = await readdir(join(context.cacheDir, 'running')).catch(() => [] as string[]);
  return names.map((name) => Number.parseInt(name, 10));
};

/** The pid of the machine that `start` starts. */
async function pidOf(start: () => Promise<unknown>): Promise<number> {
  const before = new Set(await running());
  await start();
  const pid = (await running()).find((one) => !before.has(one));
  if (pid === undefined) throw new Error('no new machine in the ledger');
  return pid;
}

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await processInfo(process.platform, pid)) === undefined) return true;
    await sleep(100);
  }
  return false;
}

describe('a machine that fails', () => {
  it('panics: said with the kernel’s own words and the log', async () => {
    const pid = await pidOf(() => boot());
    await expect(guest?.run('echo c >/proc/sysrq-trigger', { deadlineMs: 30_000 })).rejects.toMatchObject({
      name: 'GuestPanicked',
      fault: 'module',
      message: expect.stringContaining('sysrq triggered crash'),
      detail: expect.stringContaining('Call Trace'),
      params: {
        console: { text: expect.stringContaining('Kernel panic - not syncing: sysrq triggered crash') },
      },
    });
    expect(await gone(pid)).toBe(true);
    await expect(guest?.stop()).rejects.toMatchObject({ name: 'GuestPanicked' });
  });

  it('hangs: whoever should answer does not run any more', async () => {
    const machine = await boot();
    const freeze = `mkdir /tmp/cgroup && mount -t cgroup2 none /tmp/cgroup && mkdir /tmp/cgroup/frozen &&
      echo 1 >/tmp/cgroup/frozen/cgroup.procs && echo 1 >/tmp/cgroup/frozen/cgroup.freeze && sleep 1000`;
    await expect(machine.run(freeze, { deadlineMs: 2_000 })).rejects.toMatchObject({
      name: 'GuestHung',
      fault: 'module',
      message: expect.stringMatching(/no longer answers; running a script took more than 7 s/),
    });
    await expect(machine.waitForConsole(() => false, 500)).rejects.toMatchObject({ name: 'GuestHung' });
    // What hangs still shows its screen.
    expect((await machine.screenshot()).length).toBeGreaterThan(100);
  });

  it('is stopped as a whole: QEMU itself does not answer', async () => {
    const pid = await pidOf(() => boot());
    process.kill(pid, 'SIGSTOP');
    await expect(guest?.run('true', { deadlineMs: 500 })).rejects.toMatchObject({
      name: 'QemuHung',
      fault: 'computer',
    });
    await guest?.kill();
    expect(await gone(pid)).toBe(true);
  });

  it('is killed from outside', async () => {
    const pid = await pidOf(() => boot());
    const outcome = guest?.run('sleep 100', { deadlineMs: 100_000 });
    process.kill(pid, 'SIGKILL');
    await expect(outcome).rejects.toMatchObject({
      name: 'GuestDied',
      fault: 'computer',
      message: expect.stringContaining('SIGKILL'),
    });
    await expect(guest?.stop()).rejects.toMatchObject({ name: 'GuestLogIncomplete' });
  });

  it('powers itself off in the middle of a script', async () => {
    const machine = await boot();
    await expect(machine.run('poweroff -f', { deadlineMs: 30_000 })).rejects.toMatchObject({
      name: 'GuestDied',
    });
  });

  it('floods its console: nothing lost, still served', async () => {
    const machine = await boot();
    // A serial line carries about 0.1 MB/s here; the bound on memory has its own test.
    const flood = 'dd if=/dev/zero bs=1k count=1000 2>/dev/null | tr "\\0" "~" >/dev/console';
    await machine.run(flood, { deadlineMs: 200_000 });
    await machine.run('echo "<4>after the flood" >/dev/kmsg', { deadlineMs: 30_000 });
    await machine.waitForConsole((line) => line.includes('after the flood'), 30_000);
    const { text, droppedBytes } = await machine.stop();
    expect(droppedBytes).toBe(0);
    expect(text.match(/~/g)?.length).toBe(1_024_000);
  });
});

describe('a machine whose owner stops', () => {
  it('ends with the signal, while it boots and while it works', async () => {
    for (const delay of [500, undefined]) {
      const abort = new AbortController();
      const own = { ...context, signal: abort.signal };
      const before = new Set(await running());
      const work = boot({}, own).then((machine) => machine.run('sleep 100', { deadlineMs: 100_000 }));
      const failed = expect(work).rejects.toMatchObject({ name: 'Interrupted', fault: 'interrupted' });
      if (delay === undefined) while (guest === undefined) await sleep(50);
      else await sleep(delay);
      const pids = (await running()).filter((pid) => !before.has(pid));
      abort.abort();
      await failed;
      for (const pid of pids) expect(await gone(pid)).toBe(true);
      guest = undefined;
    }
  });

  it('powers itself off when its owner is killed, and is ended by the next start when it hangs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab3-owner-'));
    const top = fileURLToPath(new URL('../..', import.meta.url));
    // Next to dist/, from where the guest's scripts are found as they are from there.
    const outfile = join(top, 'build', `guest-owner-${process.pid}.mjs`);
    try {
      const entryPoints = [join(top, 'test/integration/guest-owner.ts')];
      await build({
        entryPoints,
        outfile,
        bundle: true,
        packages: 'external',
        format: 'esm',
        platform: 'node',
      });
      for (const hangs of [false, true]) {
        const owner: ChildProcess = spawn(process.execPath, [outfile], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const [line] = await once(owner.stdout as NodeJS.ReadableStream, 'data');
        const pid = Number(String(line).trim());
        expect((await processInfo(process.platform, pid))?.commandLine).toContain('-name lab3-');
        if (hangs) process.kill(pid, 'SIGSTOP');
        owner.kill('SIGKILL');
        await once(owner, 'exit');
        if (hangs) {
          expect(await endOrphans(context)).toContain(pid);
          expect(await gone(pid)).toBe(true);
        } else {
          expect(await gone(pid)).toBe(true);
          expect(await endOrphans(context)).toEqual([]);
        }
        expect(existsSync(join(context.cacheDir, 'running', `${pid}.json`))).toBe(false);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
      await rm(outfile, { force: true });
    }
  });
});

describe('a machine whose channels go over loopback, as on Windows', () => {
  // Like the tool itself, which tries a start once more: older emulators now and then panic while booting under load.
  it('does the same', { retry: 1 }, async () => {
    const windows = { ...context, platform: 'win32' as const };
    const qemu = await findQemu(context, context.hostArch);
    const initramfs = await buildInitramfs(context, { kernel, modules: [], archives: [] });
    const machine = { arch: kernel.arch, accelerator: 'tcg', vcpus: 2, memoryMiB: 256 } as const;
    const started = await startQemu(windows, qemu, {
      ...machine,
      kernelImage: kernel.image,
      initramfs,
      cmdline: [],
      drives: [],
      token: 'feedfeedfeedfeed',
    });
    const info = {
      ...machine,
      provider: 'qemu',
      hypervisor: `QEMU emulator version ${qemu.version}`,
    } as const;
    guest = await QemuGuest.boot(context, started, info, 90_000);
    await guest.send('/tmp/a', Buffer.alloc(300_000, 1));
    expect((await guest.receive('/tmp/a')).length).toBe(300_000);
    expect((await guest.screenshot()).length).toBeGreaterThan(100);
    expect((await guest.stop()).text).toContain('end of log');
  });
});
