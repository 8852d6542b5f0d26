/** What it takes to build a module for a kernel: the one list for the Dockerfile, the sandbox and the VM. */
import { labError } from '../../lab/errors.ts';
import type { Architecture, Suite } from '../../lab/names.ts';
import type { Kernel, PackageVersion } from './kernel.ts';

type Target = Pick<Kernel, 'release' | 'suite' | 'arch' | 'headers'>;
type Crossed = Pick<Kernel, 'suite' | 'arch' | 'packages'>;

/** The compiler that each suite's kernel was built with, and that its headers ask for. */
const gccVersions: Record<Suite, number> = { trixie: 14, bookworm: 12 };

/** What objtool is linked with; Debian's own headers bring it along. */
const libelf: Record<Suite, string> = { trixie: 'libelf1t64', bookworm: 'libelf1' };

/**
 * Names of the packages, and names that they depend on and that building a module never runs: the kernel's own
 * image, the C library's headers, run-time libraries of sanitizers and the like, perl, pahole.
 */
export function toolchainPackages({ release, suite, headers }: Target): PackageList {
  return {
    names: [headers === undefined ? `linux-headers-${release}` : libelf[suite], ...programs(suite)],
    exclude: [`linux-image-${release}`, 'libc6-dev', `libgcc-${gccVersions[suite]}-dev`, ...needless],
  };
}

/**
 * The same where the programs run on a computer of another architecture: Debian's cross compiler, and kbuild's own
 * programs for that computer, of the very version that the headers belong to. The headers are the kernel's as ever.
 */
export function crossToolchainPackages({
  suite,
  arch,
  packages,
}: Crossed): PackageList & { kbuild: PackageVersion } {
  const kbuild = packages.find(({ name }) => name.startsWith('linux-kbuild-'));
  if (kbuild === undefined) throw labError('PackageNotFound', { name: 'linux-kbuild', suite, arch });
  return {
    names: [kbuild.name, libelf[suite], crossCompiler(suite, arch), ...tools],
    exclude: ['libc6-dev', `libgcc-${gccVersions[suite]}-dev-${arch}-cross`, ...needless],
    kbuild,
  };
}

/**
 * What building a whole kernel takes besides: programs for this computer are compiled on the way, and for a kernel of
 * another architecture there is a second compiler.
 */
export function kernelToolchainPackages(suite: Suite, host: Architecture, target: Architecture): PackageList {
  return {
    names: [
      ...programs(suite),
      ...['bc', 'bison', 'flex', 'gzip', 'libc6-dev', 'libelf-dev', 'lz4', 'tar', 'xz-utils'],
      ...(host === target ? [] : [crossCompiler(suite, target)]),
    ],
    exclude: needless,
  };
}

/** The compiler as kbuild is told of it: `CROSS_COMPILE` and the name after it. */
export function compilerOf(suite: Suite, target: Architecture): { prefix: string; name: string } {
  return { prefix: `${gnuTypes[target]}-`, name: `gcc-${gccVersions[suite]}` };
}

interface PackageList {
  readonly names: string[];
  readonly exclude: string[];
}

const gnuTypes: Record<Architecture, string> = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

const crossCompiler = (suite: Suite, target: Architecture) =>
  `gcc-${gccVersions[suite]}-${gnuTypes[target].replace('_', '-')}`;

const tools = ['make', 'dash', 'coreutils', 'diffutils', 'findutils', 'grep', 'mawk', 'sed'];
const programs = (suite: Suite) => [`gcc-${gccVersions[suite]}`, 'binutils', ...tools];

const needless = [
  ...['linux-base', 'pahole', 'perl', 'debianutils', 'libcc1-0', 'libgprofng0', 'libsystemd0'],
  ...['openssl-provider-legacy', 'dpkg', 'debconf', 'install-info'],
];
