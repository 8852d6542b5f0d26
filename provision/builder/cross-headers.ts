/** Headers made here, whose programs run on the kernel's architecture, for compiling on another one. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Pack } from 'tar-stream';
import { labError } from '../../lab/errors.ts';
import { cachePath, exists, throwIfInterrupted, writeAtomic } from '../cache.ts';
import type { Context } from '../context.ts';
import { readDeb } from '../packages/deb.ts';
import type { DebFile } from '../packages/provide.ts';
import { makeDeb } from '../packages/write-deb.ts';

/** Change with what is taken from where: kept packages are made anew. */
const revision = 1;

const programs = ['scripts', 'tools'];

/**
 * The same package with kbuild's programs of `kbuild`, Debian's package for the computer that compiles, in the place of
 * its own. They are links, as in Debian's own headers, so that both stay as they are. Made once.
 */
export async function crossHeaders(context: Context, headers: DebFile, kbuild: DebFile): Promise<DebFile> {
  const key = createHash('sha256').update(JSON.stringify([revision, headers.sha256, kbuild.sha256]));
  const file = cachePath(context, 'cross-headers', `${key.digest('hex').slice(0, 32)}.deb`);
  const { name, version } = headers;
  if (!(await exists(file))) {
    const data = gzipSync(await withLinks(context, headers, kbuild.name));
    const summary = `${name} with the programs of ${kbuild.name}, made by lab3`;
    await writeAtomic(file, await makeDeb({ name, version, summary, data }));
  }
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  return { name, version, sha256, size: (await stat(file)).size, path: file };
}

async function withLinks(context: Context, headers: DebFile, kbuildName: string): Promise<Buffer> {
  const { pack } = (await import('tar-stream')).default;
  const archive = pack();
  const chunks: Uint8Array[] = [];
  const reading = (async () => {
    for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  })();
  const root = `usr/src/${headers.name}`;
  const replaced = programs.map((folder) => `${root}/${folder}`);
  try {
    for await (const entry of readDeb(headers.path)) {
      throwIfInterrupted(context.signal);
      if (replaced.some((folder) => entry.path === folder || entry.path.startsWith(`${folder}/`))) continue;
      if (entry.type === 'file')
        await add(archive, { name: entry.path, mode: entry.mode }, await entry.content());
      else if (entry.type === 'directory')
        await add(archive, { name: `${entry.path}/`, mode: entry.mode, type: 'directory' });
      else if (entry.type === 'symlink')
        await add(archive, { name: entry.path, type: 'symlink', linkname: entry.target ?? '' });
      // Its target may be one of those that are left out.
      else
        throw labError('PackageDamaged', {
          path: headers.path,
          reason: `${entry.path} is a second name of a file`,
        });
    }
    for (const folder of programs) {
      const target = path.posix.relative(root, `usr/lib/${kbuildName}/${folder}`);
      await add(archive, { name: `${root}/${folder}`, type: 'symlink', linkname: target });
    }
    archive.finalize();
    await reading;
  } catch (error) {
    archive.destroy();
    await reading.catch(() => undefined);
    throw error;
  }
  return Buffer.concat(chunks);
}

function add(
  archive: Pack,
  header: Omit<Parameters<Pack['entry']>[0], 'mtime'>,
  content: Uint8Array = new Uint8Array(),
): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry(
      { mtime: new Date(0), ...header } as Parameters<Pack['entry']>[0],
      Buffer.from(content),
      (error) => (error ? reject(error) : resolve()),
    );
  });
}
