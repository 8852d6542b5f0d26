/** Puts small stand-ins for checked kernels into a cache: right in form, nothing that boots. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../../../provision/context.ts';
import {
  type Manifest,
  manifestFormat,
  memberNames,
  type StoredKernel,
  storeKernel,
} from '../../../provision/kernel/checked-store.ts';
import type { Kernel } from '../../../provision/kernel/kernel.ts';

export const sha256Of = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

export const stock: Kernel = {
  kind: 'stock',
  release: '6.12.117+deb13-cloud-amd64',
  version: '6.12.117-1',
  suite: 'trixie',
  arch: 'amd64',
  image: '/nowhere/vmlinuz',
  imageDeb: '/nowhere/image.deb',
  packages: [],
};

export function manifestOf(image: Uint8Array, headers: Uint8Array, more: Partial<Manifest> = {}): Manifest {
  return {
    format: manifestFormat,
    kind: 'checked',
    arch: 'amd64',
    suite: 'trixie',
    release: '6.12.117-lab3-checked-amd64',
    version: '6.12.117-1',
    config: '0'.repeat(64),
    compiler: 'gcc-14 (Debian 14.2.0-19) 14.2.0',
    packages: [{ name: 'linux-source-6.12', version: '6.12.117-1', sha256: '1'.repeat(64) }],
    files: {
      image: { size: image.length, sha256: sha256Of(image) },
      headers: { size: headers.length, sha256: sha256Of(headers) },
    },
    ...more,
  };
}

export async function storeSmall(context: Context, more: Partial<Manifest> = {}): Promise<StoredKernel> {
  const image = Buffer.from(`image ${JSON.stringify(more)}`);
  const headers = Buffer.from('headers');
  return storeKernel(context, async (folder) => {
    await writeFile(join(folder, memberNames.image), image);
    await writeFile(join(folder, memberNames.headers), headers);
    return manifestOf(image, headers, more);
  });
}
