/** The builder image: Dockerfile.builder over the packages of one kernel release, made once and kept. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { Pack } from 'tar-stream';
import { LabError, labError } from '../../../lab/errors.ts';
import { type Step, step } from '../../../lab/events.ts';
import type { Architecture } from '../../../lab/names.ts';
import { withLock } from '../../cache.ts';
import type { Context } from '../../context.ts';
import type { DebFile } from '../../packages/provide.ts';
import type { Client } from './client.ts';
import { mark } from './labels.ts';

const repository = 'lab3-builder';
const pullDeadlineMs = 180_000;
const buildDeadlineMs = 900_000;

export const baseImage = (env: Context['env']) => env.LAB3_BASE_IMAGE || 'debian:trixie-slim';

export interface ImageRequest {
  readonly debs: readonly DebFile[];
  readonly arch: Architecture;
  /** Images follow each other along a line: a newer kernel or compiler of it takes the older one's place. */
  readonly line: string;
}

/** Tag of an image that holds exactly these packages; made when the engine has none. */
export async function provideImage(context: Context, client: Client, request: ImageRequest): Promise<string> {
  const { debs } = request;
  const dockerfile = await readFile(await findDockerfile(), 'utf8');
  const parts = [dockerfile, ...debs.map(({ sha256 }) => sha256).sort()];
  const key = createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
  const image = `${repository}:${key}`;
  if (await hasImage(client, image)) return image;
  await step(context.emit, 'Making the builder image', (shown) =>
    withLock(
      context,
      `image-${key}`,
      async () => {
        if (await hasImage(client, image)) return;
        await provideBase(context, client, shown);
        await buildImage(context, client, { ...request, image, dockerfile });
        await removeOlder(client, request.line, image);
      },
      { note: (text) => shown.note(text) },
    ),
  );
  return image;
}

/** Docker Desktop at rest takes up to ten seconds to wake its machine. */
const wakeMs = 12_000;

/** Whether a build can start: an image of ours is there, or the base image is or can be pulled. */
export async function baseObstacle(context: Context, client: Client): Promise<string | undefined> {
  const filters = { label: [mark], reference: [repository] };
  const own = await client.call('list images', client.docker.listImages({ filters }), wakeMs);
  const base = baseImage(context.env);
  if (own.length > 0 || (await hasImage(client, base))) return undefined;
  // Asks the registry for the image's description alone: says within seconds what a pull would.
  const { name, tag } = splitName(base);
  const registry = new Promise<void>((resolve, reject) => {
    client.docker.modem.dial(
      { path: `/distribution/${name}:${tag}/json`, method: 'GET', statusCodes: { 200: true } },
      (error) => (error ? reject(error) : resolve()),
    );
  });
  try {
    await client.call('ask the registry', registry, wakeMs);
    return undefined;
  } catch (error) {
    if (error instanceof LabError && error.fault === 'interrupted') throw error;
    const slow = error instanceof LabError && /^no answer/.test(String(error.params.reason));
    if (slow)
      return `the engine did not say within ${wakeMs / 1000} s whether it can get the image ${base} (\`docker pull ${base}\`)`;
    return `the engine has no image ${base} and cannot reach a registry (\`docker pull ${base}\` where there is network)`;
  }
}

async function hasImage(client: Client, name: string): Promise<boolean> {
  try {
    await client.call('look at an image', client.docker.getImage(name).inspect());
    return true;
  } catch (error) {
    if (error instanceof LabError && error.params.status === 404) return false;
    throw error;
  }
}

async function provideBase(context: Context, client: Client, shown: Step): Promise<void> {
  const image = baseImage(context.env);
  if (await hasImage(client, image)) return;
  shown.note(`pulling ${image}`);
  try {
    const stream = await client.call(`pull ${image}`, client.docker.pull(image), pullDeadlineMs);
    await client.call(
      `pull ${image}`,
      follow(client, stream, () => {}),
      pullDeadlineMs,
    );
  } catch (error) {
    if (!(error instanceof LabError) || error.fault === 'interrupted') throw error;
    const reason = String(error.params.reason);
    throw labError('BaseImageMissing', { image, endpoint: client.engine.address, reason }, { cause: error });
  }
}

