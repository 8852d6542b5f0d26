/** What it takes to build a module for a kernel: the one list for the Dockerfile, the sandbox and the VM. */
import type { Architecture, Suite } from '../../lab/names.ts';
import type { Kernel } from './kernel.ts';

type Target = Pick<Kernel, 'release' | 'suite' | 'arch' | 'headers'>;

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
 * What building a whole kernel takes besides: programs for this computer are compiled on the way, and for a kernel of
 * another architecture there is a second compiler.
 */
export function kernelToolchainPackages(suite: Suite, host: Architecture, target: Architecture): PackageList {
  const cross = `gcc-${gccVersions[suite]}-${gnuTypes[target].replace('_', '-')}`;
  return {
    names: [
      ...programs(suite),
      ...['bc', 'bison', 'flex', 'gzip', 'libc6-dev', 'libelf-dev', 'lz4', 'tar', 'xz-utils'],
      ...(host === target ? [] : [cross]),
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

const programs = (suite: Suite) => [
  `gcc-${gccVersions[suite]}`,
  ...['binutils', 'make', 'dash', 'coreutils', 'diffutils', 'findutils', 'grep', 'mawk', 'sed'],
];

const needless = [
  ...['linux-base', 'pahole', 'perl', 'debianutils', 'libcc1-0', 'libgprofng0', 'libsystemd0'],
  ...['openssl-provider-legacy', 'dpkg', 'debconf', 'install-info'],
];
