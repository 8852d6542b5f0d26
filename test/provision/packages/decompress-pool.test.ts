import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { unxzOnPool } from '../../../provision/packages/decompress-pool.ts';

async function worker(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab3-worker-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'worker.mjs');
  await writeFile(file, `import { parentPort } from 'node:worker_threads';\n${text}\n`);
  return file;
}

const read = async (file: string) => {
  const parts: Uint8Array[] = [];
  for await (const part of unxzOnPool('some.xz', 0, 1, file)) parts.push(part);
  return Buffer.concat(parts).toString();
};

test('a worker that dies fails its own stream, and nobody waits for it afterwards', {
  timeout: 20_000,
}, async () => {
  const crashes = await worker(`parentPort.on('message', () => { throw new Error('out of memory'); });`);
  const ends = await worker(`parentPort.on('message', () => process.exit(3));`);
  const works = await worker(`parentPort.on('message', ({ type }) => {
    if (type !== 'start') return;
    parentPort.postMessage({ type: 'chunk', bytes: Buffer.from('text') });
    parentPort.postMessage({ type: 'end' });
  });`);
  await expect(read(crashes)).rejects.toThrow('out of memory');
  await expect(read(ends)).rejects.toThrow('the decompression worker ended');
  expect(await read(works)).toBe('text');
  // The one of before serves again.
  expect(await read(crashes)).toBe('text');
});
