/** Machines in containers of a real Docker engine: the same as any, saved and taken up, and none left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Docker from 'dockerode';
import { build } from 'esbuild';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findLeftovers } from '../../cli/cleaning.ts';
import { connection, findEngine } from '../../provision/builder/docker/engine.ts';
import type { Context } from '../../provision/context.ts';
import { engineAvailable } from '../../provision/guest/container/engine.ts';
import { startGuest } from '../../provision/guest/container/start.ts';
import type { Guest, GuestSpec } from '../../provision/guest/guest.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { requirePart } from '../require.ts';
import { Gate } from './engine-gate.ts';
import { guestContract } from './guest-contract.ts';
import { type RealContext, realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const { ok, reason } = await engineAvailable(context);
const { engine } = await findEngine({
  platform: context.platform,
  env: context.env,
  uid: process.getuid?.(),
  deadlineMs: 10_000,
});
const target = engine && connection(engine);
const socket = target && 'socketPath' in target ? target.socketPath : undefined;
const present = requirePart('Docker engine on a socket', ok && socket !== undefined, reason);
const docker = new Docker({ socketPath: socket ?? '' });
let kernel: Kernel;
let guest: Guest | undefined;

/** Containers of machines that this process or its children made; other lab3 may be at work in the engine. */
const machines = async (pid = process.pid) => {
  const label = ['lab3.kind=machine', `lab3.pid=${pid}`];
  return (await docker.listContainers({ all: true, filters: { label } })).filter(
    ({ State }) => State !== 'removing',
  );
};
const notes = ({ events }: RealContext) =>
  events.flatMap((event) => (event.type === 'step.note' ? event.text : []));

async function boot(over: Context = context, spec: Partial<GuestSpec> = {}): Promise<Guest> {
  guest = await startGuest(over, { kernel, vcpus: 2, memoryMiB: 256, ...spec });
  return guest;
}

