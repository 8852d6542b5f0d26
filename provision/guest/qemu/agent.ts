import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { findMarker } from './marker.ts';

/** What the guest said when its agent was ready to serve. */
export interface Ready {
  /** `uname -r`. */
  readonly release: string;
  readonly vcpus: number;
}

export interface ScriptEnd {
  /** Exit status, or `cancelled` when it was ended at the deadline. */
  readonly status: number | 'cancelled';
  readonly output: Buffer;
  /** Bytes of output beyond the limit. */
  readonly dropped: number;
}

interface Running {
  token: Buffer;
  take: (chunk: Buffer) => void;
  end: (status: number | 'cancelled') => void;
}

const longestTrailer = 32;

/**
 * Speaks with init/agent.sh over one stream. A script's output comes as it is and ends with a line that begins
 * with a random token, so it may hold any bytes; one script runs at a time.
 */
export class Agent {
  /** Resolves when the guest serves; never rejects, the caller knows how long to wait. */
  readonly ready: Promise<Ready>;
  private readonly stream: Duplex;
  private running: Running | undefined;
  private buffer: Buffer = Buffer.alloc(0);
  private announce: (ready: Ready) => void = () => undefined;
  /** The word that the answer to `hello` ends with; none is awaited of a machine that boots. */
  private greeting = '';

  constructor(stream: Duplex) {
    this.stream = stream;
    this.ready = new Promise((resolve) => {
      this.announce = resolve;
    });
    stream.on('data', (chunk: Buffer) => this.read(chunk));
  }

  /** Asks a machine that goes on from a saved state for a sign of life, and tells it the time. `ready` is the answer. */
  hello(): void {
    this.greeting = randomBytes(16).toString('hex');
    const entropy = randomBytes(32).toString('hex');
    this.stream.write(`hello ${this.greeting} ${entropy} ${Math.round(Date.now() / 1000)}\n`);
  }

  /**
   * Runs a script with `input` as its standard input and in /run/lab3/input; the guest reads scripts slowly, long ones
   * are better sent as input. The one before it must have ended. Settles when the guest says
   * that it ended, or after `cancel` when the guest says so; the caller owns the deadline.
   */
  execute(
    script: string,
    options: {
      input?: Uint8Array;
      limitBytes: number;
      onOutput?: (chunk: Uint8Array) => void;
    },
  ): { ended: Promise<ScriptEnd>; cancel: () => void } {
    const token = randomBytes(16).toString('hex');
    const input = options.input ?? Buffer.alloc(0);
    const ended = this.expect(token, options.limitBytes, options.onOutput);
    this.stream.write(`run ${token} ${script.split('\n').length} ${input.length}\n${script}\n`);
    if (input.length > 0) this.stream.write(input);
    return { ended, cancel: () => this.stream.write(`cancel ${token} 0 0\n`) };
  }

  /** Asks for the end marker in the kernel's log. */
  endLog(): void {
    this.stream.write('end - 0 0\n');
  }

  private expect(
    token: string,
    limitBytes: number,
    onOutput?: (chunk: Uint8Array) => void,
  ): Promise<ScriptEnd> {
    return new Promise((resolve) => {
      const kept: Buffer[] = [];
      let keptBytes = 0;
      let total = 0;
      this.running = {
        token: Buffer.from(token),
        take: (chunk) => {
          total += chunk.length;
          const part = chunk.subarray(0, Math.max(limitBytes - keptBytes, 0));
          if (part.length > 0) kept.push(part);
          keptBytes += part.length;
          onOutput?.(chunk);
        },
        end: (status) => {
          this.running = undefined;
          resolve({ status, output: Buffer.concat(kept), dropped: total - keptBytes });
        },
      };
    });
  }

  private read(chunk: Buffer): void {
    this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
    if (this.running) this.readOutput(this.running);
    else this.readGreeting();
  }

  /** Passes on all that is not the trailer and cannot be its beginning. */
  private readOutput(running: Running): void {
    for (;;) {
      const { before, found } = findMarker(this.buffer, running.token);
      if (before > 0) running.take(this.buffer.subarray(0, before));
      this.buffer = this.buffer.subarray(before);
      if (!found) return;
      const end = this.buffer.indexOf('\n');
      const longest = running.token.length + longestTrailer;
      if (end < 0 && this.buffer.length <= longest) return;
      const line = this.buffer.subarray(running.token.length, end < 0 ? longest : end).toString('latin1');
      const trailer = /^ (?:exit (\d{1,3})|cancelled)$/.exec(line);
      if (trailer && end >= 0) {
        this.buffer = this.buffer.subarray(end + 1);
        running.end(trailer[1] === undefined ? 'cancelled' : Number(trailer[1]));
        return;
      }
      // A script that found the token somewhere and printed it: output like any other.
      running.take(this.buffer.subarray(0, running.token.length));
      this.buffer = this.buffer.subarray(running.token.length);
    }
  }

  private readGreeting(): void {
    for (let end = this.buffer.indexOf('\n'); end >= 0; end = this.buffer.indexOf('\n')) {
      const line = this.buffer.subarray(0, end).toString('latin1');
      this.buffer = this.buffer.subarray(end + 1);
      const match = /^ready (\S{1,100}) (\d+)(?: (\w+))?$/.exec(line);
      if (match?.[1] !== undefined && (match[3] ?? '') === this.greeting)
        this.announce({ release: match[1], vcpus: Number(match[2]) });
    }
    this.buffer = this.buffer.subarray(-1024);
  }
}
