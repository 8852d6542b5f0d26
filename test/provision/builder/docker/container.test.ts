import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../../../provision/builder/docker/client.ts';
import { makeContainer } from '../../../../provision/builder/docker/container.ts';
import { temporaryFolder } from '../../context.ts';

/** An engine that takes its time for a container. */
async function slowEngine() {
  const calls: string[] = [];
  const server = createServer(async (request, response) => {
    calls.push(`${request.method} ${request.url?.replace(/\?.*/, '')}`);
    if (request.method === 'POST') await sleep(200);
    response.statusCode = request.method === 'POST' ? 201 : 204;
    response.end(request.method === 'POST' ? JSON.stringify({ Id: 'abc' }) : undefined);
  });
  const socket = join(await temporaryFolder(), 'engine.sock');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `unix://${socket}`, calls };
}

test('a container that comes after Ctrl-C is removed again', async () => {
  const { address, calls } = await slowEngine();
  const abort = new AbortController();
  const engine = { address, from: 'a test', named: true, arch: 'amd64', version: '28' };
  const client = await connect(engine, abort.signal);
  setTimeout(() => abort.abort(), 50);
  await expect(makeContainer(client, { Image: 'some' })).rejects.toMatchObject({ name: 'Interrupted' });
  expect(calls).toEqual(['POST /containers/create', 'DELETE /containers/abc']);
});
