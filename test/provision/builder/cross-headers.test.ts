import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Pack, pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { crossHeaders } from '../../../provision/builder/cross-headers.ts';
import { readDeb } from '../../../provision/packages/deb.ts';
import type { DebFile } from '../../../provision/packages/provide.ts';
import { makeDeb } from '../../../provision/packages/write-deb.ts';
import { makeContext, temporaryFolder } from '../context.ts';

const root = 'usr/src/linux-headers-6.12.1-lab3-checked-arm64';
const kbuild: DebFile = { name: 'linux-kbuild-6.12.1', version: '1', sha256: 'k', size: 1, path: '/nowhere' };

async function headers(fill: (archive: Pack) => void): Promise<DebFile> {
  const archive = pack();
  fill(archive);
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const name = 'linux-headers-6.12.1-lab3-checked-arm64';
  const deb = await makeDeb({ name, version: '1', summary: '', data: gzipSync(Buffer.concat(chunks)) });
  const path = join(await temporaryFolder(), 'headers.deb');
  await writeFile(path, deb);
  return { name, version: '1', sha256: 'h', size: deb.length, path };
}

test('programs of the other architecture make room for links to those of kbuild', async () => {
  const context = await makeContext();
  const own = await headers((archive) => {
    archive.entry({ name: `${root}/`, type: 'directory' });
    archive.entry({ name: `${root}/Makefile`, mode: 0o644 }, 'all:\n');
    archive.entry({ name: `${root}/scripts/mod/modpost`, mode: 0o755 }, 'of arm64');
    archive.entry({ name: `${root}/tools/objtool/objtool`, mode: 0o755 }, 'of arm64');
    archive.entry({ name: `${root}/include/linux`, type: 'symlink', linkname: '../linux' });
    archive.entry({ name: `${root}/scripts-of-mine`, mode: 0o644 }, 'kept');
  });
  const crossed = await crossHeaders(context, own, kbuild);
  const found: string[] = [];
  for await (const { path, target, content, type } of readDeb(crossed.path)) {
    const inside = type === 'file' ? Buffer.from(await content()).toString() : '';
    found.push([path.slice(root.length), target ?? '', inside.trim()].join('|'));
  }
  expect(found).toEqual([
    '||',
    '/Makefile||all:',
    '/include/linux|../linux|',
    '/scripts-of-mine||kept',
    '/scripts|../../lib/linux-kbuild-6.12.1/scripts|',
    '/tools|../../lib/linux-kbuild-6.12.1/tools|',
  ]);
  expect(crossed).toMatchObject({ name: own.name, version: '1' });
  expect(await crossHeaders(context, own, kbuild)).toEqual(crossed);
});
