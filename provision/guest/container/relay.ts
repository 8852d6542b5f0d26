/** Our end of relay.pl: several channels, files and the end of QEMU over the one connection to a container. */
import { constants } from 'node:os';
import { Duplex } from 'node:stream';

/** What relay.pl calls its kinds of frames, besides a channel's own number. */
const kinds = { hold: 64, release: 128, noFile: 252, file: 253, alive: 254, ended: 255 } as const;

const headerBytes = 5;
/** Larger writes go in pieces, so that the other channels need not wait for the whole. */
const pieceBytes = 64 * 1024;
/** No frame that relay.pl sends is longer: a file's. */
const longestFrame = 17 * 2 ** 20;
const aliveMs = 20_000;

/** For relay.pl: a client that is silent for so long is gone. It says something every 20 s. */
export const silenceSeconds = 300;

/** A frame that is no frame, or how QEMU ended. */
export interface RelayEnd {
  /** `exit status 1`, `killed by SIGKILL`; undefined when the connection ended without a word of it. */
  readonly how: string | undefined;
}

export class Relay {
  readonly channels: readonly Duplex[];
  /** Resolves when all that came is in the channels; never rejects. */
  readonly ended: Promise<RelayEnd>;
  private readonly line: Duplex;
  private readonly splitter: FrameSplitter;
  private readonly files: { resolve: (content: Buffer) => void; reject: (error: Error) => void }[] = [];
  private readonly heartbeat: NodeJS.Timeout;
  private end: (end: RelayEnd) => void = () => undefined;
  private over = false;

  /**
   * @param line the connection: what is written to it is the relay's input
   * @param count how many channels
   */
  constructor(line: Duplex, count: number) {
    this.line = line;
    this.splitter = new FrameSplitter((kind, content) => this.take(kind, content));
    this.channels = Array.from({ length: count }, (_, channel) => new Channel(this, channel));
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.heartbeat = setInterval(() => this.send(kinds.alive), aliveMs);
    this.heartbeat.unref();
    for (const event of ['end', 'close', 'error'] as const) line.on(event, () => this.finish(undefined));
  }

  /** The relay's output, in pieces of any length. */
  receive(chunk: Uint8Array): void {
    if (!this.over && !this.splitter.add(chunk)) this.finish(undefined);
  }

  /** A file that only the other side can see, which is removed there. */
  file(path: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.over) return reject(new Error('the machine has ended'));
      this.files.push({ resolve, reject });
      this.send(kinds.file, Buffer.from(path));
    });
  }

  /** @param done called when there is room for more */
  send(kind: number, content: Uint8Array = Buffer.alloc(0), done: () => void = () => undefined): void {
    if (this.over || !this.line.writable) {
      done();
      return;
    }
    const header = Buffer.alloc(headerBytes);
    header.writeUInt8(kind);
    header.writeUInt32BE(content.length, 1);
    this.line.write(content.length === 0 ? header : Buffer.concat([header, content]), () => done());
  }

  hold(channel: number, held: boolean): void {
    this.send((held ? kinds.hold : kinds.release) + channel);
  }

  /** Ends the relay's input, and so QEMU. */
  close(): void {
    this.line.end();
  }

  private take(kind: number, content: Buffer): void {
    const channel = this.channels[kind];
    if (channel !== undefined) {
      if (!channel.push(content)) this.hold(kind, true);
    } else if (kind === kinds.file) this.files.shift()?.resolve(content);
    else if (kind === kinds.noFile) this.files.shift()?.reject(new Error(content.toString()));
    else if (kind === kinds.ended) this.finish(inWords(content.toString('latin1')));
  }

  private finish(how: string | undefined): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.heartbeat);
    for (const { reject } of this.files.splice(0)) reject(new Error('the machine has ended'));
    for (const channel of this.channels) channel.push(null);
    this.line.end();
    // What was pushed last reaches its reader with the next turn.
    setImmediate(() => this.end({ how }));
  }
}

class Channel extends Duplex {
  private readonly relay: Relay;
  private readonly number: number;
  private held = false;

  constructor(relay: Relay, number: number) {
    super({ allowHalfOpen: false });
    this.relay = relay;
    this.number = number;
  }

  override push(chunk: Buffer | null): boolean {
    const more = super.push(chunk);
    if (!more && chunk !== null) this.held = true;
    return more;
  }

  override _read(): void {
    if (!this.held) return;
    this.held = false;
    this.relay.hold(this.number, false);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      const last = at + pieceBytes >= chunk.length;
      this.relay.send(this.number, chunk.subarray(at, at + pieceBytes), last ? done : undefined);
    }
    if (chunk.length === 0) done();
  }
}

/** Kind, length, content: the frames of a stream that comes in pieces. */
class FrameSplitter {
  private readonly take: (kind: number, content: Buffer) => void;
  private rest: Buffer[] = [];
  private length = 0;

  constructor(take: (kind: number, content: Buffer) => void) {
    this.take = take;
  }

  /** False once a frame is longer than any can be: then this is no relay. */
  add(chunk: Uint8Array): boolean {
    this.rest.push(Buffer.from(chunk));
    this.length += chunk.length;
    for (;;) {
      if (this.length < headerBytes) return true;
      const header = this.peek(headerBytes);
      const size = header.readUInt32BE(1);
      if (size > longestFrame) return false;
      if (this.length < headerBytes + size) return true;
      const all = this.rest.length === 1 ? (this.rest[0] as Buffer) : Buffer.concat(this.rest);
      this.rest = [all.subarray(headerBytes + size)];
      this.length -= headerBytes + size;
      this.take(header.readUInt8(), all.subarray(headerBytes, headerBytes + size));
    }
  }

  /** The first bytes, without putting a long frame's pieces together each time that one more comes. */
  private peek(bytes: number): Buffer {
    const first = this.rest[0];
    return first !== undefined && first.length >= bytes ? first : Buffer.concat(this.rest);
  }
}

function inWords(end: string): string {
  const [kind, text = ''] = end.split(' ');
  if (kind !== 'signal') return `exit status ${text}`;
  const name = Object.entries(constants.signals).find(([, number]) => number === Number(text))?.[0];
  return `killed by ${name ?? `signal ${text}`}`;
}
