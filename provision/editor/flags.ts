/**
 * What kbuild gives gcc for a module, as far as it decides how a source is read, in the words of clang: an editor's
 * clangd generates no code, and gcc's switches for that would only make it complain. A test holds this against
 * what kbuild really says.
 */
import type { Architecture, Suite } from '../../lab/names.ts';
import { sourceArch } from './headers.ts';

export interface FlagTarget {
  readonly arch: Architecture;
  readonly suite: Suite;
}

/** @param headers folder of the headers; `join` puts paths of this computer together */
export function kernelFlags(
  { arch, suite }: FlagTarget,
  headers: string,
  join: (...parts: string[]) => string,
): string[] {
  const at = (path: string) => join(headers, ...path.split('/'));
  return [
    `--target=${targets[arch]}`,
    // Not even clang's own headers: the kernel brings all it needs.
    '-nostdinc',
    ...includeFolders(arch).map((folder) => `-I${at(folder)}`),
    ...forcedHeaders.flatMap((header) => ['-include', at(header)]),
    ...['-D__KERNEL__', '-std=gnu11', '-fshort-wchar'],
    // Since Linux 6.2 a char is unsigned on every architecture.
    ...(suite === 'bookworm' ? [] : ['-funsigned-char']),
    ...['-fno-common', '-fno-strict-aliasing', '-fno-delete-null-pointer-checks', '-O2', '-g'],
    ...archFlags[arch],
    ...warnings,
    '-DMODULE',
  ];
}

/** @param built name of the source that kbuild sees, below the module's folder */
export function moduleFlags(module: string, built: string): string[] {
  const base = built.replace(/^.*\//, '').replace(/\.c$/, '');
  const name = (text: string) => text.replaceAll('-', '_');
  return [
    `-DKBUILD_BASENAME="${name(base)}"`,
    `-DKBUILD_MODNAME="${name(module)}"`,
    `-D__KBUILD_MODNAME=kmod_${name(module)}`,
  ];
}

const targets: Record<Architecture, string> = { amd64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

/** In the order in which kbuild searches them. */
function includeFolders(arch: Architecture): string[] {
  const own = `arch/${sourceArch[arch]}/include`;
  return [
    ...[own, `${own}/generated`, 'include'],
    ...[`${own}/uapi`, `${own}/generated/uapi`, 'include/uapi', 'include/generated/uapi'],
  ];
}

const forcedHeaders = [
  'include/linux/compiler-version.h',
  'include/linux/kconfig.h',
  'include/linux/compiler_types.h',
];

const archFlags: Record<Architecture, readonly string[]> = {
  amd64: [
    ...['-m64', '-mno-sse', '-mno-mmx', '-mno-sse2', '-mno-3dnow', '-mno-avx', '-mno-80387'],
    ...['-mno-red-zone', '-mcmodel=kernel', '-fno-PIE', '-DCC_USING_FENTRY'],
  ],
  arm64: [
    ...['-mlittle-endian', '-mgeneral-regs-only', '-fno-PIE', '-DCONFIG_CC_HAS_K_CONSTRAINT=1'],
    ...['-DARM64_ASM_ARCH="armv8.5-a"', '-DKASAN_SHADOW_SCALE_SHIFT=', '-DCC_USING_PATCHABLE_FUNCTION_ENTRY'],
  ],
};

/** Those of kbuild that say something about a person's own lines, and what clang alone finds in the kernel's headers. */
const warnings = [
  ...['-Wall', '-Wundef', '-Wvla', '-Wimplicit-fallthrough', '-Wcast-function-type'],
  ...['-Werror=implicit-function-declaration', '-Werror=implicit-int', '-Werror=return-type'],
  ...['-Werror=strict-prototypes', '-Werror=incompatible-pointer-types', '-Werror=date-time'],
  ...['-Wno-trigraphs', '-Wno-format-security', '-Wno-frame-address', '-Wno-address-of-packed-member'],
  ...['-Wno-pointer-sign', '-Wno-sign-compare', '-Wno-unused-but-set-variable', '-Wno-unused-const-variable'],
  ...['-Wno-gnu', '-Wno-unknown-warning-option'],
];