describe.skipIf(!present)('a machine in a container', () => {
  beforeAll(async () => {
    kernel = await trixieKernel(context);
  });

  afterEach(async () => {
    await guest?.kill();
    guest = undefined;
  });

  guestContract({
    provider: 'container',
    hypervisor: /^QEMU emulator version \d+\.\d+\.\d+, in a container of Docker \d+/,
    start: () => startGuest(context, { kernel, vcpus: 2, memoryMiB: 256 }),
  });

  describe('its container', () => {
    it('has no network, no rights, nothing of the host, and is gone with the machine', async () => {
      const machine = await boot();
      const [found, ...more] = await machines();
      expect(more).toEqual([]);
      const { HostConfig, Config, Mounts } = await docker.getContainer(found?.Id ?? '').inspect();
      expect(HostConfig).toMatchObject({
        NetworkMode: 'none',
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        ReadonlyRootfs: true,
        Privileged: false,
        AutoRemove: true,
      });
      expect(HostConfig.Binds ?? []).toEqual([]);
      expect(HostConfig.PortBindings ?? {}).toEqual({});
      expect(Mounts.map(({ Type }) => Type)).toEqual(['volume']);
      expect(Config.User).toBe('1000:1000');
      await machine.stop();
      expect(await machines()).toEqual([]);
    });

    it('cannot be opened for gdb, and says so', async () => {
      await expect((await boot()).openGdbStub()).rejects.toMatchObject({ name: 'GuestCannot' });
    });

    it('takes drives along', async () => {
      const image = join(context.cacheDir, `drive-${process.pid}`);
      await writeFile(image, Buffer.alloc(1 << 20, 'drive '));
      try {
        const machine = await boot(context, { drives: [{ path: image, readOnly: true }] });
        const { output } = await machine.run('head -c 12 /dev/vda', { deadlineMs: 10_000 });
        expect(output).toBe('drive drive ');
      } finally {
        await rm(image, { force: true });
      }
    });
  });

  describe('its saved state', () => {
    const folder = join(context.cacheDir, 'container-machines');
    const volumes = async () =>
      (await findLeftovers(context)).filter(({ kind }) => kind === 'volume').map(({ name }) => name);

    /** Of the machine that runs: the cache may also name volumes of an engine that is no more. */
    const volumeInUse = async () => {
      const [used] = await machines();
      const { Mounts } = await docker.getContainer(used?.Id ?? '').inspect();
      return Mounts.find(({ Type }) => Type === 'volume')?.Name ?? '';
    };

    it('is taken up by the next one, and is a leftover for `lab3 clean` once none uses it', async () => {
      await (await boot()).stop();
      const machine = await boot();
      expect(machine.info.start).toBe('restored');
      const name = await volumeInUse();
      expect(await volumes()).not.toContain(name);
      await machine.stop();
      await expect.poll(volumes, { timeout: 20_000 }).toContain(name);
    });

    it('gives other random numbers each time', async () => {
      const said = new Set<string>();
      for (const _ of [1, 2]) {
        const { output } = await (await boot()).run('head -c 16 /dev/urandom | base64', {
          deadlineMs: 30_000,
        });
        await guest?.kill();
        said.add(output);
      }
      expect(said.size).toBe(2);
    });

    it('is made anew where its volume was removed', async () => {
      await (await boot()).stop();
      await boot();
      const volume = await volumeInUse();
      await guest?.stop();
      // The engine lets go of it a moment after the container is gone.
      await expect
        .poll(() =>
          docker
            .getVolume(volume)
            .remove()
            .then(() => 'removed', String),
        )
        .toBe('removed');
      const own = realContext();
      expect((await boot(own)).info.start).toBe('cold');
      expect(notes(own).join()).toContain('its volume is gone');
      await guest?.stop();
      expect((await boot()).info.start).toBe('restored');
      expect(await readdir(folder)).not.toEqual([]);
    });
  });

  describe('when it fails', () => {
    it('panics: said with the kernel’s own words and the log', async () => {
      const machine = await boot();
      await expect(machine.run('echo c >/proc/sysrq-trigger', { deadlineMs: 30_000 })).rejects.toMatchObject({
        name: 'GuestPanicked',
        fault: 'module',
        message: expect.stringContaining('sysrq triggered crash'),
        detail: expect.stringContaining('Call Trace'),
      });
      await expect(machine.stop()).rejects.toMatchObject({ name: 'GuestPanicked' });
      await expect.poll(machines, { timeout: 20_000 }).toEqual([]);
    });

    it('hangs, and still shows its screen', async () => {
      const machine = await boot();
      const freeze = `mkdir /tmp/cgroup && mount -t cgroup2 none /tmp/cgroup && mkdir /tmp/cgroup/frozen &&
        echo 1 >/tmp/cgroup/frozen/cgroup.procs && echo 1 >/tmp/cgroup/frozen/cgroup.freeze && sleep 1000`;
      await expect(machine.run(freeze, { deadlineMs: 2_000 })).rejects.toMatchObject({ name: 'GuestHung' });
      expect((await machine.screenshot()).length).toBeGreaterThan(100);
      await machine.kill();
      expect(await machines()).toEqual([]);
    });

    it('powers itself off in the middle of a script', async () => {
      const machine = await boot();
      await expect(machine.run('poweroff -f', { deadlineMs: 30_000 })).rejects.toMatchObject({
        name: 'GuestDied',
        message: expect.stringContaining('exit status 0'),
      });
    });

    it('is stopped as a whole: QEMU does not answer', async () => {
      const machine = await boot();
      const [found] = await machines();
      await docker.getContainer(found?.Id ?? '').pause();
      await expect(machine.run('true', { deadlineMs: 500 })).rejects.toMatchObject({ name: 'QemuHung' });
      await machine.kill();
      expect(await machines()).toEqual([]);
    });

    it('loses its container', async () => {
      const machine = await boot();
      const [found] = await machines();
      // It fails while the engine is still removing, so whoever expects that comes first.
      const failed = expect(machine.run('sleep 100', { deadlineMs: 100_000 })).rejects.toMatchObject({
        name: 'GuestDied',
        fault: 'computer',
        message: expect.stringMatching(/its container was (stopped|removed)/),
      });
      await docker.getContainer(found?.Id ?? '').remove({ force: true });
      await failed;
      await expect(machine.stop()).rejects.toMatchObject({ name: 'GuestLogIncomplete' });
    });

    it('floods its console: nothing lost, still served', async () => {
      const machine = await boot();
      const flood = 'dd if=/dev/zero bs=1k count=300 2>/dev/null | tr "\\0" "~" >/dev/console';
      await machine.run(flood, { deadlineMs: 200_000 });
      const { text, droppedBytes } = await machine.stop();
      expect(droppedBytes).toBe(0);
      expect(text.match(/~/g)?.length).toBe(307_200);
    });
  });

  describe('when its owner or its engine goes', () => {
    it('ends with the signal', async () => {
      for (const delay of [700, undefined]) {
        const abort = new AbortController();
        const own = { ...context, signal: abort.signal };
        const work = boot(own).then((machine) => machine.run('sleep 100', { deadlineMs: 100_000 }));
        const failed = expect(work).rejects.toMatchObject({ name: 'Interrupted', fault: 'interrupted' });
        if (delay === undefined) await expect.poll(() => guest, { timeout: 60_000 }).toBeDefined();
        else await new Promise((resolve) => setTimeout(resolve, delay));
        abort.abort();
        await failed;
        await guest?.kill();
        guest = undefined;
        await expect.poll(machines, { timeout: 20_000 }).toEqual([]);
      }
    });

    it('ends when its owner is killed, whether it serves or hangs', async () => {
      const top = fileURLToPath(new URL('../..', import.meta.url));
      const outfile = join(top, 'build', `container-owner-${process.pid}.mjs`);
      const entryPoints = [join(top, 'test/integration/container-owner.ts')];
      const options = { bundle: true, packages: 'external', format: 'esm', platform: 'node' } as const;
      await build({ entryPoints, outfile, ...options });
      const spin = 'echo 1 >/proc/sys/kernel/printk; exec 3>&- 4>&-; while :; do :; done';
      try {
        for (const script of ['sleep 1000', spin]) {
          const owner: ChildProcess = spawn(process.execPath, [outfile, script], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          await once(owner.stdout as NodeJS.ReadableStream, 'data');
          expect(await machines(owner.pid)).toHaveLength(1);
          owner.kill('SIGKILL');
          await once(owner, 'exit');
          await expect.poll(() => machines(owner.pid), { timeout: 20_000 }).toEqual([]);
        }
      } finally {
        await rm(outfile, { force: true });
      }
    });

    it('is the computer’s fault when the engine goes away, which takes the machine along', async () => {
      const gate = new Gate(socket ?? '');
      const through = { ...context, env: { ...context.env, DOCKER_HOST: await gate.open() } };
      const machine = await boot(through);
      const outcome = machine.run('sleep 100', { deadlineMs: 100_000 });
      setTimeout(() => gate.close(), 500);
      await expect(outcome).rejects.toMatchObject({
        name: 'GuestDied',
        fault: 'computer',
        message: expect.stringContaining('the Docker engine no longer answers'),
      });
      await expect.poll(machines, { timeout: 20_000 }).toEqual([]);
    });
  });

  it('of another architecture: says what image it lacks, and is emulated once that can be had', async () => {
    const arch = context.hostArch === 'amd64' ? 'arm64' : 'amd64';
    const other = await provideKernel(context, { suite: 'trixie', arch });
    const line = { label: [`lab3.line=qemu-${arch}-${context.hostArch}`] };
    for (const { Id } of await docker.listImages({ filters: line }))
      await docker.getImage(Id).remove({ force: true });
    const bare = { ...context, env: { ...context.env, LAB3_BASE_IMAGE: 'lab3.invalid/none:1' } };
    await expect(boot(bare, { kernel: other })).rejects.toMatchObject({
      name: 'BaseImageMissing',
      fault: 'computer',
      hint: expect.stringContaining('docker pull lab3.invalid/none:1'),
    });
    const machine = await boot(context, { kernel: other });
    expect(machine.info).toMatchObject({ provider: 'container', arch, accelerator: 'tcg' });
    const picture = Buffer.from(await machine.screenshot());
    expect(picture.subarray(1, 4).toString()).toBe('PNG');
    expect((await machine.stop()).text).toContain('lab3-guest: end of log');
  });
});

it('no engine: what was tried is said', async () => {
  const nowhere = { ...context, platform: 'win32' as const, env: { DOCKER_HOST: 'tcp://127.0.0.1:9' } };
  const any = await trixieKernel(context);
  await expect(startGuest(nowhere, { kernel: any, vcpus: 2, memoryMiB: 256 })).rejects.toMatchObject({
    name: 'EngineMissing',
    fault: 'computer',
    message: expect.stringContaining('DOCKER_HOST (tcp://127.0.0.1:9): nobody answers'),
  });
});
