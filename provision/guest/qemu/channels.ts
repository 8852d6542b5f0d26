import type { ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import type { Context } from '../../context.ts';
import { overLoopback } from './loopback.ts';

/** The lines between us and a QEMU process, each a socket of its own. */
export interface Channels<Name extends string> {
  /** Arguments of QEMU besides the `-chardev` of each channel. */
  readonly arguments: readonly string[];
  /** The value of `-chardev` for this channel, its id being the name. */
  chardev(name: Name): string;
  /** What `spawn` needs as stdio from descriptor 3 on. */
  readonly stdio: 'pipe'[];
  /** The machine stands still until it is told over QMP to go on: its first words would be lost. */
  readonly held: boolean;
  /** The streams, once QEMU runs. */
  attach(child: ChildProcess, signal: AbortSignal): Promise<Record<Name, Duplex>>;
  /** Ends what is not attached; never throws. */
  close(): Promise<void>;
}

/**
 * On POSIX the channels are inherited descriptors: Node makes each `pipe` a connected socket, so nothing is on disk
 * and nobody else can connect. Windows cannot hand sockets down, so there QEMU connects to us over loopback.
 */
export async function openChannels<Name extends string>(
  context: Pick<Context, 'platform' | 'cacheDir'>,
  names: readonly Name[],
): Promise<Channels<Name>> {
  return context.platform === 'win32' ? overLoopback(context, names) : inherited(names);
}

function inherited<Name extends string>(names: readonly Name[]): Channels<Name> {
  return {
    arguments: [],
    chardev: (name) => `socket,id=${name},fd=${3 + names.indexOf(name)}`,
    stdio: names.map(() => 'pipe'),
    held: false,
    attach: async (child) => record(names, (_, index) => child.stdio[3 + index] as Duplex),
    close: async () => undefined,
  };
}

export function record<Name extends string, Value>(
  names: readonly Name[],
  value: (name: Name, index: number) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name, index) => [name, value(name, index)])) as Record<Name, Value>;
}
