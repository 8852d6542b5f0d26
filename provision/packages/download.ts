/** Downloads over http and https with Node's own `fetch`: retried, resumed, watched for stalls. */
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError, labError } from '../../lab/errors.ts';
import { fileSystemError, throwIfInterrupted } from '../cache.ts';
import type { Context } from '../context.ts';
import { renameWhenFree } from '../host/rename.ts';
import { markVerified, sha256Of } from './verified.ts';

/** How long to put up with a bad connection. */
export interface NetworkPatience {
  /** A connection that brings no byte for this long is given up and tried anew, in milliseconds. */
  readonly stallMs?: number;
  /** Attempts in a row that bring nothing before the mirror counts as gone. */
  readonly attempts?: number;
  /** First pause between attempts, doubled each time, in milliseconds. */
  readonly pauseMs?: number;
}

export interface DownloadOptions extends NetworkPatience {
  readonly signal: AbortSignal;
  /** Said with a failure when a proxy is configured that Node does not use. */
  readonly proxyNote?: string | undefined;
}

export function networkOptions(
  { env, signal }: Pick<Context, 'env' | 'signal'>,
  patience: NetworkPatience = {},
): DownloadOptions {
  const names = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];
  const set = names.find((name) => env[name]);
  const proxyNote =
    set === undefined || env.NODE_USE_ENV_PROXY
      ? undefined
      : `the proxy in ${set} is not used: that takes Node 24 and NODE_USE_ENV_PROXY=1`;
  return { ...patience, signal, proxyNote };
}

export interface FileToDownload {
  readonly url: string;
  readonly sha256: string;
  readonly size: number;
  /** Where it goes; `<path>.part` holds what has come so far. */
  readonly path: string;
}

/** A small file as a whole, e.g. `InRelease`; undefined when the mirror has none (404). */
export async function fetchSmall(
  url: string,
  options: DownloadOptions & { limitBytes?: number },
): Promise<Uint8Array | undefined> {
  return retrying(url, options, async () => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const limit = options.limitBytes ?? 16 * 1024 * 1024;
    const found = await request(url, {}, options, async (response, chunk) => {
      if (chunk === undefined) return;
      size += chunk.length;
      if (size > limit) throw new Permanent(`${response.url} is longer than ${limit} bytes`);
      chunks.push(chunk);
    });
    return { done: true, progressed: false, value: found ? Buffer.concat(chunks) : undefined };
  });
}

/**
 * Brings one file of known size and SHA256 to its place. What an earlier attempt left is continued; a wrong
 * checksum is tried once more from zero. Throws `MirrorLacksFile` (404), `WrongChecksum`, `MirrorUnreachable`.
 */
export async function downloadFile(
  file: FileToDownload,
  options: DownloadOptions & { onBytes?: (bytes: number) => void },
): Promise<void> {
  const part = `${file.path}.part`;
  try {
    await mkdir(dirname(file.path), { recursive: true });
    for (let wrong = 0; ; wrong += 1) {
      await bring(file, part, options);
      const found = await sha256Of(part, options.signal);
      if (found === file.sha256) break;
      options.onBytes?.(-file.size);
      await rm(part, { force: true });
      if (wrong === 1) throw labError('WrongChecksum', { url: file.url, expected: file.sha256, found });
    }
    await markVerified(part);
    await renameWhenFree(part, file.path);
  } catch (error) {
    throw fileSystemError(error, file.path);
  }
}

/** Fills `part` up to the file's size, over as many connections as it takes. */
async function bring(
  file: FileToDownload,
  part: string,
  options: DownloadOptions & { onBytes?: (bytes: number) => void },
): Promise<void> {
  const handle = await open(part, 'a');
  try {
    let have = (await handle.stat()).size;
    if (have > file.size) {
      await handle.truncate(0);
      have = 0;
    }
    options.onBytes?.(have);
    await retrying(file.url, options, async () => {
      const before = have;
      have = await continueFrom(handle, have, file, options);
      return { done: have === file.size, progressed: have > before, value: undefined };
    });
  } finally {
    await handle.close();
  }
}

