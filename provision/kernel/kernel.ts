import type { Architecture, Suite } from '../../lab/names.ts';

/** A package as it was taken, exact enough to take it again. */
export interface PackageVersion {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** One kernel release: an image that boots and the headers that match it exactly. */
export interface Kernel {
  /** `uname -r`, e.g. `6.12.117+deb13-cloud-amd64`. */
  readonly release: string;
  /** Debian's package version, e.g. `6.12.117-1`. */
  readonly version: string;
  readonly suite: Suite;
  readonly arch: Architecture;
  /** Path of the image file in the cache. */
  readonly image: string;
  /** The image package's `.deb` in the cache: guest modules are read from it. */
  readonly imageDeb: string;
  readonly packages: readonly PackageVersion[];
}
