/** Writes tar files with whatever entries they are told to. */
import { buffer } from 'node:stream/consumers';
import { type Header, pack } from 'tar-stream';

export interface TarEntry extends Partial<Header> {
  readonly name: string;
  readonly content?: Uint8Array;
}

const mtime = new Date('2026-09-01T00:00:00Z');

export function writeTar(entries: Iterable<TarEntry>): Promise<Buffer> {
  const tar = pack();
  for (const { content = new Uint8Array(), ...header } of entries)
    tar.entry({ mtime, mode: 0o644, ...header, size: content.length }, Buffer.from(content));
  tar.finalize();
  return buffer(tar);
}