/** One connection's worth; answers how much the file holds afterwards. */
async function continueFrom(
  handle: FileHandle,
  start: number,
  file: FileToDownload,
  options: DownloadOptions & { onBytes?: (bytes: number) => void },
): Promise<number> {
  let have = start;
  if (have === file.size) return have;
  const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
  let first = true;
  try {
    const found = await request(file.url, headers, options, async (response, chunk) => {
      if (first) {
        first = false;
        const from = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
        if (response.status !== 206 || Number(from) !== have) {
          // The server sends the file from its beginning.
          options.onBytes?.(-have);
          have = 0;
          await handle.truncate(0);
        }
      }
      if (chunk === undefined) return;
      if (have + chunk.length > file.size) throw new Permanent('it is longer than the signed index says');
      await handle.appendFile(chunk);
      have += chunk.length;
      options.onBytes?.(chunk.length);
    });
    if (!found) throw labError('MirrorLacksFile', { url: file.url, status: 404 });
    return have;
  } catch (error) {
    if (error instanceof Temporary && have > start) return have;
    throw error;
  }
}

/** Worth another attempt: the connection, or a server that is busy. */
class Temporary extends Error {}
/** Not worth another attempt. */
class Permanent extends Error {}

/**
 * Sends one request and hands over its body chunk by chunk, after one call without a chunk when the headers are
 * there. False for 404. Throws `Temporary` or `Permanent` for what the network did, `Interrupted` on abort;
 * what `take` throws passes through.
 */
async function request(
  url: string,
  headers: Record<string, string>,
  { signal, stallMs = 20_000 }: DownloadOptions,
  take: (response: Response, chunk?: Uint8Array) => Promise<void>,
): Promise<boolean> {
  throwIfInterrupted(signal);
  const connection = new AbortController();
  const abort = () => connection.abort();
  signal.addEventListener('abort', abort, { once: true });
  let stalled = false;
  const watchdog = setTimeout(() => {
    stalled = true;
    connection.abort();
  }, stallMs);
  /** What went wrong between us and the server, as opposed to what `take` thought of it. */
  const network = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throwIfInterrupted(signal);
      throw new Temporary(stalled ? `no answer for ${Math.round(stallMs / 1000)} s` : reasonOf(error), {
        cause: error,
      });
    }
  };
  try {
    const response = await network(
      fetch(url, {
        headers: { 'accept-encoding': 'identity', 'user-agent': 'lab3', ...headers },
        signal: connection.signal,
      }),
    );
    if (response.status === 404 || response.status === 410) return false;
    if (response.status === 429 || response.status >= 500) {
      throw new Temporary(`it answered ${response.status} ${response.statusText}`.trim());
    }
    if (!response.ok) throw new Permanent(`it answered ${response.status} ${response.statusText}`.trim());
    await take(response);
    const reader = response.body?.getReader();
    for (;;) {
      watchdog.refresh();
      const next = reader ? await network(reader.read()) : { done: true as const, value: undefined };
      if (next.done) return true;
      await take(response, next.value);
    }
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener('abort', abort);
    connection.abort();
  }
}

/** Repeats `attempt` until it is done; gives up after several in a row that brought nothing. */
async function retrying<T>(
  url: string,
  { signal, proxyNote, attempts = 4, pauseMs = 500 }: DownloadOptions,
  attempt: () => Promise<{ done: boolean; progressed: boolean; value: T }>,
): Promise<T> {
  let reason = 'the connection was closed too early';
  const unreachable = (why: string, cause?: unknown) =>
    labError('MirrorUnreachable', { url, reason: proxyNote ? `${why} (${proxyNote})` : why }, { cause });
  for (let failed = 0; failed < attempts; ) {
    try {
      const outcome = await attempt();
      if (outcome.done) return outcome.value;
      failed = outcome.progressed ? 0 : failed + 1;
    } catch (error) {
      if (error instanceof Permanent) {
        throw unreachable(error.message, error);
      }
      if (!(error instanceof Temporary)) throw error;
      reason = error.message;
      failed += 1;
    }
    if (failed < attempts) await sleep(pauseMs * 2 ** failed, undefined, { signal }).catch(() => {});
    throwIfInterrupted(signal);
  }
  throw unreachable(reason);
}

/** `fetch failed` says nothing: the cause does. */
function reasonOf(error: unknown): string {
  if (error instanceof LabError) return error.message;
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  switch (cause?.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name cannot be resolved (no network?)';
    case 'ECONNREFUSED':
      return 'the connection was refused';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'the connection broke off';
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'there is no route to it (no network?)';
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return 'it does not answer';
    default:
      return cause?.message ?? (error as Error).message;
  }
}
