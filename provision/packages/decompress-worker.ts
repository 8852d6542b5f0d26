/** The worker's side of `decompress-pool.ts`: unpacks one xz range of a file at a time and sends it over. */
import { createReadStream } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './decompress-pool.ts';
import { unxz } from './xz.ts';

/** Bytes sent in one message, and sent ahead of the reader. */
const batchBytes = 1 << 20;
const aheadBytes = 4 << 20;

const port = parentPort;
let ahead = 0;
let cancelled = false;
let wake = () => {};

port?.on('message', (message: ToWorker) => {
  if (message.type === 'start') {
    void run(message);
  } else {
    if (message.type === 'taken') ahead -= message.bytes;
    else cancelled = true;
    wake();
  }
});

async function run({ path, start, end }: Extract<ToWorker, { type: 'start' }>): Promise<void> {
  ahead = 0;
  cancelled = false;
  const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => port?.postMessage(message, transfer);
  try {
    let batch = new Uint8Array(batchBytes);
    let filled = 0;
    const flush = async () => {
      const bytes = batch.subarray(0, filled);
      ahead += filled;
      batch = new Uint8Array(batchBytes);
      filled = 0;
      send({ type: 'chunk', bytes }, [bytes.buffer]);
      while (ahead > aheadBytes && !cancelled) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    for await (const chunk of unxz(createReadStream(path, { start, end, highWaterMark: 1 << 18 }))) {
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + batchBytes - filled);
        batch.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === batchBytes) await flush();
      }
      if (cancelled) break;
    }
    if (!cancelled) await flush();
    send({ type: 'end' });
  } catch (error) {
    send({ type: 'end', error: (error as Error).message });
  }
}
