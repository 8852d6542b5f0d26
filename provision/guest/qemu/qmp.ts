import type { Duplex } from 'node:stream';

interface Reply {
  return?: unknown;
  error?: { class: string; desc: string };
  event?: string;
  id?: number;
}

const closed: Reply = { error: { class: '', desc: 'QEMU closed the control channel' } };

/**
 * QEMU's own control channel (docs/interop/qmp-spec in QEMU's source): one JSON document a line. The greeting
 * is answered at once, commands may be sent before it came.
 */
export class Qmp {
  private readonly pending = new Map<number, (reply: Reply) => void>();
  private readonly stream: Duplex;
  private lastId = 0;
  private partial = '';

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.read(text));
    stream.on('close', () => this.fail());
    void this.execute('qmp_capabilities', {}, 60_000).catch(() => undefined);
  }

  /** The command's answer; rejects with QEMU's own words, at the deadline, or when QEMU ends. */
  execute(command: string, args: Record<string, unknown>, deadlineMs: number): Promise<unknown> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish({ error: { class: '', desc: 'no answer' } }), deadlineMs);
      const finish = (reply: Reply) => {
        clearTimeout(timer);
        this.pending.delete(id);
        if (reply.error) reject(new Error(`${command}: ${reply.error.desc}`));
        else resolve(reply.return);
      };
      this.pending.set(id, finish);
      if (this.stream.destroyed) return finish(closed);
      this.stream.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  private read(text: string): void {
    const lines = (this.partial + text).split('\n');
    this.partial = lines.pop() ?? '';
    for (const line of lines) {
      const reply = parse(line);
      if (reply?.id !== undefined) this.pending.get(reply.id)?.(reply);
    }
  }

  private fail(): void {
    for (const finish of [...this.pending.values()]) finish(closed);
  }
}

function parse(line: string): Reply | undefined {
  try {
    return JSON.parse(line) as Reply;
  } catch {
    return undefined;
  }
}
