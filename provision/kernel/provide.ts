/** One kernel release: image and headers of one and the same version, in the cache. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { labError } from '../../lab/errors.ts';
import type { Architecture, Suite } from '../../lab/names.ts';
import { cachePath, writeAtomic } from '../cache.ts';
import type { Context } from '../context.ts';
import { readDeb } from '../packages/deb.ts';
import { mirrorChoice } from '../packages/mirror.ts';
import { type PackageRequest, providePackages } from '../packages/provide.ts';
import { keyOf } from '../packages/selection.ts';
import { isUntouched, markVerified } from '../packages/verified.ts';
import type { Kernel } from './kernel.ts';
import { chooseRelease } from './release.ts';

export interface KernelRequest extends Pick<PackageRequest, 'mirror' | 'refresh' | 'keys' | 'network'> {
  readonly suite: Suite;
  readonly arch: Architecture;
  /** Debian's version (`6.12.117-1`) or the release (`6.12.117+deb13-cloud-amd64`); the newest by default. */
  readonly version?: string | undefined;
  /** That of the release that is asked for, else the cloud's. */
  readonly flavour?: string | undefined;
}

const choiceSchema = z.object({
  release: z.string(),
  version: z.string(),
  names: z.array(z.string()),
  exclude: z.array(z.string()),
});
/** One release, the packages that are it, and what these depend on that is not part of it. */
export type KernelChoice = z.infer<typeof choiceSchema>;

/**
 * The newest cloud kernel of the suite, or the pinned one. The choice is remembered: the next call asks nothing of
 * the network. Throws `VersionGone` for a pin that neither mirror nor cache has, and what `providePackages` throws.
 */
export async function provideKernel(context: Context, request: KernelRequest): Promise<Kernel> {
  const { suite, arch, mirror, refresh, keys, network } = request;
  const memo = memoOf(context, request);
  const remembered = refresh ? undefined : await readChoice(memo);
  const choice = remembered ?? (await chooseRelease(context, request));
  const { release, version, names, exclude } = choice;
  const debs = await providePackages(context, {
    suite,
    arch,
    names,
    exclude,
    pin: { [`linux-image-${release}`]: version, [`linux-headers-${release}`]: version },
    label: `kernel ${release}`,
    mirror,
    keys,
    ...(network ? { network } : {}),
  });
  if (!remembered) await writeAtomic(memo, `${JSON.stringify(choice)}\n`);

  const imageDeb = debs.find(({ name }) => name === `linux-image-${release}`);
  if (!imageDeb) throw labError('PackageNotFound', { name: `linux-image-${release}`, suite, arch });
  const image = cachePath(context, 'kernels', imageDeb.sha256, 'vmlinuz');
  if (!(await isUntouched(image))) await extractImage(imageDeb.path, `boot/vmlinuz-${release}`, image);
  return {
    kind: 'stock',
    release,
    version,
    suite,
    arch,
    image,
    imageDeb: imageDeb.path,
    headerDebs: debs.filter(({ name }) => name.startsWith('linux-headers-')),
    packages: debs.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
  };
}

/** The release that the same request was answered with before, without asking anybody. */
export function recallRelease(
  context: Pick<Context, 'cacheDir' | 'env'>,
  request: KernelRequest,
): Promise<KernelChoice | undefined> {
  return readChoice(memoOf(context, request));
}

function memoOf(
  context: Pick<Context, 'cacheDir' | 'env'>,
  { suite, arch, version, flavour, mirror, keys }: KernelRequest,
): string {
  const question = [suite, arch, version ?? '', mirrorChoice(context, mirror), keys ?? ''];
  if (flavour !== undefined) question.push(flavour);
  return cachePath(context, 'selections', `kernel-${keyOf(question)}.json`);
}

async function extractImage(deb: string, wanted: string, path: string): Promise<void> {
  for await (const entry of readDeb(deb)) {
    if (entry.path !== wanted || entry.type !== 'file') continue;
    await writeAtomic(path, await entry.content());
    await markVerified(path);
    return;
  }
  throw labError('PackageDamaged', { path: deb, reason: `there is no ${wanted} in it` });
}

async function readChoice(path: string): Promise<KernelChoice | undefined> {
  try {
    return choiceSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}