interface ImageSpec extends ImageRequest {
  readonly image: string;
  readonly dockerfile: string;
}

async function buildImage(context: Context, client: Client, spec: ImageSpec): Promise<void> {
  const { image, dockerfile, line, arch, debs } = spec;
  const { pack } = (await import('tar-stream')).default;
  const archive = pack();
  const cancel = new AbortController();
  const sending = sendContext(archive, dockerfile, debs).catch((error: Error) => archive.destroy(error));
  try {
    const answer = client.docker.buildImage(Readable.from(archive), {
      t: image,
      dockerfile: 'Dockerfile.builder',
      buildargs: { BASE: baseImage(context.env) },
      labels: { 'lab3.line': line },
      platform: `linux/${arch}`,
      rm: true,
      forcerm: true,
      abortSignal: cancel.signal,
    });
    const stream = await client.call('build an image', answer, buildDeadlineMs);
    const said: string[] = [];
    const built = follow(client, stream, (line) => {
      said.push(line);
      context.emit({ type: 'output', source: 'docker', text: line });
    });
    await client.call('build an image', built, buildDeadlineMs).catch((error: unknown) => {
      if (!(error instanceof LabError) || error.name !== 'DockerRefused') throw error;
      const detail = said.slice(-20).join('\n');
      throw labError(
        'BuilderImageFailed',
        { image, reason: String(error.params.reason) },
        { cause: error, detail },
      );
    });
  } finally {
    // Closing the request is what ends a build in the engine.
    cancel.abort();
    archive.destroy();
    await sending;
  }
}

async function sendContext(archive: Pack, dockerfile: string, debs: readonly DebFile[]): Promise<void> {
  archive.entry({ name: 'Dockerfile.builder' }, dockerfile);
  for (const { name, sha256, size, path: file } of debs) {
    const header = { name: `debs/${name}_${sha256.slice(0, 8)}.deb`, size };
    await pipeline(createReadStream(file), archive.entry(header));
  }
  archive.finalize();
}

/** Reads the engine's progress to its end; an error in it is thrown as the engine's refusal. */
function follow(client: Client, stream: NodeJS.ReadableStream, line: (text: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (message: string) => reject(Object.assign(new Error(message), { statusCode: 500 }));
    // An engine that dies closes the connection without an end.
    stream.once('close', () => setImmediate(() => reject(new Error('the connection was closed'))));
    client.docker.modem.followProgress(
      stream,
      (error) => (error ? reject(error) : resolve()),
      (event: { stream?: unknown; error?: unknown }) => {
        if (typeof event.error === 'string') refuse(event.error);
        if (typeof event.stream === 'string' && event.stream.trim() !== '') line(event.stream.trimEnd());
      },
    );
  });
}

/** Older images of the same line, and the unpacking stage that building left behind. */
async function removeOlder(client: Client, line: string, keep: string): Promise<void> {
  const filters = { label: [mark] };
  const images = await client.call('list images', client.docker.listImages({ filters }));
  for (const { Id, RepoTags, Labels } of images) {
    const tags = (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>');
    const other = tags.every((tag) => tag.startsWith(`${repository}:`)) && !tags.includes(keep);
    const same = Labels?.['lab3.line'] === line;
    if (!other || (tags.length > 0 && !same)) continue;
    // One that a container still uses stays, and goes next time.
    await client.call('remove an image', client.docker.getImage(Id).remove()).catch(() => {});
  }
}

function splitName(image: string): { name: string; tag: string } {
  const at = image.lastIndexOf(':');
  return at > image.lastIndexOf('/')
    ? { name: image.slice(0, at), tag: image.slice(at + 1) }
    : { name: image, tag: 'latest' };
}

/** At the top of the package, whether this runs from the sources or from the bundle. */
async function findDockerfile(): Promise<string> {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'Dockerfile.builder');
    const found = await access(file).then(
      () => true,
      () => false,
    );
    if (found || folder === path.dirname(folder)) return file;
  }
}
