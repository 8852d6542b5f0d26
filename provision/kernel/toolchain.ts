/** What it takes to build a module for a kernel: the one list for the Dockerfile, the sandbox and the VM. */
import type { Kernel } from './kernel.ts';

/**
 * Names of the packages, and names that they depend on and that kbuild of an out-of-tree module never runs.
 * The compiler is the one that the kernel's headers ask for, which is the one that built the kernel.
 */
export function toolchainPackages(kernel: Pick<Kernel, 'release' | 'suite' | 'arch'>): {
  names: string[];
  exclude: string[];
} {
  return {
    names: [
      `linux-headers-${kernel.release}`,
      'make',
      'binutils',
      'dash',
      'coreutils',
      'sed',
      'grep',
      'findutils',
      'mawk',
      'diffutils',
    ],
    exclude: [
      `linux-image-${kernel.release}`,
      'linux-image',
      'libc6-dev',
      'pahole',
      'perl',
      'dpkg',
      'debconf',
      'libasan8',
      'libtsan2',
      'liblsan0',
      'libubsan1',
      'libhwasan0',
      'libquadmath0',
      'libitm1',
      'libatomic1',
      'libgomp1',
    ],
  };
}
