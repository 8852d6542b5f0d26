/**
 * The headers that a module is compiled with, as a plain folder for programs of this computer: an editor's clangd, gdb.
 * It holds nothing that Windows or a file system without case cannot hold, and is the same everywhere.
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Architecture } from '../../lab/names.ts';
import { cachePath, exists, throwIfInterrupted } from '../cache.ts';
import type { Context } from '../context.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { madeFolder } from '../made-folder.ts';
import { readDeb } from '../packages/deb.ts';
import type { DebFile } from '../packages/provide.ts';

/** Change with what is taken: kept folders are made anew. */
const revision = 1;
const writesAtOnce = 16;

/** The kernel's own name of an architecture's folder. */
export const sourceArch: Record<Architecture, string> = { amd64: 'x86', arm64: 'arm64' };

/** Path of the folder, made once, whole or not at all. Undefined for a kernel whose headers are in no package. */
export async function provideHeaders(context: Context, kernel: Kernel): Promise<string | undefined> {
  const debs = debsOf(kernel);
  if (debs.length === 0) return undefined;
  const root = headersPath(context, kernel);
  const made = { title: 'Unpacking: kernel headers for the editor', lock: `headers-${basename(root)}` };
  return madeFolder(context, root, made, (temporary) => unpack(context, debs, kernel.arch, temporary));
}

/** The folder where it has been made before. */
export async function knownHeaders(context: Context, kernel: Kernel): Promise<string | undefined> {
  const root = headersPath(context, kernel);
  return debsOf(kernel).length > 0 && (await exists(root)) ? root : undefined;
}

const debsOf = ({ headerDebs, headers }: Kernel): readonly DebFile[] =>
  headerDebs ?? (headers === undefined ? [] : [headers]);

function headersPath(context: Context, kernel: Kernel): string {
  const identity = [debsOf(kernel).map(({ sha256 }) => sha256), kernel.arch, revision];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  return cachePath(context, 'headers', key);
}

/**
 * Where a file of a package goes, or undefined for one that no module includes. What two packages have is one folder
 * here, as in the kernel's own source.
 */
export function headerPlace(path: string, arch: Architecture): string | undefined {
  const [, inner = ''] = /^usr\/src\/linux-headers-[^/]+\/(.+\.h)$/.exec(path) ?? [];
  const wanted = inner.startsWith('include/') || inner.startsWith(`arch/${sourceArch[arch]}/include/`);
  return wanted && !inner.startsWith('include/dt-bindings/') && !unholdable.test(inner) ? inner : undefined;
}

/** Names that Windows keeps for its devices, whatever follows the dot, and letters that it reads as something else. */
const unholdable = /(^|\/)(aux|con|nul|prn|com\d|lpt\d)(\.[^/]*)?(\/|$)|[\\:*?"<>|]/i;

async function unpack(
  context: Context,
  debs: readonly DebFile[],
  arch: Architecture,
  root: string,
): Promise<number> {
  // Some headers differ in case alone (xt_MARK.h, xt_mark.h): the first one stays, on every file system.
  const taken = new Set<string>();
  const folders = new Map<string, Promise<unknown>>();
  const place = async (path: string) => {
    const file = join(root, ...path.split('/'));
    const folder = dirname(file);
    let making = folders.get(folder);
    if (making === undefined) {
      making = mkdir(folder, { recursive: true });
      folders.set(folder, making);
    }
    await making;
    return file;
  };
  for (const deb of debs) {
    let writing: Promise<void>[] = [];
    for await (const entry of readDeb(deb.path)) {
      throwIfInterrupted(context.signal);
      const path = headerPlace(entry.path, arch);
      if (path === undefined || taken.has(path.toLowerCase())) continue;
      if (entry.type === 'file') {
        taken.add(path.toLowerCase());
        const content = await entry.content();
        writing.push(place(path).then((file) => writeFile(file, content)));
      } else if (entry.type === 'hardlink') {
        const target = headerPlace(entry.target ?? '', arch);
        await Promise.all(writing.splice(0));
        if (target === undefined || !taken.has(target.toLowerCase())) continue;
        taken.add(path.toLowerCase());
        await copyFile(await place(target), await place(path));
      }
      if (writing.length < writesAtOnce) continue;
      await Promise.all(writing);
      writing = [];
    }
    await Promise.all(writing);
  }
  return taken.size;
}
