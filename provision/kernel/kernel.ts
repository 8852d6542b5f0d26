import type { Architecture, KernelKind, Suite } from '../../lab/names.ts';
import type { DebFile } from '../packages/provide.ts';

/** A package as it was taken, exact enough to take it again. */
export interface PackageVersion {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** One kernel release: an image that boots and the headers that match it exactly. */
export interface Kernel {
  readonly kind: KernelKind;
  /** `uname -r`, e.g. `6.12.117+deb13-cloud-amd64`, `6.12.117-lab3-checked-amd64`. */
  readonly release: string;
  /** Debian's package version, e.g. `6.12.117-1`; of a checked kernel, that of the source it was built from. */
  readonly version: string;
  readonly suite: Suite;
  readonly arch: Architecture;
  /** Path of the image file in the cache. */
  readonly image: string;
  /** The image package's `.deb` in the cache: guest modules are read from it. Without it all is built in. */
  readonly imageDeb?: string;
  /** The packages with the headers of a stock kernel, in the cache. */
  readonly headerDebs?: readonly DebFile[];
  /** Headers of a kernel that Debian has no package of, as a package made here: `/usr/src/linux-headers-<release>`. */
  readonly headers?: DebFile;
  readonly packages: readonly PackageVersion[];
}

/** All of a kernel that a build depends on, for keys of caches. Two checked kernels of one release may differ in their headers. */
export function buildIdentity({ release, version, arch, packages, headers }: Kernel): unknown[] {
  return [release, version, arch, packages.map(({ sha256 }) => sha256).sort(), headers?.sha256 ?? ''];
}
