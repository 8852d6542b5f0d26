/** What a folder or an archive holds, before anybody has decided to read it. */
import { createHash } from 'node:crypto';

export interface Entry {
  /** As it stands there; of an archive, not to be trusted. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'special';
  /** Bytes of a file; to be asked for, if at all, before the next entry. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Instead, where the bytes were not worth holding; `chunks` gives none then. */
  readonly digest?: Digest;
}

/** Of a picture or document: what it says is for people, and a class of them is more than memory holds. */
export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

/** @throws what `tooLarge` makes where there are more than `max` bytes */
export async function digestOf(entry: Entry, max: number, tooLarge: () => Error): Promise<Digest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of entry.chunks()) {
    bytes += chunk.length;
    if (bytes > max) throw tooLarge();
    hash.update(chunk);
  }
  return { bytes, sha256: hash.digest('hex') };
}
