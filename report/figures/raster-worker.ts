/** The worker's side of `raster-pool.ts`. */
import { parentPort } from 'node:worker_threads';
import { rasterize } from './raster.ts';

export interface ToWorker {
  readonly id: number;
  readonly svg: string;
}
export interface FromWorker {
  readonly id: number;
  readonly png?: Uint8Array;
  readonly error?: string;
}

parentPort?.on('message', async ({ id, svg }: ToWorker) => {
  const answer: FromWorker = await rasterize(svg).then(
    (png) => ({ id, png }),
    (error: unknown) => ({ id, error: error instanceof Error ? error.message : String(error) }),
  );
  parentPort?.postMessage(answer);
});
