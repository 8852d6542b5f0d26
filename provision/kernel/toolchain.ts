/** What it takes to build a module for a kernel: the one list for the Dockerfile, the sandbox and the VM. */
import type { Suite } from '../../lab/names.ts';
import type { Kernel } from './kernel.ts';

type Target = Pick<Kernel, 'release' | 'suite' | 'arch' | 'headers'>;

/** The compiler that each suite's kernel was built with, and that its headers ask for. */
export const gccVersions: Record<Suite, number> = { trixie: 14, bookworm: 12 };

/** What objtool is linked with; Debian's own headers bring it along. */
const libelf: Record<Suite, string> = { trixie: 'libelf1t64', bookworm: 'libelf1' };

/**
 * Names of the packages, and names that they depend on and that building a module never runs: the kernel's own
 * image, the C library's headers, run-time libraries of sanitizers and the like, perl, pahole.
 */
export function toolchainPackages({ release, suite, headers }: Target): {
  names: string[];
  exclude: string[];
} {
  const gcc = gccVersions[suite];
  return {
    names: [
      headers === undefined ? `linux-headers-${release}` : libelf[suite],
      `gcc-${gcc}`,
      'binutils',
      'make',
      'dash',
      'coreutils',
      'diffutils',
      'findutils',
      'grep',
      'mawk',
      'sed',
    ],
    exclude: [
      `linux-image-${release}`,
      'linux-base',
      'pahole',
      'perl',
      'debianutils',
      'libc6-dev',
      `libgcc-${gcc}-dev`,
      'libcc1-0',
      'libgprofng0',
      'libsystemd0',
      'openssl-provider-legacy',
      'dpkg',
      'debconf',
      'install-info',
    ],
  };
}
