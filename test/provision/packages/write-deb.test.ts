import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { extractFiles } from '../../../provision/packages/deb.ts';
import { makeDeb } from '../../../provision/packages/write-deb.ts';
import { temporaryFolder } from '../context.ts';

test('a package that was made here is read like any other, and is the same each time', async () => {
  const files = pack();
  files.entry({ name: 'usr/src/x/Makefile', mode: 0o644 }, 'all:\n');
  files.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of files as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const content = { name: 'x', version: '1', summary: 'a test', data: gzipSync(Buffer.concat(chunks)) };
  const deb = await makeDeb(content);
  expect(await makeDeb(content)).toEqual(deb);
  const path = join(await temporaryFolder(), 'x.deb');
  await writeFile(path, deb);
  const found = await extractFiles(path, () => true);
  expect([...found].map(([name, entry]) => [name, Buffer.from(entry.content).toString()])).toEqual([
    ['usr/src/x/Makefile', 'all:\n'],
  ]);
});
