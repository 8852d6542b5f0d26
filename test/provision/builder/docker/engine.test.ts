import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  candidates,
  connection,
  describeSearch,
  findEngine,
} from '../../../../provision/builder/docker/engine.ts';

let home: string;
const servers: Server[] = [];
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'lab3-engine-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await rm(home, { recursive: true, force: true });
});

/** Something on a socket that answers, or never does. */
async function listen(socket: string, answer: object | undefined): Promise<string> {
  const file = path.join(home, socket);
  await mkdir(path.dirname(file), { recursive: true });
  const server = createServer((_request, response) => {
    if (answer !== undefined) response.end(JSON.stringify(answer));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(file, resolve));
  return file;
}

const linux = { Os: 'linux', Arch: 'amd64', Version: '28.1' };
const here = (env: Record<string, string> = {}) => ({
  platform: 'linux' as const,
  env: { HOME: home, XDG_RUNTIME_DIR: path.join(home, 'run'), ...env },
  deadlineMs: 300,
});
const found = async (env: Record<string, string> = {}) =>
  (await candidates(here(env))).map(({ address }) => address);

async function dockerContext(name: string, host: string): Promise<void> {
  const folder = path.join(home, '.docker/contexts/meta', createHash('sha256').update(name).digest('hex'));
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(home, '.docker/config.json'), JSON.stringify({ currentContext: name }));
  await writeFile(
    path.join(folder, 'meta.json'),
    JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
  );
}

describe('places', () => {
  test('DOCKER_HOST, then the current context, then the known ones, each once', async () => {
    await dockerContext('colima', `unix://${home}/.colima/default/docker.sock`);
    const [first, second, ...rest] = await found({ DOCKER_HOST: 'tcp://10.0.0.1:2375' });
    expect([first, second]).toEqual(['tcp://10.0.0.1:2375', `unix://${home}/.colima/default/docker.sock`]);
    expect(rest[0]).toBe('unix:///var/run/docker.sock');
    expect(rest).toContain(`unix://${home}/.rd/docker.sock`);
    expect(rest).toContain(`unix://${home}/run/podman/podman.sock`);
    expect(rest).not.toContain(second);
  });

  test('the context is the one of DOCKER_CONTEXT when that is set; `default` means none', async () => {
    await dockerContext('remote', 'tcp://10.0.0.2:2375');
    expect((await found({ DOCKER_CONTEXT: 'default' }))[0]).toBe('unix:///var/run/docker.sock');
    expect((await found({ DOCKER_CONTEXT: 'gone' }))[0]).toBe('unix:///var/run/docker.sock');
    expect((await found())[0]).toBe('tcp://10.0.0.2:2375');
  });

  test('a damaged configuration is passed over', async () => {
    await mkdir(path.join(home, '.docker'));
    for (const text of ['{', '[]', 'null', '{"currentContext": 3}']) {
      await writeFile(path.join(home, '.docker/config.json'), text);
      expect((await found())[0]).toBe('unix:///var/run/docker.sock');
    }
  });

  test('Windows has pipes', async () => {
    const places = await candidates({ platform: 'win32', env: { USERPROFILE: home } });
    expect(places.map(({ address }) => address)).toEqual([
      'npipe:////./pipe/docker_engine',
      'npipe:////./pipe/dockerDesktopLinuxEngine',
      'npipe:////./pipe/podman-machine-default',
    ]);
    expect(connection(places[0] ?? { from: '', address: '', named: false })).toEqual({
      socketPath: '//./pipe/docker_engine',
    });
  });

  test('Windows has the current context too, in the person’s folder by the name that Windows gives it', async () => {
    await dockerContext('desktop-linux', 'npipe:////./pipe/dockerDesktopLinuxEngine');
    const env = { UserProfile: home, HOME: '/c/Users/somebody' };
    const [first, ...rest] = await candidates({ platform: 'win32', env });
    expect(first).toMatchObject({
      from: 'Docker context desktop-linux',
      address: 'npipe:////./pipe/dockerDesktopLinuxEngine',
      named: true,
    });
    expect(rest.map(({ address }) => address)).not.toContain(first?.address);
  });

  test.each([
    ['Docker Desktop', '.docker/run/docker.sock'],
    ['colima', '.colima/default/docker.sock'],
    ['OrbStack', '.orbstack/run/docker.sock'],
    ['Rancher Desktop', '.rd/docker.sock'],
    ['Podman', '.local/share/containers/podman/machine/podman.sock'],
  ])('macOS has that of %s, in a home folder with a space', async (from, socket) => {
    const places = await candidates({ platform: 'darwin', env: { HOME: '/Users/o k' } });
    expect(places).toContainEqual({ from, address: `unix:///Users/o k/${socket}`, named: false });
    expect(connection({ from, address: `unix:///Users/o k/${socket}`, named: false })).toEqual({
      socketPath: `/Users/o k/${socket}`,
    });
  });

  test('neither has the folders of a Linux session', async () => {
    for (const platform of ['win32', 'darwin'] as const) {
      const places = await candidates({ platform, env: { HOME: home, USERPROFILE: home } });
      expect(places.filter(({ address }) => address.includes('/run/user/'))).toEqual([]);
    }
  });

  test('macOS has the one of Docker Desktop and of a Podman machine', async () => {
    const places = await candidates({ platform: 'darwin', env: { HOME: home, TMPDIR: '/var/folders/x/T/' } });
    const addresses = places.map(({ address }) => address);
    expect(addresses).toContain(`unix://${home}/.docker/run/docker.sock`);
    expect(addresses).toContain('unix:///var/folders/x/T/podman/podman-machine-default-api.sock');
  });
});

