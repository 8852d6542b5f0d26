import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The lines between us and a QEMU process, each a socket of its own. */
export interface Channels<Name extends string> {
  /** The value of `-chardev` for this channel, its id being the name. */
  chardev(name: Name): string;
  /** What `spawn` needs as stdio from descriptor 3 on. */
  readonly stdio: 'pipe'[];
  /** The streams, once QEMU runs; QEMU opens them before it starts the machine. */
  attach(child: ChildProcess, signal: AbortSignal): Promise<Record<Name, Duplex>>;
  close(): void;
}

/**
 * On POSIX the channels are inherited descriptors: Node makes each `pipe` a connected socket, so nothing is on disk
 * and nobody else can connect. Windows cannot hand sockets down, so there QEMU connects to us over loopback.
 */
export async function openChannels<Name extends string>(
  platform: NodeJS.Platform,
  names: readonly Name[],
): Promise<Channels<Name>> {
  return platform === 'win32' ? overLoopback(names) : inherited(names);
}

function inherited<Name extends string>(names: readonly Name[]): Channels<Name> {
  return {
    chardev: (name) => `socket,id=${name},fd=${3 + names.indexOf(name)}`,
    stdio: names.map(() => 'pipe'),
    attach: async (child) => record(names, (_, index) => child.stdio[3 + index] as Duplex),
    close: () => undefined,
  };
}

async function overLoopback<Name extends string>(names: readonly Name[]): Promise<Channels<Name>> {
  const servers = record(names, () => createServer());
  const sockets = record(names, (name) => firstConnection(servers[name]));
  const close = () => {
    for (const name of names) servers[name].close();
  };
  try {
    await Promise.all(names.map((name) => listen(servers[name])));
  } catch (error) {
    close();
    throw error;
  }
  return {
    chardev: (name) => `socket,id=${name},host=127.0.0.1,port=${portOf(servers[name])},server=off`,
    stdio: [],
    attach: async (_child, signal) => {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      const connected = await Promise.race([Promise.all(names.map((name) => sockets[name])), aborted]);
      return record(names, (_, index) => connected[index] as Socket);
    },
    close,
  };
}

/** Takes one connection and no second. */
async function firstConnection(server: Server): Promise<Socket> {
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.close();
  socket.setNoDelay(true);
  return socket;
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}

function record<Name extends string, Value>(
  names: readonly Name[],
  value: (name: Name, index: number) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name, index) => [name, value(name, index)])) as Record<Name, Value>;
}
