/** One kernel release: image and headers of one and the same version, in the cache. */
import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { labError } from '../../lab/errors.ts';
import type { Architecture, Suite } from '../../lab/names.ts';
import { cachePath, writeAtomic } from '../cache.ts';
import type { Context } from '../context.ts';
import { openArchive } from '../packages/archive.ts';
import { extractFiles } from '../packages/deb.ts';
import { mirrorChoice } from '../packages/mirror.ts';
import { providePackages } from '../packages/provide.ts';
import type { Kernel } from './kernel.ts';

export interface KernelRequest {
  readonly suite: Suite;
  readonly arch: Architecture;
  /** Debian's version or the release to take; the newest by default. */
  readonly version?: string | undefined;
  readonly mirror?: string | undefined;
}

export async function provideKernel(context: Context, request: KernelRequest): Promise<Kernel> {
  const { suite, arch, mirror } = request;
  const { release, version } = await chooseRelease(context, request);
  const image = `linux-image-${release}`;
  const headers = `linux-headers-${release}`;
  const debs = await providePackages(context, {
    suite,
    arch,
    mirror,
    label: `kernel ${release}`,
    names: [image, headers],
    exclude: [
      'kmod',
      'linux-base',
      'initramfs-tools',
      'linux-initramfs-tool',
      'gcc-14',
      'gcc-12',
      'gcc-12-for-host',
      'gcc-14-for-host',
      'libc6',
      'libelf1',
      'libelf1t64',
      'libssl3',
      'libssl3t64',
      'zlib1g',
      'libdw1',
      'libdw1t64',
      'pahole',
    ],
    pin: { [image]: version, [headers]: version },
  });
  const imageDeb = debs.find(({ name }) => name === image);
  if (!imageDeb) throw labError('PackageNotFound', { name: image, suite, arch });
  const path = cachePath(context, 'kernels', imageDeb.sha256, 'vmlinuz');
  const present = await access(path).then(
    () => true,
    () => false,
  );
  if (!present) {
    const vmlinuz = `boot/vmlinuz-${release}`;
    const found = await extractFiles(imageDeb.path, (name) => name === vmlinuz);
    const file = found.get(vmlinuz);
    if (!file)
      throw labError('PackageDamaged', { path: imageDeb.path, reason: `there is no ${vmlinuz} in it` });
    await writeAtomic(path, file.content);
  }
  return {
    release,
    version,
    suite,
    arch,
    image: path,
    imageDeb: imageDeb.path,
    packages: debs.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
  };
}

async function chooseRelease(
  context: Context,
  { suite, arch, version, mirror }: KernelRequest,
): Promise<{ release: string; version: string }> {
  const identity = [suite, arch, version ?? '', mirrorChoice(context, mirror)];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  const memo = cachePath(context, 'selections', `kernel-${key}.json`);
  try {
    return JSON.parse(await readFile(memo, 'utf8'));
  } catch {}
  const archive = await openArchive(
    context,
    { suite, arch, mirror },
    {
      note: () => {},
      bytes: () => {},
      expect: () => {},
    },
  );
  const newest = archive.named(`linux-image-cloud-${arch}`)[0];
  const release = newest?.depends
    .flat()
    .map(({ name }) => /^linux-image-(.+)$/.exec(name)?.[1])
    .find((found) => found !== undefined);
  if (!newest || !release)
    throw labError('PackageNotFound', { name: `linux-image-cloud-${arch}`, suite, arch });
  const chosen = { release, version: newest.version };
  await writeAtomic(memo, JSON.stringify(chosen));
  return chosen;
}
