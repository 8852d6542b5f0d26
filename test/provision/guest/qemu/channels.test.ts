import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openChannels } from '../../../../provision/guest/qemu/channels.ts';

const names = ['console', 'control'] as const;
/** A process that opens each chardev as QEMU would and says back what it hears there. */
const echo = `
  const net = require('node:net');
  for (const chardev of process.argv.slice(1)) {
    const options = Object.fromEntries(chardev.split(',').map((part) => part.split('=')));
    const socket = options.fd
      ? new net.Socket({ fd: Number(options.fd), readable: true, writable: true })
      : net.connect(Number(options.port), options.host);
    socket.write(options.id + ':');
    socket.pipe(socket);
  }
`;

async function throughEcho(platform: NodeJS.Platform): Promise<string[]> {
  const channels = await openChannels(platform, names);
  const child = spawn(process.execPath, ['-e', echo, ...names.map((name) => channels.chardev(name))], {
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
    channels.close();
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

describe('the channels to a process', () => {
  it.each(['linux', 'darwin', 'win32'] as const)('carry bytes both ways, as on %s', async (platform) => {
    expect(await throughEcho(platform)).toEqual(['console:hello console\n', 'control:hello control\n']);
  });

  it('over loopback take one connection and no second', async () => {
    const channels = await openChannels('win32', ['control']);
    const port = Number(/port=(\d+)/.exec(channels.chardev('control'))?.[1]);
    const first = connect(port, '127.0.0.1');
    await once(first, 'connect');
    const second = connect(port, '127.0.0.1');
    await expect(once(second, 'connect').then(() => once(second, 'data'))).rejects.toThrow();
    first.destroy();
    channels.close();
  });

  it('over loopback wait no longer than the signal allows', async () => {
    const channels = await openChannels('win32', names);
    const child = spawn(process.execPath, ['-e', '']);
    await expect(channels.attach(child, AbortSignal.timeout(50))).rejects.toThrow();
    channels.close();
  });
});
