/** Makes a Debian package of an archive of files: what was made here goes the way of all other packages. */
import { gzipSync } from 'node:zlib';
import { writeAr } from './ar.ts';

export interface DebContent {
  readonly name: string;
  readonly version: string;
  /** One line. */
  readonly summary: string;
  /** gzip-compressed tar archive; paths as `usr/src/…`. */
  readonly data: Uint8Array;
}

/** The same content gives the same bytes. */
export async function makeDeb({ name, version, summary, data }: DebContent): Promise<Buffer> {
  const { pack } = (await import('tar-stream')).default;
  const control = pack();
  const fields = {
    Package: name,
    Version: version,
    Architecture: 'all',
    Maintainer: 'lab3',
    Description: summary,
  };
  const text = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`);
  control.entry({ name: './control', mode: 0o644, mtime: new Date(0) }, text.join(''));
  control.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of control as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return writeAr([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzipSync(Buffer.concat(chunks))],
    ['data.tar.gz', data],
  ]);
}
