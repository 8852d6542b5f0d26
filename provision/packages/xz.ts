/**
 * xz in WebAssembly: the one place that knows the library. It holds a lock from a stream's first byte to its last,
 * so a second stream in the same thread waits for the first: a stream must be read to its end or given up.
 */
import { library } from '../library.ts';

/** Unpacks a stream of xz. Truncated or damaged input shows as an error. */
export async function* unxz(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const { default: xz } = await library('xz-decompress', () => import('xz-decompress'));
  const input = ReadableStream.from(source) as ReadableStream<Uint8Array>;
  const reader = new xz.XzReadableStream(input).getReader();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (value.length > 0) yield value;
    }
    finished = true;
  } catch (error) {
    finished = true;
    throw new Error('the xz data in it is damaged or cut short', { cause: error });
  } finally {
    // Frees the library's lock for the next stream.
    if (!finished) await reader.cancel().catch(() => {});
  }
}
