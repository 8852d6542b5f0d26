import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseGuest } from '../../../provision/guest/choose.ts';
import { makeContext, temporaryFolder } from '../context.ts';

let engine: Server | undefined;

afterEach(() => {
  engine?.close();
  engine = undefined;
});

/** A Windows without QEMU, and with an engine or none. */
async function windows(docker: string) {
  const home = await temporaryFolder();
  return makeContext({ platform: 'win32', env: { PATH: home, USERPROFILE: home, DOCKER_HOST: docker } });
}

/** What the search and the look for an image ask of an engine. */
async function startEngine(): Promise<string> {
  const server = createServer((request, response) => {
    const images = request.url?.includes('/images/json') ? [{ Id: 'sha256:1' }] : undefined;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(images ?? { Os: 'linux', Arch: 'amd64', Version: '27.1' }));
  });
  engine = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('--vm', () => {
  it('is taken at its word', async () => {
    expect(await chooseGuest(await windows('tcp://127.0.0.1:9'), 'container', 'amd64')).toEqual({
      name: 'container',
    });
  });

  it('auto is QEMU on Linux, where it comes from packages', async () => {
    const linux = { ...(await windows(await startEngine())), platform: 'linux' as const };
    expect(await chooseGuest(linux, 'auto', 'amd64')).toEqual({ name: 'qemu' });
  });

  it('auto is a container where there is no QEMU and an engine answers, and says so', async () => {
    expect(await chooseGuest(await windows(await startEngine()), 'auto', 'amd64')).toEqual({
      name: 'container',
      reason: expect.stringMatching(
        /^no QEMU here \(looked at .*PATH.*\), but a Docker engine 27\.1 at tcp:/,
      ),
    });
  });

  it('auto is QEMU where there is neither: how to install it is the shorter way', async () => {
    expect(await chooseGuest(await windows('tcp://127.0.0.1:9'), 'auto', 'amd64')).toEqual({ name: 'qemu' });
  });
});
