/** Entries of a tar that comes in pieces. */
import type { Extract } from 'tar-stream';
import { library } from '../../../provision/library.ts';
import type { Entry } from '../entry.ts';

const kinds: Record<string, Entry['kind'] | undefined> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'link',
  link: 'link',
};

/** Damage shows as an error while reading. What is not asked for is passed over as it comes. */
export async function* tarEntries(source: AsyncIterable<Uint8Array>): AsyncGenerator<Entry, void, undefined> {
  const { extract } = (await library('tar-stream', () => import('tar-stream'))).default;
  // Tars from before POSIX have no magic; the types do not know the option.
  const options: object = { allowUnknownFormat: true };
  const untar = extract(options);
  const feeding = feed(untar, source);
  try {
    for await (const entry of untar) {
      const { name, type } = entry.header;
      const chunks = entry as unknown as AsyncIterable<Uint8Array>;
      // `null` is a type that tar-stream does not know: sparse files, volume labels.
      const kind = type === null ? 'special' : (kinds[type ?? 'file'] ?? 'special');
      yield { name, kind, chunks: () => chunks };
      entry.resume();
    }
  } finally {
    untar.destroy();
    await feeding;
  }
}

/** Writes into `untar` until the end or until `untar` is destroyed; errors of the source end up there. */
async function feed(untar: Extract, source: AsyncIterable<Uint8Array>): Promise<void> {
  let wake = () => {};
  untar.on('drain', () => wake()).on('close', () => wake());
  try {
    for await (const chunk of source) {
      if (untar.destroyed) return;
      if (untar.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (untar.destroyed) return;
    }
    untar.end(null);
  } catch (error) {
    untar.destroy(error as Error);
  }
}
