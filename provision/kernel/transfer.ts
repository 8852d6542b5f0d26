/** A checked kernel as one file: an instructor builds it once, a class takes it in. */
import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { ZodError } from 'zod';
import { LabError, labError } from '../../lab/errors.ts';
import { fileSystemError, withLock, writeAtomic } from '../cache.ts';
import type { Context } from '../context.ts';
import { readDeb } from '../packages/deb.ts';
import {
  type Manifest,
  manifestFormat,
  manifestName,
  memberNames,
  parseManifest,
  removeReplaced,
  type StoredKernel,
  storeKernel,
} from './checked-store.ts';
import { looksLikeImage } from './image.ts';

/** Of the whole file. */
export const mostFileBytes = 40 * 2 ** 20;
const mostManifestBytes = 256 * 1024;
/** Of the headers when they are unpacked. */
const mostUnpackedBytes = 512 * 2 ** 20;
const mostUnpackedFiles = 60_000;

/** The name that a file gets where nobody gives one. */
export const fileNameOf = ({ release }: Manifest) => `lab3-kernel-${release.replace('-lab3-', '-')}.tar`;

export interface Exported {
  readonly file: string;
  readonly size: number;
  /** Over the whole file, in hexadecimal: what an instructor publishes beside it. */
  readonly sha256: string;
}

/** Writes the file, whole or not at all. The same kernel gives the same bytes. */
export async function exportKernel({ manifest, folder }: StoredKernel, file: string): Promise<Exported> {
  const { pack } = (await import('tar-stream')).default;
  const archive = pack();
  const add = (name: string, content: Uint8Array) =>
    archive.entry({ name, mode: 0o644, mtime: new Date(0) }, Buffer.from(content));
  // The manifest comes first, so that a reader knows what to expect before it takes anything.
  add(manifestName, Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`));
  for (const name of Object.values(memberNames)) add(name, await readFile(join(folder, name)));
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const content = Buffer.concat(chunks);
  await writeAtomic(file, content).catch((error: unknown) => {
    throw fileSystemError(error, file, 'The kernel file');
  });
  return { file, size: content.length, sha256: sha256Of(content) };
}

/**
 * Takes a file in that `exportKernel` wrote, here or elsewhere. Its parts must be what its manifest says, and the
 * whole of it what `sha256` says, where it is given. Throws KernelFileUnreadable, KernelFileInvalid,
 * KernelFileChanged, KernelFileTooNew, DiskFull; the cache is as before then.
 */
export async function importKernel(
  context: Context,
  file: string,
  { sha256 }: { readonly sha256?: string | undefined } = {},
): Promise<StoredKernel> {
  const content = await readBounded(file);
  const found = sha256Of(content);
  if (sha256 !== undefined && found !== sha256.toLowerCase())
    throw labError('KernelFileChanged', { file, expected: sha256.toLowerCase(), found });
  const { manifest, image, headers } = await readMembers(file, content);
  if (!looksLikeImage(manifest.arch, image))
    throw invalid(file, `${memberNames.image} is no kernel for ${manifest.arch}`);
  return withLock(context, 'kernel-import', async () => {
    const stored = await storeKernel(context, async (folder) => {
      await writeFile(join(folder, memberNames.image), image);
      await writeFile(join(folder, memberNames.headers), headers);
      await checkHeaders(file, join(folder, memberNames.headers), manifest.release);
      return manifest;
    });
    await removeReplaced(context, stored);
    return stored;
  });
}

async function readBounded(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, 'r');
    try {
      const info = await handle.stat();
      if (!info.isFile()) throw invalid(file, 'it is not a regular file');
      if (info.size > mostFileBytes) throw invalid(file, `it has ${info.size} bytes, more than any of them`);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof LabError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw labError('KernelFileUnreadable', { file, reason }, { cause: error });
  }
}

interface Members {
  readonly manifest: Manifest;
  readonly image: Uint8Array;
  readonly headers: Uint8Array;
}

/** The three members in their order, each of the size and checksum that the manifest says. */
async function readMembers(file: string, content: Uint8Array): Promise<Members> {
  const { extract } = (await import('tar-stream')).default;
  const archive = extract();
  const feeding = Readable.from([content]).pipe(archive);
  const members: Uint8Array[] = [];
  let manifest: Manifest | undefined;
  try {
    for await (const entry of archive) {
      const { name, type, size = 0 } = entry.header;
      const wanted = [manifestName, memberNames.image, memberNames.headers][members.length];
      if (wanted === undefined || name !== wanted || type !== 'file')
        throw invalid(file, `there is ${JSON.stringify(name.slice(0, 100))} in it`);
      const expected = [undefined, manifest?.files.image, manifest?.files.headers][members.length];
      if (size > (expected?.size ?? mostManifestBytes)) throw invalid(file, `${wanted} is too large`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (expected !== undefined && (bytes.length !== expected.size || sha256Of(bytes) !== expected.sha256))
        throw invalid(file, `${wanted} was changed: its checksum is not the one in ${manifestName}`);
      if (members.length === 0) manifest = readManifest(file, bytes.toString('utf8'));
      members.push(bytes);
    }
  } catch (error) {
    if (error instanceof LabError) throw error;
    throw labError(
      'KernelFileInvalid',
      { file, reason: 'it is no tar archive, or is cut short' },
      { cause: error },
    );
  } finally {
    feeding.destroy();
  }
  const [, image, headers] = members;
  if (manifest === undefined || image === undefined || headers === undefined)
    throw invalid(file, 'it is cut short, or is something else');
  return { manifest, image, headers };
}

function readManifest(file: string, json: string): Manifest {
  try {
    return parseManifest(json);
  } catch (error) {
    const format = /"format": ?"(lab3\.kernel\/\d{1,6})"/.exec(json)?.[1];
    if (format !== undefined && format !== manifestFormat)
      throw labError('KernelFileTooNew', { file, format });
    const issue = error instanceof ZodError ? error.issues[0] : undefined;
    const where = issue === undefined ? 'no JSON' : `wrong at "${issue.path.join('.')}"`;
    throw labError(
      'KernelFileInvalid',
      { file, reason: `its ${manifestName} is ${where}` },
      { cause: error },
    );
  }
}

/** Nothing but headers of this very release: they are unpacked into the folder in which modules are compiled. */
async function checkHeaders(file: string, deb: string, release: string): Promise<void> {
  const top = `usr/src/linux-headers-${release}`;
  const needed = new Set([`${top}/Makefile`, `${top}/.config`, `${top}/Module.symvers`]);
  let bytes = 0;
  let files = 0;
  try {
    for await (const { path, type, size } of readDeb(deb)) {
      const above = type === 'directory' && (path === '.' || `${top}/`.startsWith(`${path}/`));
      if (!above && !path.startsWith(`${top}/`))
        throw invalid(file, `its headers hold ${JSON.stringify(path.slice(0, 100))}`);
      bytes += size;
      files += 1;
      if (bytes > mostUnpackedBytes || files > mostUnpackedFiles)
        throw invalid(file, 'its headers are too large');
      if (type === 'file') needed.delete(path);
    }
  } catch (error) {
    if (!(error instanceof LabError) || error.name === 'KernelFileInvalid') throw error;
    throw labError('KernelFileInvalid', { file, reason: 'its headers cannot be unpacked' }, { cause: error });
  }
  if (needed.size > 0) throw invalid(file, `its headers lack ${basename([...needed][0] ?? '')}`);
}

const invalid = (file: string, reason: string) => labError('KernelFileInvalid', { file, reason });

const sha256Of = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
