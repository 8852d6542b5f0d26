/**
 * Channels where no descriptor can be inherited: QEMU connects to us on 127.0.0.1. Every user of the computer can reach a
 * port there, so both sides prove by a key that only they have that they are who they say (TLS-PSK, RFC 4279).
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Context } from '../../context.ts';
import { makeWorkFolder, removeFolder } from '../../work-folder.ts';
import type { Channels } from './channels.ts';
import { record } from './channels.ts';
import { qemuPath } from './paths.ts';

const identity = 'lab3';
/** Who connects and then says nothing. */
const handshakeMs = 15_000;
/** Node offers keys of this kind for TLS 1.2 alone; OpenSSL here and GnuTLS in QEMU both know these. */
const ciphers = 'ECDHE-PSK-CHACHA20-POLY1305:PSK-AES128-GCM-SHA256';

interface Door {
  readonly server: Server;
  /** The one connection that proved the key. */
  readonly socket: Promise<TLSSocket>;
  readonly close: () => void;
}

export async function overLoopback<Name extends string>(
  context: Pick<Context, 'platform' | 'cacheDir'>,
  names: readonly Name[],
): Promise<Channels<Name>> {
  const key = randomBytes(32);
  const doors = record(names, () => openDoor(key));
  const all = names.map((name) => doors[name]);
  let folder: string | undefined;
  const close = async () => {
    for (const door of all) door.close();
    // QEMU has read the key by now, and no other machine will have the same.
    if (folder !== undefined) await removeFolder(folder).catch(() => undefined);
  };
  try {
    folder = await makeWorkFolder(context, 'channels');
    // In the command line everybody could read it. The name of the file is QEMU's.
    await writeFile(join(folder, 'keys.psk'), `${identity}:${key.toString('hex')}\n`, { mode: 0o600 });
    await Promise.all(all.map(({ server }) => listen(server)));
  } catch (error) {
    await close();
    throw error;
  }
  const keys = qemuPath(context, folder).replaceAll(',', ',,');
  const credentials = `tls-creds-psk,id=key,endpoint=client,username=${identity},dir=${keys}`;
  const portOf = (name: Name) => (doors[name].server.address() as AddressInfo).port;
  const ports = record(names, portOf);
  return {
    arguments: ['-S', '-object', credentials],
    chardev: (name) => `socket,id=${name},host=127.0.0.1,port=${ports[name]},server=off,tls-creds=key`,
    stdio: [],
    held: true,
    attach: async (_child, signal) => {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
      const sockets = await Promise.race([Promise.all(all.map(({ socket }) => socket)), aborted]);
      return record(names, (_, index) => sockets[index] as TLSSocket);
    },
    close,
  };
}

/** Takes the first connection that proves the key, and no second. Others are let go and do not stand in its way. */
function openDoor(key: Buffer): Door {
  const server = createServer({
    ciphers,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.2',
    handshakeTimeout: handshakeMs,
    pskCallback: (_socket, name) => (name === identity ? key : null),
  });
  const waiting = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    waiting.add(socket);
    socket.on('error', () => undefined).on('close', () => waiting.delete(socket));
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  let taken: TLSSocket | undefined;
  const close = () => {
    server.close();
    if (taken === undefined) for (const socket of waiting) socket.destroy();
  };
  const socket = new Promise<TLSSocket>((resolve) => {
    server.on('secureConnection', (found) => {
      found.on('error', () => undefined);
      if (taken !== undefined) return void found.destroy();
      taken = found;
      found.setNoDelay(true);
      server.close();
      resolve(found);
    });
  });
  return { server, socket, close };
}

async function listen(server: Server): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}
