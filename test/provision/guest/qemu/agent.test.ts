import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Agent } from '../../../../provision/guest/qemu/agent.ts';

/** The guest's end of the line, played by the test. */
class Line extends Duplex {
  sent = Buffer.alloc(0);
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.sent = Buffer.concat([this.sent, chunk]);
    done();
  }
  say(bytes: Buffer | string): void {
    this.push(bytes);
  }
  get token(): string {
    return /^(?:run|cancel) ([0-9a-f]{32}) /m.exec(this.sent.toString('latin1'))?.[1] ?? '';
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the agent', () => {
  it('reads the greeting, whatever noise comes before it', async () => {
    const line = new Line();
    const agent = new Agent(line);
    line.say('\0\xff noise\nready 6.1');
    line.say('2.0-x 4\n');
    expect(await agent.ready).toEqual({ release: '6.12.0-x', vcpus: 4 });
  });

  it('takes only the answer to its own greeting from a machine that goes on', async () => {
    const line = new Line();
    const agent = new Agent(line);
    agent.hello();
    await settle();
    const [, word, entropy, time] =
      /^hello ([0-9a-f]{32}) ([0-9a-f]{64}) (\d+)\n$/.exec(line.sent.toString()) ?? [];
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(5);
    expect(entropy).not.toBe(word);
    line.say('ready 6.12.0-x 2\nready 6.12.0-x 2 0123456789abcdef\n');
    await settle();
    line.say(`ready 6.12.0-y 4 ${word}\n`);
    expect(await agent.ready).toEqual({ release: '6.12.0-y', vcpus: 4 });
  });

  it('sends a script by its lines and its input by its length', async () => {
    const line = new Line();
    new Agent(line).execute('echo é\ntrue', { input: Buffer.from([0, 10, 255]), limitBytes: 10 });
    await settle();
    expect(line.sent.toString('latin1')).toBe(
      `run ${line.token} 2 3\n${Buffer.from('echo é\ntrue\n\0\n').toString('latin1')}\xff`,
    );
  });

  it('gives back output of any bytes, cut anywhere, as far as the limit', async () => {
    const cut = fc.array(fc.nat(40), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        cut,
        fc.nat(400),
        fc.nat(255),
        async (bytes, sizes, limitBytes, status) => {
          const line = new Line();
          const seen: Uint8Array[] = [];
          const { ended } = new Agent(line).execute('x', {
            limitBytes,
            onOutput: (chunk) => void seen.push(chunk),
          });
          let stream = Buffer.concat([bytes, Buffer.from(`${line.token} exit ${status}\n`)]);
          for (const size of sizes) {
            line.say(stream.subarray(0, size + 1));
            stream = stream.subarray(size + 1);
            await settle();
          }
          line.say(stream);
          const end = await ended;
          expect(end.status).toBe(status);
          expect(Buffer.compare(end.output, Buffer.from(bytes).subarray(0, limitBytes))).toBe(0);
          expect(end.dropped).toBe(Math.max(bytes.length - limitBytes, 0));
          expect(Buffer.compare(Buffer.concat(seen), bytes)).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('takes its own token in the output for output', async () => {
    const line = new Line();
    const { ended } = new Agent(line).execute('x', { limitBytes: 1000 });
    const { token } = line;
    line.say(`${token}${token} exit x\n${token} exit 7777\n${token.slice(0, 9)}${token} exit 7\n`);
    const end = await ended;
    expect(end.status).toBe(7);
    expect(end.output.toString()).toBe(`${token}${token} exit x\n${token} exit 7777\n${token.slice(0, 9)}`);
  });

  it('does not wait for the end of a line that is no trailer', async () => {
    const line = new Line();
    const seen: string[] = [];
    new Agent(line).execute('x', {
      limitBytes: 1000,
      onOutput: (chunk) => void seen.push(Buffer.from(chunk).toString()),
    });
    line.say(`${line.token}${'-'.repeat(100)}`);
    await settle();
    expect(seen.join('')).toBe(`${line.token}${'-'.repeat(100)}`);
  });

  it('ends a cancelled script when the guest says so', async () => {
    const line = new Line();
    const { ended, cancel } = new Agent(line).execute('x', { limitBytes: 1000 });
    line.say('some');
    cancel();
    await settle();
    expect(line.sent.toString()).toContain(`cancel ${line.token} 0 0\n`);
    line.say(`${line.token} cancelled\n`);
    expect(await ended).toMatchObject({ status: 'cancelled', output: Buffer.from('some') });
  });
});
