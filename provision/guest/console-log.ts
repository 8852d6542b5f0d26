import { StringDecoder } from 'node:string_decoder';
import type { ConsoleLog } from './guest.ts';

/** Kept from each end of a log that is longer than both; a flood fills the middle. */
const keptBytes = 1024 * 1024;
const blockBytes = 64 * 1024;
/** A longer line is looked at in pieces. */
const longestLine = 16 * 1024;

/** `[    3.421672]`, `[T12]`, `<4>`, as printk puts them before a message. */
const printkPrefix = /^(?:<\d+>)?(?:\[ *\d+\.\d+\])?(?:\[ *[TC]\d+\])? ?/;

interface Watcher {
  matches: (line: string) => boolean;
  resolve: (line: string) => void;
}

/** What the serial console said: bounded in memory, watched line by line as it comes. */
export class ConsoleRecorder {
  /** What follows `Kernel panic - not syncing: `. A module can print that too: it counts once the machine is dead. */
  panic: string | undefined;
  private readonly head = new Blocks();
  private readonly tail = new Blocks();
  private dropped = 0;
  private partial = '';
  private readonly decoder = new StringDecoder('utf8');
  private readonly watchers = new Set<Watcher>();
  private readonly onLine: (line: string) => void;

  /** @param onLine called for each whole line while the log is short enough to be kept whole. */
  constructor(onLine: (line: string) => void = () => undefined) {
    this.onLine = onLine;
  }

  write(chunk: Buffer): void {
    const room = keptBytes - this.head.bytes;
    this.head.append(chunk.subarray(0, room));
    this.tail.append(chunk.subarray(room));
    while (this.tail.bytes - blockBytes >= keptBytes) this.dropped += this.tail.dropFirst();
    this.readLines(this.partial + this.decoder.write(chunk));
  }

  /** Resolves at once for a line already in the log. */
  watch(matches: (line: string) => boolean): { found: Promise<string>; stop: () => void } {
    const line = this.snapshot().text.split('\n').find(matches);
    if (line !== undefined) return { found: Promise.resolve(line), stop: () => undefined };
    let watcher: Watcher | undefined;
    const found = new Promise<string>((resolve) => {
      watcher = { matches, resolve };
      this.watchers.add(watcher);
    });
    return { found, stop: () => watcher && this.watchers.delete(watcher) };
  }

  /** The log so far from a position on, which is a number of bytes as the machine wrote them; lines end in LF. */
  snapshot(from = 0): ConsoleLog {
    const tailFrom = this.head.bytes + this.dropped;
    const dropped = Math.max(0, tailFrom - Math.max(from, this.head.bytes));
    const gap = dropped > 0 ? `\n[lab3: ${dropped} bytes of the log are left out here]\n` : '';
    const parts = [...this.head.since(from), Buffer.from(gap), ...this.tail.since(from - tailFrom)];
    return {
      text: Buffer.concat(parts).toString('utf8').replaceAll('\r\n', '\n'),
      droppedBytes: dropped,
      end: tailFrom + this.tail.bytes,
    };
  }

  private readLines(text: string): void {
    const lines = text.split('\n');
    this.partial = lines.pop() ?? '';
    if (this.partial.length > longestLine) {
      lines.push(this.partial);
      this.partial = '';
    }
    for (const raw of lines) this.readLine(raw.endsWith('\r') ? raw.slice(0, -1) : raw);
  }

  private readLine(line: string): void {
    const message = line.replace(printkPrefix, '');
    if (this.panic === undefined && message.startsWith('Kernel panic - not syncing: ')) {
      this.panic = message.slice('Kernel panic - not syncing: '.length, 500);
    }
    if (this.dropped === 0) this.onLine(line);
    for (const watcher of this.watchers) {
      if (!watcher.matches(line)) continue;
      this.watchers.delete(watcher);
      watcher.resolve(line);
    }
  }
}

/** Bytes in blocks of one size: a console comes in pieces of a few bytes, and an object for each would be most of it. */
class Blocks {
  bytes = 0;
  private readonly blocks: Buffer[] = [];
  /** Of the last block. */
  private used = blockBytes;

  append(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.used === blockBytes) {
        this.blocks.push(Buffer.alloc(blockBytes));
        this.used = 0;
      }
      const taken = chunk.copy(this.blocks.at(-1) ?? chunk, this.used, at);
      at += taken;
      this.used += taken;
      this.bytes += taken;
    }
  }

  /** Lets go of the first block, which is full and not the last. @returns its bytes */
  dropFirst(): number {
    this.blocks.shift();
    this.bytes -= blockBytes;
    return blockBytes;
  }

  /** What follows the first `skip` bytes. */
  since(skip: number): Buffer[] {
    const first = Math.max(skip, 0);
    return this.blocks.flatMap((block, at) => {
      const from = first - at * blockBytes;
      const to = Math.min(this.bytes - at * blockBytes, blockBytes);
      return from >= to ? [] : [block.subarray(Math.max(from, 0), to)];
    });
  }
}
