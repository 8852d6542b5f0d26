/** What it takes to build a module for a kernel: the one list for the Dockerfile, the sandbox and the VM. */
import type { Architecture, Suite } from '../../lab/names.ts';
import type { Kernel } from './kernel.ts';

type Target = Pick<Kernel, 'release' | 'suite' | 'arch'>;

/** The compiler that each suite's kernel was built with, and that its headers ask for. */
const gccVersions: Record<Suite, number> = { trixie: 14, bookworm: 12 };

/** The kernel's name of the architecture, and folders whose headers that one shares. */
const kernelArchs: Record<Architecture, readonly string[]> = { amd64: ['x86'], arm64: ['arm64', 'arm'] };

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

/** Links that the packages' scripts would make. */
export function toolchainLinks({ suite }: Pick<Target, 'suite'>): Record<string, string> {
  const gcc = `gcc-${gccVersions[suite]}`;
  return { 'usr/bin/awk': 'mawk', 'usr/bin/gcc': gcc, 'usr/bin/cc': gcc };
}

/**
 * Variables for kbuild's command line that make it do without what the list leaves out: type information for BPF
 * (pahole) and, with W=1, the check of comments (perl).
 */
export const kbuildVariables = ['CONFIG_DEBUG_INFO_BTF_MODULES=', 'cmd_checkdoc='] as const;

/** Changes whenever `keepInToolchain` does. */
export const toolchainRevision = '1';

/**
 * Whether building a module may read the file. Left out, two thirds of the files: documentation, translations,
 * link-time optimisation, other architectures' headers, and the empty files under include/config that only a
 * second build of the same sources would look at.
 */
export function keepInToolchain(path: string, arch: Architecture): boolean {
  if (/^usr\/share\/(?!awk|mawk|gcc)/.test(path) || /^(etc|var|usr\/include)\//.test(path)) return false;
  if (/\/(gconv|audit|bfd-plugins|plugin|gprofng)\//.test(path)) return false;
  if (/^usr\/(bin|libexec)\/.*(lto|gcov|gprof|gp-|gfortran|g\+\+)/.test(path)) return false;
  const headers = /^usr\/src\/linux-headers-[^/]+\/(.*)$/.exec(path)?.[1];
  if (headers === undefined) return true;
  if (/^(vmlinux$|include\/config\/[A-Z]|include\/dt-bindings\/)/.test(headers)) return false;
  const other = /^arch\/([^/]+)\//.exec(headers)?.[1];
  return other === undefined || kernelArchs[arch].includes(other);
}
