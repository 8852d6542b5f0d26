/** Starting QEMU by the rules of each platform, with a program in its place that speaks as QEMU does. */
import { mkdir, readdir, realpath, writeFile } from 'node:fs/promises';
import { constants, getPriority } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Precedence } from '../../../../provision/guest/precedence.ts';
import { QemuGuest } from '../../../../provision/guest/qemu/guest.ts';
import type { MachineSpec } from '../../../../provision/guest/qemu/machine.ts';
import { startQemu } from '../../../../provision/guest/qemu/process.ts';
import { makeContext, temporaryFolder } from '../../context.ts';

const own = getPriority();
const below = Math.max(own, constants.priority.PRIORITY_BELOW_NORMAL);

/** Opens its lines, says on the console how it was started, and is a machine that stands still until `cont`. */
const standIn = `
  const { readFileSync } = require('node:fs');
  const args = process.argv.slice(2);
  const after = (option) => args.flatMap((word, at) => (args[at - 1] === option ? [word] : []));
  const parts = (words) => Object.fromEntries(words.split(',').map((part) => part.split('=')));
  const [object] = after('-object');
  if (args.includes('no-gnutls')) {
    console.error('qemu: TLS credentials support requires GNUTLS');
    process.exit(1);
  }
  const open = ({ fd, host, port }) => {
    if (fd) return new (require('node:net').Socket)({ fd: Number(fd), readable: true, writable: true });
    const [identity, key] = readFileSync(parts(object).dir + '/keys.psk', 'utf8').trim().split(':');
    return require('node:tls').connect({
      host, port: Number(port), ciphers: 'PSK', maxVersion: 'TLSv1.2', checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk: Buffer.from(key, 'hex'), identity }),
    });
  };
  const lines = Object.fromEntries(after('-chardev').map((words) => [parts(words).id, open(parts(words))]));
  let status = args.includes('-S') ? 'prelaunch' : 'running';
  const run = () => {
    lines.console.write(JSON.stringify({ args, cwd: process.cwd(), priority: require('node:os').getPriority() }) + '\\n');
    lines.control.write('ready 6.12.0 2\\n');
  };
  if (status === 'running') run();
  let text = '';
  lines.qmp.on('data', (chunk) => {
    text += chunk;
    for (let end = text.indexOf('\\n'); end >= 0; end = text.indexOf('\\n')) {
      const { execute, id } = JSON.parse(text.slice(0, end));
      text = text.slice(end + 1);
      lines.qmp.write(JSON.stringify({ return: execute === 'query-status' ? { status } : {}, id }) + '\\n');
      if (execute === 'cont' && status === 'prelaunch') {
        status = 'running';
        run();
      }
    }
  });
`;

async function start(platform: NodeJS.Platform, more: Partial<MachineSpec> = {}) {
  const context = await makeContext({ platform, cacheDir: join(await temporaryFolder(), 'Пані О, cache') });
  await mkdir(context.cacheDir);
  const program = join(context.cacheDir, 'stand-in.cjs');
  await writeFile(program, standIn);
  const qemu = { argv: [process.execPath, program], env: {}, version: '10.0.0', source: 'path' } as const;
  const spec: MachineSpec = {
    ...{
      arch: 'amd64',
      accelerator: 'tcg',
      vcpus: 2,
      memoryMiB: 256,
      token: 'feedfeedfeedfeed',
      cmdline: [],
    },
    kernelImage: join(context.cacheDir, 'kernels', 'vmlinuz'),
    initramfs: join(context.cacheDir, 'init.cpio'),
    drives: [{ path: join(context.cacheDir, 'a,b.img'), readOnly: true }],
    ...more,
  };
  return { context, spec, started: startQemu(context, qemu, spec) };
}

async function bootIn(platform: NodeJS.Platform, more: Partial<MachineSpec> = {}) {
  const { context, spec, started } = await start(platform, more);
  const qemu = await started;
  onTestFinished(() => qemu.kill());
  const { arch, accelerator, vcpus, memoryMiB } = spec;
  const info = { provider: 'qemu', hypervisor: '', arch, accelerator, vcpus, memoryMiB } as const;
  const guest = await QemuGuest.boot(context, qemu, info, 30_000);
  const said = JSON.parse(await guest.waitForConsole((line) => line.startsWith('{'), 30_000)) as {
    args: string[];
    cwd: string;
    priority: number;
  };
  const of = (option: string) => said.args[said.args.indexOf(option) + 1];
  return { context, spec, guest, said, of };
}

const left = (folder: string) => readdir(folder).catch(() => []);

describe('QEMU', () => {
  it('as on Windows reads files of the cache from there, and runs when its lines stand', async () => {
    const { context, guest, said, of } = await bootIn('win32');
    expect(guest.info.kernel).toBe('6.12.0');
    expect(said.cwd).toBe(await realpath(context.cacheDir));
    expect(said.args).toContain('-S');
    expect([of('-kernel'), of('-initrd')]).toEqual([join('kernels', 'vmlinuz'), 'init.cpio']);
    expect(of('-drive')).toMatch(/file=a,,b\.img$/);
    expect(of('-object')).toMatch(/^tls-creds-psk,.*dir=channels.\d+-[0-9a-f]+$/);
    expect(await left(join(context.cacheDir, 'channels'))).toEqual([]);
  });

  it.skipIf(process.platform === 'win32').each(['linux', 'darwin'] as const)(
    'as on %s is handed its lines, reads files by their paths, and runs at once',
    async (platform) => {
      const { context, spec, said, of } = await bootIn(platform);
      expect(said.args).not.toContain('-S');
      expect(said.args).not.toContain('-object');
      expect([of('-kernel'), of('-initrd')]).toEqual([spec.kernelImage, spec.initramfs]);
      expect(await left(join(context.cacheDir, 'channels'))).toEqual([]);
    },
  );

  it('of which two share the processors takes what the first leaves, until that has gone', async () => {
    const precedence = new Precedence(process.platform);
    const machines = [];
    for (let at = 0; at < 2; at += 1) machines.push(await bootIn(process.platform, { precedence }));
    expect(machines.map(({ said }) => said.priority)).toEqual([own, below]);
    await machines[0]?.guest.kill();
    expect((await bootIn(process.platform, { precedence })).said.priority).toBe(own);
  });

  it('that cannot prove a key is not used, says why, and leaves none', async () => {
    const { context, started } = await start('win32', { cmdline: [], kernelImage: 'no-gnutls' });
    await expect(started).rejects.toMatchObject({
      name: 'GuestDidNotStart',
      message: expect.stringContaining('TLS credentials support requires GNUTLS'),
    });
    expect(await left(join(context.cacheDir, 'channels'))).toEqual([]);
  });
});
