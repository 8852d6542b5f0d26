import { Duplex } from 'node:stream';
import { findMarker } from './marker.ts';

/**
 * The guest's terminal as a stream that ends with its shell. The line to the guest stays open as long as the
 * machine does, so the guest says the end with a word that only we and the wrapper around the shell know.
 */
export class ShellStream extends Duplex {
  private readonly line: Duplex;
  private readonly lastWord: Buffer;
  private held: Buffer = Buffer.alloc(0);
  private readonly onData = (chunk: Buffer) => this.receive(chunk);
  private readonly over = () => this.push(null);

  constructor(line: Duplex, lastWord: string) {
    super();
    this.line = line;
    this.lastWord = Buffer.from(lastWord);
    line.on('data', this.onData);
    line.on('close', this.over);
  }

  override _read(): void {
    this.line.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.line.write(chunk, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.line.off('data', this.onData);
    this.line.off('close', this.over);
    // Nobody listens any more; a line that is not read would make the guest wait.
    this.line.resume();
    done(error);
  }

  /** Holds back what may be the beginning of the last word. */
  private receive(chunk: Buffer): void {
    this.held = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    const { before, found } = findMarker(this.held, this.lastWord);
    const more = before === 0 || this.push(this.held.subarray(0, before));
    this.held = this.held.subarray(before);
    if (found) {
      this.line.off('data', this.onData);
      this.line.resume();
      this.push(null);
    } else if (!more) {
      this.line.pause();
    }
  }
}
