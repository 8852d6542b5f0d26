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
  /** Headers of a kernel that Debian has no package of, as a package made here: `/usr/src/linux-headers-<release>`. */
  readonly headers?: DebFile;
  readonly packages: readonly PackageVersion[];
}