test.each([
  ['tcp://10.0.0.1:99', { protocol: 'http', host: '10.0.0.1', port: 99 }],
  ['tcp://engine', { protocol: 'http', host: 'engine', port: 2375 }],
  ['https://[::1]:2376/', { protocol: 'https', host: '::1', port: 2376 }],
  ['ssh://me@host', undefined],
  ['nonsense', undefined],
])('the address %s', (address, target) => {
  expect(connection({ from: '', address, named: true })).toEqual(target);
});

describe('search', () => {
  test('the first that answers is taken, whatever comes after', async () => {
    const colima = await listen('.colima/default/docker.sock', linux);
    await listen('.rd/docker.sock', { ...linux, Version: 'other' });
    await dockerContext('colima', `unix://${colima}`);
    const { engine, tried } = await findEngine(here({ DOCKER_HOST: `unix://${home}/dead.sock` }));
    expect(engine).toMatchObject({ from: 'Docker context colima', version: '28.1', arch: 'amd64' });
    expect(tried[0]).toMatchObject({ candidate: { from: 'DOCKER_HOST' }, outcome: 'nothing there' });
  });

  test('what does not answer in time, answers nonsense or runs Windows is said', async () => {
    const cases = [
      [undefined, 'no answer within 0.3 s'],
      [{ ...linux, Os: 'windows' }, 'switch it to Linux containers'],
      [{}, 'undefined containers'],
    ] as const;
    for (const [at, [answer, words]] of cases.entries()) {
      const socket = await listen(`s${at}.sock`, answer);
      const { tried } = await findEngine(here({ DOCKER_HOST: `unix://${socket}` }));
      expect(tried[0]?.outcome).toContain(words);
    }
  });

  test('names in words what was tried', () => {
    const named = { from: 'DOCKER_HOST', address: 'tcp://h:1', named: true };
    const known = { from: 'colima', address: 'unix:///x', named: false };
    const tried = [
      { candidate: named, outcome: 'nobody answers' },
      { candidate: known, outcome: 'nothing there' },
      { candidate: { ...known, from: 'Podman' }, outcome: 'access is denied' },
    ];
    expect(describeSearch({ tried })).toBe(
      'DOCKER_HOST (tcp://h:1): nobody answers; Podman (unix:///x): access is denied; ' +
        '1 known places of Docker Desktop, colima, Rancher Desktop and Podman: nothing there',
    );
  });
});
