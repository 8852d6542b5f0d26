/** Finds the Docker engine: an ordered list of places, each asked, each answer or failure kept to be said. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import path from 'node:path';
import type { Architecture } from '../../../lab/names.ts';
import { variable } from '../../host/environment.ts';

/** What the search looks at; values, so that a test can say "this is Windows". */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's numeric id, where the system has such. */
  readonly uid?: number | undefined;
  /** For one place. */
  readonly deadlineMs?: number;
}

export interface TlsFiles {
  readonly ca?: Buffer | undefined;
  readonly cert?: Buffer | undefined;
  readonly key?: Buffer | undefined;
}

export interface Candidate {
  /** Where the address comes from: `DOCKER_HOST`, `Docker context colima`, `Podman`. */
  readonly from: string;
  /** `unix:///var/run/docker.sock`, `npipe:////./pipe/docker_engine`, `tcp://host:2376`. */
  readonly address: string;
  readonly tls?: TlsFiles | undefined;
  /** Named by the user, so worth a word when it fails; the well-known places are only tried. */
  readonly named: boolean;
}

export interface Engine extends Candidate {
  /** Debian's name, or the engine's own for others. */
  readonly arch: string;
  readonly version: string;
}

export interface EngineSearch {
  readonly engine?: Engine;
  /** In order; the last is the engine itself when there is one. */
  readonly tried: readonly { readonly candidate: Candidate; readonly outcome: string }[];
}

/** All places are asked at once; the first in order that answers is taken. Takes no longer than one deadline. */
export async function findEngine(surroundings: Surroundings): Promise<EngineSearch> {
  const asked = (await candidates(surroundings)).map((candidate) => ({
    candidate,
    answer: ask(candidate, surroundings.deadlineMs ?? 1500),
  }));
  const tried: { candidate: Candidate; outcome: string }[] = [];
  for (const { candidate, answer } of asked) {
    const { engine, outcome } = await answer;
    tried.push({ candidate, outcome });
    if (engine !== undefined) return { engine, tried };
  }
  return { tried };
}

/** The search in one sentence, for people. */
export function describeSearch({ tried }: EngineSearch): string {
  const worth = tried.filter(({ candidate, outcome }) => candidate.named || outcome !== absent);
  const others = tried.length - worth.length;
  const said = worth.map(({ candidate, outcome }) => `${candidate.from} (${candidate.address}): ${outcome}`);
  if (others > 0)
    said.push(`${others} known places of Docker Desktop, colima, Rancher Desktop and Podman: nothing there`);
  return said.length === 0 ? 'no place to look at' : said.join('; ');
}

const absent = 'nothing there';

// ------------------------------------------------------------------------------------------------------- places

type Strategy = (surroundings: Surroundings, home: string) => Promise<Candidate[]> | Candidate[];

const strategies: readonly Strategy[] = [fromEnvironment, fromContext, knownPlaces];

export async function candidates(surroundings: Surroundings): Promise<Candidate[]> {
  const { platform, env } = surroundings;
  // A shell for Windows may set HOME, by its own rules; the `docker` command does not look there.
  const home = variable(platform, env, platform === 'win32' ? 'USERPROFILE' : 'HOME') ?? '';
  const found: Candidate[] = [];
  for (const strategy of strategies) found.push(...(await strategy(surroundings, home)));
  return found.filter((one, at) => found.findIndex(({ address }) => address === one.address) === at);
}

async function fromEnvironment({ env }: Surroundings, home: string): Promise<Candidate[]> {
  const address = env.DOCKER_HOST;
  if (address === undefined || address === '') return [];
  const folder = env.DOCKER_CERT_PATH ?? dockerFolder(env, home);
  const tls = env.DOCKER_TLS_VERIFY ? await readTls(folder) : undefined;
  return [{ from: 'DOCKER_HOST', address, tls, named: true }];
}

/** The context the `docker` command uses: its folder is named by the SHA-256 of the context's name. */
async function fromContext({ env }: Surroundings, home: string): Promise<Candidate[]> {
  const folder = dockerFolder(env, home);
  const config = await readJson(path.join(folder, 'config.json'));
  const name = env.DOCKER_CONTEXT || config?.currentContext;
  if (typeof name !== 'string' || name === '' || name === 'default') return [];
  const id = createHash('sha256').update(name).digest('hex');
  const meta = await readJson(path.join(folder, 'contexts', 'meta', id, 'meta.json'));
  const endpoints = meta?.Endpoints as { docker?: { Host?: unknown } } | undefined;
  const address = endpoints?.docker?.Host;
  if (typeof address !== 'string' || address === '') return [];
  const tls = await readTls(path.join(folder, 'contexts', 'tls', id, 'docker'));
  return [{ from: `Docker context ${name}`, address, tls, named: true }];
}

