/** relay.pl itself, as it runs in a container, with a shell in the place of QEMU. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { Relay } from '../../../../provision/guest/container/relay.ts';
import { processInfo } from '../../../../provision/host/process-info.ts';
import { findProgram } from '../../../../provision/host/programs.ts';
import { requirePart } from '../../../require.ts';

const script = await readFile(
  fileURLToPath(new URL('../../../../provision/guest/container/relay.pl', import.meta.url)),
  'utf8',
);
const { platform, env } = process;
const perl = await findProgram({ platform, env }, 'perl');
const present = requirePart('Perl on Linux', platform === 'linux' && perl !== undefined, 'not on the PATH');
let child: ChildProcess | undefined;

function open(program: string, silence = 300): { relay: Relay; child: ChildProcess } {
  const started = spawn(perl ?? '', ['-e', script, '2', String(silence), 'sh', '-c', program], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child = started;
  const { stdin, stdout } = started;
  if (!stdin || !stdout) throw new Error('no pipes');
  const line = new Duplex({
    read: () => undefined,
    write: (chunk, _encoding, done) => void stdin.write(chunk, () => done()),
    final: (done) => void stdin.end(done),
  });
  stdin.on('error', () => undefined);
  const relay = new Relay(line, 2);
  stdout.on('data', (chunk: Buffer) => relay.receive(chunk));
  stdout.on('end', () => line.push(null));
  line.resume();
  return { relay, child: started };
}

const text = async (stream: Duplex) => {
  let said = '';
  for await (const chunk of stream) said += String(chunk);
  return said;
};

afterEach(() => void child?.stdin?.end());

describe.skipIf(!present)('the relay', () => {
  it('gives each channel a descriptor of its own and keeps them apart', async () => {
    const { relay } = open('read -r a <&3; read -r b <&4; echo "3 $a" >&3; echo "4 $b" >&4');
    const said = Promise.all(relay.channels.map(text));
    relay.channels[1]?.write('two\n');
    relay.channels[0]?.write('one\n');
    expect(await said).toEqual(['3 one\n', '4 two\n']);
    expect(await relay.ended).toEqual({ how: 'exit status 0' });
  });

  it('carries any bytes, however many', async () => {
    const { relay } = open('head -c 3000000 <&3 >&3');
    const content = randomBytes(3_000_000);
    relay.channels[0]?.write(content);
    const pieces: Buffer[] = [];
    for await (const chunk of relay.channels[0] as Duplex) pieces.push(chunk as Buffer);
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });

  it('delivers what was said before the end, and says how it ended', async () => {
    const { relay } = open('echo last words >&3; kill -KILL $$');
    expect(await text(relay.channels[0] as Duplex)).toBe('last words\n');
    expect(await relay.ended).toEqual({ how: 'killed by SIGKILL' });
    expect((await open('exit 3').relay.ended).how).toBe('exit status 3');
  });

  it('holds back a channel that nobody reads, and no other', async () => {
    const { relay } = open('(yes >&3 &) ; read -r line <&4; echo "$line" >&4; exec sleep 100');
    const answer = once(relay.channels[1] as Duplex, 'data');
    // Time enough to fill every buffer on the way.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = relay.channels[0]?.readableLength ?? 0;
    relay.channels[1]?.write('still here\n');
    expect(String((await answer)[0])).toBe('still here\n');
    expect(before).toBeLessThan(8 * 2 ** 20);
    const more = once(relay.channels[0] as Duplex, 'data');
    expect((await more)[0].length).toBeGreaterThan(0);
  });

  it('gives a file and removes it, or says why not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab3-relay-'));
    try {
      const { relay } = open('read -r line <&3');
      const file = join(folder, 'picture');
      await writeFile(file, Buffer.alloc(200_000, 7));
      expect((await relay.file(file)).equals(Buffer.alloc(200_000, 7))).toBe(true);
      await expect(relay.file(file)).rejects.toThrow(/No such file/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('ends with its input, and QEMU with it', async () => {
    const { relay, child } = open('echo $$ >&3; exec sleep 1000');
    const pid = Number(String((await once(relay.channels[0] as Duplex, 'data'))[0]));
    relay.close();
    await once(child, 'close');
    await expect.poll(() => processInfo(platform, pid)).toBeUndefined();
    expect((await relay.ended).how).toBeUndefined();
  });

  it('ends when its client says nothing any more', async () => {
    const { child } = open('exec sleep 1000', 1);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says that QEMU is not there', async () => {
    const { relay } = open('exec /no/such/program 2>/dev/null');
    expect((await relay.ended).how).toBe('exit status 127');
  });

  it('takes what is no relay for its end', async () => {
    const { relay } = open('exec sleep 100');
    relay.receive(Buffer.from('HTTP/1.1 500 Internal Server Error\r\n'));
    expect((await relay.ended).how).toBeUndefined();
  });
});
