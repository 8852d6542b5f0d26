import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openChannels } from '../../../../provision/guest/qemu/channels.ts';
import { makeContext } from '../../context.ts';

const names = ['console', 'control'] as const;
/** A process that opens each chardev as QEMU would and says back what it hears there. */
const echo = `
  const { readFileSync } = require('node:fs');
  const options = (words) => Object.fromEntries(words.split(',').map((part) => part.split('=')));
  const [dir, ...chardevs] = process.argv.slice(1);
  for (const chardev of chardevs) {
    const { id, fd, host, port } = options(chardev);
    if (fd) {
      serve(id, new (require('node:net').Socket)({ fd: Number(fd), readable: true, writable: true }));
      continue;
    }
    const [identity, key] = readFileSync(dir + '/keys.psk', 'utf8').trim().split(':');
    const socket = require('node:tls').connect({
      host, port: Number(port), ciphers: 'PSK', maxVersion: 'TLSv1.2', checkServerIdentity: () => undefined,
      pskCallback: () => ({ psk: Buffer.from(key, 'hex'), identity }),
    }, () => serve(id, socket));
  }
  function serve(id, socket) {
    socket.write(id + ':');
    socket.pipe(socket);
  }
`;

const keyFolder = (channels: { arguments: readonly string[] }) =>
  /dir=(.*)$/.exec(channels.arguments.at(-1) ?? '')?.[1] ?? '';
const portOf = (chardev: string) => Number(/port=(\d+)/.exec(chardev)?.[1]);

async function throughEcho(platform: NodeJS.Platform): Promise<string[]> {
  const context = await makeContext({ platform });
  const channels = await openChannels(context, names);
  const words = [keyFolder(channels), ...names.map((name) => channels.chardev(name))];
  const child = spawn(process.execPath, ['-e', echo, ...words], {
    cwd: context.cacheDir,
    stdio: ['ignore', 'ignore', 'inherit', ...channels.stdio],
  });
  try {
    const streams = await channels.attach(child, AbortSignal.timeout(30_000));
    return await Promise.all(
      names.map(async (name) => {
        streams[name].write(`hello ${name}\n`);
        let text = '';
        while (!text.endsWith('\n')) text += String((await once(streams[name], 'data'))[0]);
        return text;
      }),
    );
  } finally {
    await channels.close();
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function overLoopback() {
  const context = await makeContext({ platform: 'win32' });
  const channels = await openChannels(context, ['control']);
  onTestFinished(() => channels.close());
  const port = portOf(channels.chardev('control'));
  const folder = join(context.cacheDir, keyFolder(channels));
  const [identity = '', key = ''] = (await readFile(join(folder, 'keys.psk'), 'utf8')).trim().split(':');
  const attached = channels.attach(spawn(process.execPath, ['-e', '']), AbortSignal.timeout(30_000));
  attached.catch(() => undefined);
  return { context, channels, port, folder, identity, key, attached };
}

function handshake(port: number, identity: string, psk: Buffer) {
  const socket = connectTls({
    ...{ host: '127.0.0.1', port, ciphers: 'PSK', maxVersion: 'TLSv1.2' },
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk, identity }),
  });
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Resolves when the other side has let go. */
async function letGo(socket: Socket): Promise<void> {
  socket.on('error', () => undefined).resume();
  // Not `once`, which an error before it would make fail.
  if (!socket.closed) await new Promise<void>((resolve) => socket.on('close', () => resolve()));
}

describe('the channels to a process', () => {
  it.each(['linux', 'darwin', 'win32'] as const)('carry bytes both ways, as on %s', async (platform) => {
    expect(await throughEcho(platform)).toEqual(['console:hello console\n', 'control:hello control\n']);
  });

  it('are inherited where that can be: no file, no port, and the machine runs at once', async () => {
    const context = await makeContext({ platform: 'darwin' });
    const channels = await openChannels(context, names);
    expect(channels).toMatchObject({ arguments: [], held: false, stdio: ['pipe', 'pipe'] });
    expect(channels.chardev('control')).toBe('socket,id=control,fd=4');
    expect(await readdir(context.cacheDir)).toEqual([]);
  });
});

describe('channels over loopback', () => {
  it('wait no longer than the signal allows', async () => {
    const channels = await openChannels(await makeContext({ platform: 'win32' }), names);
    const child = spawn(process.execPath, ['-e', '']);
    await expect(channels.attach(child, AbortSignal.timeout(50))).rejects.toThrow();
    await channels.close();
  });

  it('hold the machine until all are there, and keep the key out of the command line', async () => {
    const { channels, key } = await overLoopback();
    expect(channels.held).toBe(true);
    expect(channels.arguments).toContain('-S');
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect([...channels.arguments, channels.chardev('control')].join(' ')).not.toContain(key);
    expect(channels.chardev('control')).toMatch(/host=127\.0\.0\.1,.*tls-creds=key$/);
  });

  it('take nobody without the key, whoever comes first, and QEMU all the same', async () => {
    const { port, identity, key, attached } = await overLoopback();
    const plain = connect(port, '127.0.0.1');
    await once(plain, 'connect');
    plain.write('{"execute":"quit"}\n');
    await letGo(plain);
    await letGo(handshake(port, identity, Buffer.alloc(32, 7)));
    await letGo(handshake(port, 'somebody', Buffer.from(key, 'hex')));
    const silent = connect(port, '127.0.0.1');
    await once(silent, 'connect');

    const qemu = handshake(port, identity, Buffer.from(key, 'hex'));
    const { control } = await attached;
    qemu.write('from QEMU\n');
    expect(String((await once(control, 'data'))[0])).toBe('from QEMU\n');
    silent.destroy();
    control.destroy();
  });

  it('take one connection with the key and no second', async () => {
    const { port, identity, key, attached } = await overLoopback();
    const first = handshake(port, identity, Buffer.from(key, 'hex'));
    await once(first, 'secureConnect');
    const { control } = await attached;
    await letGo(handshake(port, identity, Buffer.from(key, 'hex')));
    expect(control.destroyed).toBe(false);
    control.destroy();
  });

  it('show QEMU who we are: without the key nobody passes for us', async () => {
    const { identity, key } = await overLoopback();
    const other = await openChannels(await makeContext({ platform: 'win32' }), ['control']);
    onTestFinished(() => other.close());
    const qemu = handshake(portOf(other.chardev('control')), identity, Buffer.from(key, 'hex'));
    let proved = false;
    qemu.on('secureConnect', () => {
      proved = true;
    });
    await letGo(qemu);
    expect(proved).toBe(false);
  });

  it('leave no key behind and nobody waiting', async () => {
    const { context, channels, port, folder } = await overLoopback();
    const silent = connect(port, '127.0.0.1');
    await once(silent, 'connect');
    await channels.close();
    await letGo(silent);
    await expect(readFile(join(folder, 'keys.psk'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(join(context.cacheDir, 'channels'))).toEqual([]);
  });
});
