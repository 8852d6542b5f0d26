import { StringDecoder } from 'node:string_decoder';
import type { ConsoleLog } from './guest.ts';

/** Kept from each end of a log that is longer than both; a flood fills the middle. */
const keptBytes = 4 * 1024 * 1024;
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
  private head: Buffer[] = [];
  private headBytes = 0;
  private tail: Buffer[] = [];
  private tailBytes = 0;
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
    const room = keptBytes - this.headBytes;
    if (room > 0) {
      const part = chunk.subarray(0, room);
      this.head.push(part);
      this.headBytes += part.length;
    }
    if (chunk.length > room) this.keepTail(chunk.subarray(Math.max(room, 0)));
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
    const tailFrom = this.headBytes + this.dropped;
    const dropped = Math.max(0, tailFrom - Math.max(from, this.headBytes));
    const parts = since(this.head, from);
    if (dropped > 0) parts.push(Buffer.from(`\n[lab3: ${dropped} bytes of the log are left out here]\n`));
    parts.push(...since(this.tail, from - tailFrom));
    return {
      text: Buffer.concat(parts).toString('utf8').replaceAll('\r\n', '\n'),
      droppedBytes: dropped,
      end: tailFrom + this.tailBytes,
    };
  }

  private keepTail(chunk: Buffer): void {
    this.tail.push(chunk);
    this.tailBytes += chunk.length;
    // Whole chunks are let go, so that a flood costs no copying.
    while (this.tail[0] !== undefined && this.tailBytes - this.tail[0].length >= keptBytes) {
      const length = this.tail.shift()?.length ?? 0;
      this.tailBytes -= length;
      this.dropped += length;
    }
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

/** What is left of the pieces without their first bytes. */
function since(pieces: readonly Buffer[], bytes: number): Buffer[] {
  let skip = bytes;
  return pieces.flatMap((piece) => {
    const from = Math.max(0, skip);
    skip -= piece.length;
    return from >= piece.length ? [] : [piece.subarray(from)];
  });
}
