/** The compiler and headers of one kernel release, from packages: what all three builders stand on. */
import type { Architecture } from '../../lab/names.ts';
import type { Context } from '../context.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { crossToolchainPackages, toolchainPackages } from '../kernel/toolchain.ts';
import { type DebFile, providePackages } from '../packages/provide.ts';
import { crossHeaders } from './cross-headers.ts';

/**
 * The verified `.deb` files: headers of the kernel's very version, the compiler they ask for, make, a shell.
 *
 * @param machine the architecture of the programs; a cross compiler where it is not the kernel's
 */
export async function provideToolchain(
  context: Context,
  kernel: Kernel,
  machine: Architecture,
  mirror?: string,
): Promise<DebFile[]> {
  if (machine !== kernel.arch) return provideCrossToolchain(context, kernel, machine, mirror);
  const { headers } = kernel;
  const packages = await providePackages(context, {
    suite: kernel.suite,
    arch: kernel.arch,
    ...toolchainPackages(kernel),
    ...(headers === undefined ? { pin: { [`linux-headers-${kernel.release}`]: kernel.version } } : {}),
    ...(mirror === undefined ? {} : { mirror }),
    label: headers === undefined ? 'compiler and kernel headers' : 'compiler',
  });
  return headers === undefined ? packages : [...packages, headers];
}

async function provideCrossToolchain(
  context: Context,
  kernel: Kernel,
  machine: Architecture,
  mirror: string | undefined,
): Promise<DebFile[]> {
  const { names, exclude, kbuild } = crossToolchainPackages(kernel);
  const packages = await providePackages(context, {
    suite: kernel.suite,
    arch: machine,
    names,
    exclude,
    pin: { [kbuild.name]: kbuild.version },
    mirror,
    label: `compiler for ${kernel.arch}`,
  });
  const programs = packages.find(({ name }) => name === kbuild.name);
  if (kernel.headers === undefined || programs === undefined)
    return [...(kernel.headerDebs ?? []), ...packages];
  return [await crossHeaders(context, kernel.headers, programs), ...packages];
}

/** Links that the packages' maintainer scripts would make, without which scripts of kbuild fail. */
export const toolchainLinks: Readonly<Record<string, string>> = { 'usr/bin/awk': 'mawk' };

/** Change with `isToolchainFile` or the links: caches of unpacked toolchains are made anew. */
export const toolchainRevision = '2';

/** Leaves out what a kernel module's build never opens: half of the files and of the size. */
export function isToolchainFile(path: string): boolean {
  return !needless.test(path);
}

const needless = new RegExp(
  [
    '^usr/share/(doc|man|info|locale|lintian|bug|gdb|gcc|common-licenses)/',
    '^usr/libexec/gcc(-cross)?/[^/]+/[^/]+/(lto1|cc1plus|g\\+\\+-mapper-server)$',
    '^usr/bin/[^/]*(lto-dump|gprof|gp-[^/]*|dwp|gcov[^/]*)(-\\d+)?$',
    '^usr/lib/gcc(-cross)?/[^/]+/[^/]+/(libgcov|libgcc(_eh)?|libcaf_single|libasan[^/]*|libtsan[^/]*)\\.a$',
    '^usr/lib/[^/]+/(ossl-modules|engines-3|gconv|gprofng)/',
    '^usr/lib/systemd/',
    // Headers of other architectures and devices; empty files that only a second build would look at; BTF's input.
    '^usr/src/linux-headers-[^/]+/(arch/(?!x86/|arm/|arm64/)[^/]+|include/dt-bindings)/',
    '^usr/src/linux-headers-[^/]+/(include/config/[A-Z]|vmlinux$)',
    '^var/',
  ].join('|'),
);
