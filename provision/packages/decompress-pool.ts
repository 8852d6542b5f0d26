/** Decompression of xz on other cores. Without the built worker (when run from source) there is no pool. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

export type ToWorker =
  | { type: 'start'; path: string; start: number; end: number }
  /** The reader has used so many bytes. */
  | { type: 'taken'; bytes: number }
  | { type: 'cancel' };
export type FromWorker = { type: 'chunk'; bytes: Uint8Array<ArrayBuffer> } | { type: 'end'; error?: string };

/** scripts/build.mjs puts the worker next to the bundle's chunks. */
const workerFile = fileURLToPath(new URL('./decompress-worker.js', import.meta.url));
let built: boolean | undefined;

export const poolSize = Math.max(1, Math.min(availableParallelism(), 8));
const idle: Worker[] = [];
let running = 0;
const waiting: (() => void)[] = [];

function newWorker(file: string): Worker {
  const worker = new Worker(file);
  // Between two streams nobody else listens, and an error that nobody hears ends the process.
  worker.on('error', () => {});
  worker.on('exit', () => {
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
  });
  return worker;
}

export function poolExists(): boolean {
  built ??= existsSync(workerFile);
  return built;
}

/**
 * Unpacks bytes `start` to `end` (both included) of an xz stream in a file, on a worker of the pool. Throws what the worker
 * says, also as its last word.
 */
export async function* unxzOnPool(
  path: string,
  start: number,
  end: number,
  file = workerFile,
): AsyncGenerator<Uint8Array> {
  if (running >= poolSize) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  const worker = idle.pop() ?? newWorker(file);
  worker.ref();
  const inbox: FromWorker[] = [];
  let wake = () => {};
  let dead = false;
  const deliver = (message: FromWorker) => {
    inbox.push(message);
    wake();
  };
  const die = (error: string) => {
    dead = true;
    deliver({ type: 'end', error });
  };
  const onError = (error: Error) => die(error.message);
  const onExit = () => die('the decompression worker ended');
  const post = (message: ToWorker) => worker.postMessage(message);
  const next = async (): Promise<FromWorker> => {
    for (;;) {
      const message = inbox.shift();
      if (message) return message;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  worker.on('message', deliver).on('error', onError).on('exit', onExit);
  let healthy = false;
  try {
    post({ type: 'start', path, start, end });
    for (;;) {
      const message = await next();
      if (message.type === 'end') {
        healthy = !dead;
        if (message.error !== undefined) throw new Error(message.error);
        return;
      }
      yield message.bytes;
      post({ type: 'taken', bytes: message.bytes.length });
    }
  } finally {
    worker.off('message', deliver).off('error', onError).off('exit', onExit);
    // A worker whose stream was given up may still be busy with it: it is not worth waiting for.
    if (healthy) {
      worker.unref();
      idle.push(worker);
    } else {
      await worker.terminate();
    }
    running -= 1;
    waiting.shift()?.();
  }
}