function knownPlaces({ platform, env, uid }: Surroundings, home: string): Candidate[] {
  const place = (from: string, address: string): Candidate => ({ from, address, named: false });
  if (platform === 'win32') {
    return [
      place('Docker', 'npipe:////./pipe/docker_engine'),
      place('Docker Desktop', 'npipe:////./pipe/dockerDesktopLinuxEngine'),
      place('Podman', 'npipe:////./pipe/podman-machine-default'),
    ];
  }
  const below = (folder: string, ...rest: string[]) => `unix://${path.posix.join(folder, ...rest)}`;
  const runtime = env.XDG_RUNTIME_DIR ?? (uid === undefined ? undefined : `/run/user/${uid}`);
  const places = [place('Docker', 'unix:///var/run/docker.sock')];
  if (runtime !== undefined) places.push(place('rootless Docker', below(runtime, 'docker.sock')));
  if (home !== '') {
    places.push(
      place('Docker Desktop', below(home, '.docker/run/docker.sock')),
      place('Docker Desktop', below(home, '.docker/desktop/docker.sock')),
      place('colima', below(env.COLIMA_HOME ?? path.posix.join(home, '.colima'), 'default/docker.sock')),
      place('colima', below(home, '.config/colima/default/docker.sock')),
      place('OrbStack', below(home, '.orbstack/run/docker.sock')),
      place('Rancher Desktop', below(home, '.rd/docker.sock')),
      place('Podman', below(home, '.local/share/containers/podman/machine/podman.sock')),
    );
  }
  if (platform === 'darwin' && env.TMPDIR !== undefined) {
    places.push(place('Podman', below(env.TMPDIR, 'podman/podman-machine-default-api.sock')));
  }
  if (runtime !== undefined) places.push(place('rootless Podman', below(runtime, 'podman/podman.sock')));
  places.push(place('Podman', 'unix:///run/podman/podman.sock'));
  return places;
}

const dockerFolder = (env: Surroundings['env'], home: string) =>
  env.DOCKER_CONFIG ?? path.join(home, '.docker');

async function readJson(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

async function readTls(folder: string): Promise<TlsFiles | undefined> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(path.join(folder, name)).catch(() => undefined)),
  );
  return ca === undefined && cert === undefined ? undefined : { ca, cert, key };
}

// ------------------------------------------------------------------------------------------------------- asking

/** How to reach an address, in the words of both node:http and dockerode; undefined for ones we do not speak. */
export function connection(
  candidate: Candidate,
):
  | { socketPath: string }
  | ({ protocol: 'http' | 'https'; host: string; port: number } & TlsFiles)
  | undefined {
  const [, scheme, rest = ''] = /^([a-z]+):\/\/(.*)$/.exec(candidate.address) ?? [];
  if (scheme === 'unix') return { socketPath: rest };
  if (scheme === 'npipe') return { socketPath: rest };
  if (scheme !== 'tcp' && scheme !== 'http' && scheme !== 'https') return undefined;
  const [, host, port] = /^(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(rest) ?? [];
  if (host === undefined) return undefined;
  const secure = scheme === 'https' || candidate.tls !== undefined;
  return {
    protocol: secure ? 'https' : 'http',
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port ?? (secure ? 2376 : 2375)),
    ...candidate.tls,
  };
}

const debianNames: Record<string, Architecture> = {
  amd64: 'amd64',
  x86_64: 'amd64',
  arm64: 'arm64',
  aarch64: 'arm64',
};

async function ask(candidate: Candidate, deadlineMs: number): Promise<{ engine?: Engine; outcome: string }> {
  const target = connection(candidate);
  if (target === undefined) return { outcome: 'an address of a kind that is not spoken here' };
  try {
    const { Os, Arch, Version } = await getVersion(target, deadlineMs);
    const version = typeof Version === 'string' ? Version : 'unknown';
    if (Os !== 'linux') return { outcome: `it runs ${String(Os)} containers; switch it to Linux containers` };
    return {
      engine: { ...candidate, arch: debianNames[String(Arch)] ?? String(Arch), version },
      outcome: `Docker API of version ${version}`,
    };
  } catch (error) {
    return { outcome: reason(error, deadlineMs) };
  }
}

function getVersion(
  target: NonNullable<ReturnType<typeof connection>>,
  deadlineMs: number,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const secure = 'protocol' in target && target.protocol === 'https';
    const { protocol: _protocol, ...where } = { protocol: '', ...target };
    const send = secure ? requestHttps : requestHttp;
    const call = send(
      {
        ...where,
        path: '/version',
        agent: false,
        headers: { Host: 'docker' },
        signal: AbortSignal.timeout(deadlineMs),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length > 1 << 20) call.destroy(new Error('it answers without end'));
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode !== 200)
            return reject(new Error(`it answers with HTTP ${response.statusCode}`));
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString()));
          } catch {
            reject(new Error('what answers is no Docker engine'));
          }
        });
      },
    );
    call.on('error', reject);
    call.end();
  });
}

function reason(error: unknown, deadlineMs: number): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return absent;
  if (code === 'EACCES' || code === 'EPERM') {
    return 'access is denied; on Linux `sudo usermod -aG docker $USER` and a new login give it';
  }
  if (code === 'ECONNREFUSED') return 'nobody answers';
  if (name === 'AbortError' || name === 'TimeoutError') return `no answer within ${deadlineMs / 1000} s`;
  return message;
}
