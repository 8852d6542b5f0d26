/** The checked kernels in the cache: a folder each, with a manifest that says what it is and what it was made of. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { architectures, checkedKinds, suites } from '../../lab/names.ts';
import { cachePath, fileSystemError, isGone, temporaryName } from '../cache.ts';
import type { Context } from '../context.ts';
import { renameWhenFree } from '../host/rename.ts';
import { isVerified, markVerified } from '../packages/verified.ts';
import { removeFolder } from '../work-folder.ts';
import type { Kernel } from './kernel.ts';

export const manifestFormat = 'lab3.kernel/1';

/** Bounds of the two files, so that they fit into one of 40 MiB; ours are about a third of them. */
export const bounds = { imageBytes: 24 * 2 ** 20, headersBytes: 15 * 2 ** 20 };

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const file = (most: number) => z.strictObject({ size: z.number().int().positive().max(most), sha256 });
const text = z.string().min(1).max(300);

const manifestSchema = z.strictObject({
  format: z.literal(manifestFormat),
  kind: z.enum(checkedKinds),
  arch: z.enum(architectures),
  suite: z.enum(suites),
  /** `uname -r`; it becomes part of paths. */
  release: z.string().regex(/^\d+\.\d+[\w.+-]{1,60}$/),
  /** Debian's version of the source. */
  version: z.string().regex(/^\d[\w.+~-]{1,60}$/),
  /** SHA256 of the configuration that kconfig was asked for. */
  config: sha256,
  /** As the compiler names itself. */
  compiler: text,
  packages: z.array(z.strictObject({ name: text, version: text, sha256 })).max(300),
  files: z.strictObject({ image: file(bounds.imageBytes), headers: file(bounds.headersBytes) }),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** Names of the files beside the manifest, in the cache and in an exported file. */
export const memberNames = { image: 'vmlinuz', headers: 'headers.deb' } as const;
export const manifestName = 'manifest.json';

/** Throws z.ZodError or SyntaxError. */
export function parseManifest(json: string): Manifest {
  return manifestSchema.parse(JSON.parse(json));
}

export interface StoredKernel {
  readonly manifest: Manifest;
  readonly folder: string;
}

/** All that are whole, newest version first by the order of their names. Others' half-written folders are passed over. */
export async function storedKernels(context: Context): Promise<StoredKernel[]> {
  const parent = cachePath(context, 'checked-kernels');
  const names = await readdir(parent).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => !name.endsWith('.tmp'))
      .map(async (name) => {
        const folder = join(parent, name);
        try {
          const manifest = parseManifest(await readFile(join(folder, manifestName), 'utf8'));
          const { image, headers } = manifest.files;
          const whole =
            (await isVerified(join(folder, memberNames.image), image, context.signal)) &&
            (await isVerified(join(folder, memberNames.headers), headers, context.signal));
          return whole ? [{ manifest, folder }] : [];
        } catch {
          return [];
        }
      }),
  );
  return found
    .flat()
    .sort((a, b) => compare(b.manifest.version, a.manifest.version) || compare(a.folder, b.folder));
}

const compare = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });

/**
 * Puts a kernel into the cache, whole or not at all. `fill` writes the two files into a folder that is new and empty;
 * they must be what the manifest says by then.
 */
export async function storeKernel(
  context: Context,
  fill: (folder: string) => Promise<Manifest>,
): Promise<StoredKernel> {
  const parent = cachePath(context, 'checked-kernels');
  const temporary = temporaryName(join(parent, 'new'));
  try {
    await mkdir(temporary, { recursive: true });
    await removeLeftovers(parent);
    const manifest = await fill(temporary);
    const key = createHash('sha256').update(JSON.stringify(manifest)).digest('hex').slice(0, 16);
    const folder = join(parent, `${manifest.release}-${key}`);
    await writeFile(join(temporary, manifestName), `${JSON.stringify(manifest, null, 1)}\n`);
    for (const name of Object.values(memberNames)) await markVerified(join(temporary, name));
    await removeFolder(folder);
    await renameWhenFree(temporary, folder);
    return { manifest, folder };
  } catch (error) {
    throw fileSystemError(error, parent);
  } finally {
    await removeFolder(temporary).catch(() => {});
  }
}

/** Folders of processes that were killed. */
async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = /^new\.(\d+)-[0-9a-f]+\.tmp$/.exec(name)?.[1];
    if (pid !== undefined && isGone(pid)) await removeFolder(join(parent, name));
  }
}

/** Removes what was built before from the same source with the same settings. */
export async function removeReplaced(context: Context, { manifest, folder }: StoredKernel): Promise<void> {
  const identity = ({ kind, arch, suite, version, config }: Manifest) =>
    JSON.stringify([kind, arch, suite, version, config]);
  for (const other of await storedKernels(context)) {
    if (other.folder === folder || identity(other.manifest) !== identity(manifest)) continue;
    await removeFolder(other.folder);
  }
}

/** Size in bytes and SHA256. */
export async function describeFile(path: string): Promise<{ size: number; sha256: string }> {
  const content = await readFile(path);
  return { size: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

/** As the guest and the builders take it. */
export function asKernel({ manifest, folder }: StoredKernel): Kernel {
  const { kind, release, version, suite, arch, files, packages } = manifest;
  const headers = {
    name: `linux-headers-${release}`,
    version,
    ...files.headers,
    path: join(folder, memberNames.headers),
  };
  return {
    kind,
    release,
    version,
    suite,
    arch,
    image: join(folder, memberNames.image),
    headers,
    // What a module for it depends on: the headers say it all.
    packages: [{ name: headers.name, version, sha256: headers.sha256 }, ...packages],
  };
}
