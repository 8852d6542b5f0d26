import { connect, createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { Qmp } from '../../../../provision/guest/qemu/qmp.ts';

/** QEMU's side, as its specification says it. */
const servers: { close(): void }[] = [];
async function pair(
  answer: (command: { execute: string; id: number }, socket: Socket) => void,
): Promise<Qmp> {
  const server = createServer((socket) => {
    socket.write('{"QMP": {"version": {}, "capabilities": []}}\r\n');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) answer(JSON.parse(line), socket);
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const address = server.address();
  return new Qmp(connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1'));
}
afterAll(() => servers.forEach((server) => void server.close()));

describe('QMP', () => {
  it('matches answers to commands, with events and other lines in between', async () => {
    const qmp = await pair(({ execute, id }, socket) => {
      const answer = JSON.stringify({ return: execute, id });
      socket.write(`{"event": "RTC_CHANGE"}\r\nnonsense\r\n${answer.slice(0, 5)}`);
      socket.write(`${answer.slice(5)}\r\n`);
    });
    expect(await Promise.all(['a', 'b'].map((name) => qmp.execute(name, {}, 5000)))).toEqual(['a', 'b']);
  });

  it('rejects with what QEMU says, at the deadline, and when QEMU goes', async () => {
    const qmp = await pair(({ execute, id }, socket) => {
      if (execute === 'bad')
        socket.write(`${JSON.stringify({ error: { class: 'X', desc: 'no such file' }, id })}\n`);
      if (execute === 'die') socket.destroy();
    });
    await expect(qmp.execute('bad', {}, 5000)).rejects.toThrow('bad: no such file');
    await expect(qmp.execute('silent', {}, 20)).rejects.toThrow('silent: no answer');
    await expect(qmp.execute('die', {}, 5000)).rejects.toThrow('closed the control channel');
    // Asked afterwards: nobody waits for an answer that cannot come.
    await expect(qmp.execute('late', {}, 4000)).rejects.toThrow('late: QEMU closed the control channel');
  });
});
