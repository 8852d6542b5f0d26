/** One build as a job for a workshop: packages in, image and headers out. */
import { availableParallelism, totalmem } from 'node:os';
import { labError } from '../../lab/errors.ts';
import type { Architecture, CheckedKind } from '../../lab/names.ts';
import { buildEnvironment } from '../builder/recipe.ts';
import type { WorkshopJob } from '../builder/workshop.ts';
import type { Context } from '../context.ts';
import { type DebFile, providePackages } from '../packages/provide.ts';
import { bounds } from './checked-store.ts';
import type { Kernel } from './kernel.ts';
import { kernelConfig, kernelFile } from './kernel-config.ts';
import { compilerOf, kernelToolchainPackages } from './toolchain.ts';

const mebibyte = 2 ** 20;

/** The kernel's own names: its folder below arch/, and where the image is that QEMU starts. */
const targets: Record<Architecture, { folder: string; image: string }> = {
  amd64: { folder: 'x86', image: 'arch/x86/boot/bzImage' },
  arm64: { folder: 'arm64', image: 'arch/arm64/boot/Image.gz' },
};

export interface BuildPackages {
  readonly source: DebFile;
  /** kbuild's programs for the architecture of the kernel: modules for it are built there. */
  readonly kbuild: DebFile;
  readonly toolchain: readonly DebFile[];
}

/** `6.12.117-1` → `6.12`: Debian names its source packages so. */
const lineOf = (version: string) => /^\d+\.\d+/.exec(version)?.[0] ?? version;

/** Throws what `providePackages` throws: `VersionGone` where the mirror has no source of the stock kernel's version. */
export async function fetchBuildPackages(
  context: Context,
  stock: Kernel,
  host: Architecture,
  mirror: string | undefined,
): Promise<BuildPackages> {
  const { suite, arch, version } = stock;
  const provide = async (
    name: string,
    label: string,
    more: { arch: Architecture; exclude: string[]; version: string },
  ) => {
    const debs = await providePackages(context, {
      suite,
      arch: more.arch,
      names: [name],
      exclude: more.exclude,
      pin: { [name]: more.version },
      label,
      mirror,
    });
    const found = debs.find((deb) => deb.name === name);
    if (!found) throw labError('PackageNotFound', { name, suite, arch: more.arch });
    return found;
  };
  const kbuildName = stock.packages.find(({ name }) => name.startsWith('linux-kbuild-'));
  if (!kbuildName) throw labError('PackageNotFound', { name: 'linux-kbuild', suite, arch });
  const source = await provide(`linux-source-${lineOf(version)}`, 'kernel source', {
    arch: host,
    exclude: ['binutils', 'bzip2', 'xz-utils', 'libc6-dev', 'libc-dev'],
    version,
  });
  const kbuild = await provide(kbuildName.name, 'kbuild', {
    arch,
    exclude: ['libc6', 'libelf1', 'libelf1t64', 'libssl3', 'libssl3t64', 'pahole', 'zlib1g'],
    version: kbuildName.version,
  });
  const toolchain = await providePackages(context, {
    suite,
    arch: host,
    ...kernelToolchainPackages(suite, host, arch),
    label: 'compiler for the kernel',
    mirror,
  });
  return { source, kbuild, toolchain };
}

/** Enough for a compiler on each core and the link at the end, and no more than most of what there is. */
export function memoryLimit(cores: number, total: number): number {
  const wanted = (1536 + 256 * cores) * mebibyte;
  return Math.floor(Math.min(wanted, Math.max(total * 0.8, 1024 * mebibyte)));
}

export async function buildJob(
  kind: CheckedKind,
  stock: Kernel,
  packages: BuildPackages,
  options: { readonly timeLimitMs: number; onLine(line: string): void },
): Promise<WorkshopJob> {
  const { suite, arch, version } = stock;
  const cores = Math.min(availableParallelism(), 32);
  const { prefix, name } = compilerOf(suite, arch);
  const { folder, image } = targets[arch];
  return {
    debs: packages.toolchain,
    label: 'compiler for the kernel',
    script: await kernelFile('build.sh'),
    env: {
      ...buildEnvironment,
      SOURCE_NAME: `linux-source-${lineOf(version)}`,
      JOBS: String(cores),
      KERNEL_ARCH: folder,
      IMAGE: image,
      CC_NAME: name,
      CROSS_COMPILE: prefix,
    },
    inputs: {
      'source.deb': packages.source.path,
      'kbuild.deb': packages.kbuild.path,
      config: Buffer.from(await kernelConfig(kind, stock)),
      unneeded: Buffer.from(await kernelFile('unneeded')),
    },
    outputs: {
      vmlinuz: bounds.imageBytes,
      'headers.tar.gz': bounds.headersBytes,
      config: mebibyte,
      release: 256,
    },
    limits: {
      milliseconds: options.timeLimitMs,
      memoryBytes: memoryLimit(cores, totalmem()),
      processes: 512 + 64 * cores,
      fileBytes: 1024 * mebibyte,
    },
    onLine: options.onLine,
  };
}
