/** Makes `.deb` files for tests. */
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { storedXz } from './xz-file.ts';

export interface TarEntry extends Partial<Header> {
  name: string;
  content?: Uint8Array | string;
}

export type DebCompression = '' | '.xz' | '.gz';

export async function makeDeb(
  entries: readonly TarEntry[],
  compression: DebCompression = '.xz',
): Promise<Buffer> {
  const control = await makeTar([{ name: './control', content: 'Package: test\n' }]);
  const data = await makeTar(entries);
  return makeAr([
    ['debian-binary', Buffer.from('2.0\n')],
    ['control.tar.gz', gzipSync(control)],
    [`data.tar${compression}`, compress(data, compression)],
  ]);
}

function compress(data: Buffer, compression: DebCompression): Buffer {
  if (compression === '.xz') return storedXz(data);
  return compression === '.gz' ? gzipSync(data) : data;
}

export function makeAr(members: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from('!<arch>\n')];
  for (const [name, content] of members) {
    const fields = [name.padEnd(16), '0'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
    parts.push(Buffer.from(`${fields.join('')}${String(content.length).padEnd(10)}\`\n`), content);
    if (content.length % 2 === 1) parts.push(Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}

async function makeTar(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack();
  const reading = (async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of tar as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return Buffer.concat(chunks);
  })();
  for (const { content = '', ...header } of entries) {
    tar.entry({ mode: 0o644, ...header }, typeof content === 'string' ? content : Buffer.from(content));
  }
  tar.finalize();
  return reading;
}
