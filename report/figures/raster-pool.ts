/** Pictures drawn on other cores, two at a time: most of a report's time. Run from source, there are no workers. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { rasterize } from './raster.ts';
import type { FromWorker, ToWorker } from './raster-worker.ts';

/** scripts/build.mjs puts the worker next to the bundle's chunks. */
const workerFile = fileURLToPath(new URL('./raster-worker.js', import.meta.url));
const size = Math.min(2, availableParallelism());

interface Place {
  readonly worker: Worker;
  readonly waiting: Map<number, { resolve: (png: Uint8Array) => void; reject: (error: Error) => void }>;
}

let places: Place[] | undefined;
let lastId = 0;

/** A PNG of the picture. Rejects with resvg's words. */
export async function rasterizeOnPool(svg: string): Promise<Uint8Array> {
  places ??= existsSync(workerFile) ? Array.from({ length: size }, open) : [];
  const [place] = places.toSorted((a, b) => a.waiting.size - b.waiting.size);
  return place === undefined ? rasterize(svg) : ask(place, svg);
}

/** Has every worker draw the picture, so that the next ones are drawn fast. */
export async function warmUp(svg: string): Promise<void> {
  await Promise.all(Array.from({ length: size }, () => rasterizeOnPool(svg)));
}

function ask({ worker, waiting }: Place, svg: string): Promise<Uint8Array> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    // Only a worker that somebody waits for keeps the process alive.
    worker.ref();
    worker.postMessage({ id, svg } satisfies ToWorker);
  });
}

function open(): Place {
  const worker = new Worker(workerFile);
  const place: Place = { worker, waiting: new Map() };
  const fail = (error: Error) => {
    for (const { reject } of place.waiting.values()) reject(error);
    place.waiting.clear();
    places = places?.filter((one) => one !== place);
  };
  worker.unref();
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('the drawing worker ended')));
  worker.on('message', ({ id, png, error }: FromWorker) => {
    const waiter = place.waiting.get(id);
    place.waiting.delete(id);
    if (place.waiting.size === 0) worker.unref();
    if (png !== undefined) waiter?.resolve(png);
    else waiter?.reject(new Error(error));
  });
  return place;
}
