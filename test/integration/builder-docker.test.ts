/** The docker builder with a real engine: what a crash leaves, what an engine's end looks like, what is never pulled. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import Docker from 'dockerode';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../lab/events.ts';
import type { ModuleSource } from '../../provision/builder/builder.ts';
import { chooseBuilder } from '../../provision/builder/choose.ts';
import { dockerBuilder } from '../../provision/builder/docker/docker.ts';
import { connection, findEngine } from '../../provision/builder/docker/engine.ts';
import { sandboxBuilder } from '../../provision/builder/sandbox/sandbox.ts';
import { processInfo } from '../../provision/host/process-info.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { requirePart } from '../require.ts';
import { Gate } from './engine-gate.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const { engine } = await findEngine({
  platform: context.platform,
  env: context.env,
  uid: process.getuid?.(),
});
const target = engine && connection(engine);
const socket = target && 'socketPath' in target ? target.socketPath : undefined;
const present = requirePart('Docker engine on a socket', socket !== undefined, 'none answers');

const endless = '#if __INCLUDE_LEVEL__ < 60\n#include __FILE__\n#include __FILE__\n#endif\n';
const good =
  '#include <linux/module.h>\nstatic int __init t_init(void)\n{\n\treturn 0;\n}\nmodule_init(t_init);\nMODULE_LICENSE("GPL");\n';

function source(text: string): ModuleSource {
  const files = new Map([
    ['lab3.c', Buffer.from(text)],
    ['Kbuild', Buffer.from('obj-m := lab3.o\n')],
  ]);
  return {
    folder: 'x',
    name: 'lab3',
    files,
    originals: new Map(),
    notes: [],
    sha256: randomBytes(32).toString('hex'),
  };
}

describe.skipIf(!present)('builder docker', () => {
  const docker = new Docker({ socketPath: socket ?? '' });
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await trixieKernel(context);
    await dockerBuilder(context).build(source(good), kernel);
  });

  const ours = () => docker.listContainers({ all: true, filters: { label: ['lab3=1'] } });
  const volumes = async () => (await docker.listVolumes()).Volumes.map(({ Name }) => Name).sort();

  test('an engine that goes away in the middle is the fault of the computer, and is named', async () => {
    const gate = new Gate(socket ?? '');
    const address = await gate.open();
    const before = await ours();
    const through = { ...context, env: { ...context.env, DOCKER_HOST: address } };
    const building = dockerBuilder(through).build(source(endless), kernel);
    const closing = (async () => {
      // In the middle: the container runs.
      while (!(await ours()).some(({ State }) => State === 'running')) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      gate.close();
    })();
    await expect(building).rejects.toMatchObject({
      name: 'DockerEngineLost',
      fault: 'computer',
      message: expect.stringContaining(address),
    });
    await closing;

    const known = new Set(before.map(({ Id }) => Id));
    for (const { Id } of await ours()) {
      if (!known.has(Id)) await docker.getContainer(Id).remove({ force: true, v: true });
    }
  });

  test('what a lab3 that is gone left behind is removed with its volume; what a live one uses stays', async () => {
    const image = (await docker.listImages({ filters: { label: ['lab3=1'] } })).flatMap(
      ({ RepoTags }) => RepoTags ?? [],
    );
    const before = await volumes();
    const make = (labels: Record<string, string>) =>
      docker.createContainer({
        Image: image[0] ?? '',
        Cmd: ['make', '--version'],
        Volumes: { '/build': {} },
        Labels: { lab3: '1', 'lab3.host': hostname(), ...labels },
      });
    const own = await processInfo(process.platform, process.ppid);
    const live = await make({ 'lab3.pid': String(process.ppid), 'lab3.started': own?.started ?? '' });
    const reused = await make({ 'lab3.pid': String(process.ppid), 'lab3.started': 'another time' });
    const foreign = await make({ 'lab3.host': 'elsewhere', 'lab3.pid': '1' });
    try {
      await dockerBuilder(context).build(source(good), kernel);
      const left = (await ours()).map(({ Id }) => Id);
      expect(left).toContain(live.id);
      expect(left).toContain(foreign.id);
      expect(left).not.toContain(reused.id);
    } finally {
      await live.remove({ force: true, v: true });
      await foreign.remove({ force: true, v: true });
    }
    expect(await volumes()).toEqual(before);
  });

  test('a base image that cannot be had is named with the command, and `auto` goes on without it', async () => {
    const env = { ...context.env, LAB3_BASE_IMAGE: 'lab3.invalid/none:1' };
    const { ok, reason } = await dockerBuilder({ ...context, env }).available();
    // With an image of ours in the engine no base is needed.
    expect(ok || reason.includes('docker pull lab3.invalid/none:1')).toBe(true);
    const images = (await docker.listImages({ filters: { label: ['lab3=1'] } })).map(({ Id }) => Id);
    for (const id of images) await docker.getImage(id).remove({ force: true });

    const events: Event[] = [];
    const bare = { ...context, env, emit: (event: Event) => void events.push(event) };
    await expect(dockerBuilder(bare).build(source(good), kernel)).rejects.toMatchObject({
      name: 'BaseImageMissing',
      fault: 'computer',
      hint: expect.stringContaining('docker pull lab3.invalid/none:1'),
    });
    const chosen = await chooseBuilder(bare, 'auto');
    expect(chosen.builder.name).not.toBe('docker');
    expect(chosen.reason).toContain('not docker: the engine has no image lab3.invalid/none:1');
  });

  test('a kernel of the other architecture gets a cross compiler, and the module that the sandbox makes', async () => {
    const arch = kernel.arch === 'amd64' ? 'arm64' : 'amd64';
    const other = await provideKernel(context, { suite: 'trixie', arch });
    const built = await dockerBuilder(context).build(source(good), other);
    expect(built.record).toMatchObject({ arch, kernelRelease: other.release, warnings: [] });
    const sandbox = sandboxBuilder(context);
    if (!(await sandbox.available()).ok) return;
    const { ko } = await sandbox.build(source(good), other);
    expect(Buffer.from(built.ko).equals(Buffer.from(ko))).toBe(true);
  });
});

test('no engine: what was tried is said', async () => {
  const env = { ...context.env, HOME: '/nonexistent', DOCKER_HOST: 'tcp://127.0.0.1:9' };
  const { engine: other } = await findEngine({ platform: context.platform, env });
  if (other !== undefined) return;
  await expect(chooseBuilder({ ...context, env }, 'docker')).rejects.toMatchObject({
    name: 'BuilderUnavailable',
    message: expect.stringContaining('DOCKER_HOST (tcp://127.0.0.1:9): nobody answers'),
  });
});
