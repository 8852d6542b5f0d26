/** What it takes to build a module for a kernel: the one list for the Dockerfile, the sandbox and the VM. */
import type { Suite } from '../../lab/names.ts';
import type { Kernel } from './kernel.ts';

type Target = Pick<Kernel, 'release' | 'suite' | 'arch'>;

/** The compiler that each suite's kernel was built with, and that its headers ask for. */
const gccVersions: Record<Suite, number> = { trixie: 14, bookworm: 12 };

/**
 * Names of the packages, and names that they depend on and that building a module never runs: the kernel's own
 * image, the C library's headers, run-time libraries of sanitizers and the like, perl, pahole.
 */
export function toolchainPackages({ release, suite }: Target): { names: string[]; exclude: string[] } {
  const gcc = gccVersions[suite];
  return {
    names: [
      `linux-headers-${release}`,
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
