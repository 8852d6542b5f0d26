/** Which kernel release to take of those that an archive offers. */
import { labError } from '../../lab/errors.ts';
import type { Context } from '../context.ts';
import { type Archive, openArchive } from '../packages/archive.ts';
import { rememberedPackages } from '../packages/selection.ts';
import { compareVersions } from '../packages/version.ts';
import type { KernelChoice, KernelRequest } from './provide.ts';

type Offers = Pick<Archive, 'arch' | 'suite' | 'named' | 'names'>;

/** Reads the archive's indexes. Throws `VersionGone`, `PackageNotFound` and what `openArchive` throws. */
export async function chooseRelease(context: Context, request: KernelRequest): Promise<KernelChoice> {
  const quiet = { note: () => {}, bytes: () => {}, expect: () => {} };
  const archive = await openArchive(context, request, quiet, { refresh: request.refresh ?? false });
  const everything = archive.and(await rememberedPackages(context, request));
  const { version, arch } = request;
  const flavour = request.flavour ?? flavourOf(version ?? '', arch) ?? `cloud-${arch}`;
  return version === undefined ? newest(archive, flavour) : pinned(everything, version, flavour);
}

/** What a release was configured for: `6.12.57+deb13-cloud-amd64` → `cloud-amd64`, `6.1.0-41-amd64` → `amd64`. */
export function flavourOf(release: string, arch: string): string | undefined {
  return [`cloud-${arch}`, arch].find((flavour) => release.endsWith(`-${flavour}`));
}

/** The release that the suite's metapackage names. */
export function newest(archive: Offers, flavour = `cloud-${archive.arch}`): KernelChoice {
  const { suite, arch } = archive;
  const metapackage = `linux-image-${flavour}`;
  const named = archive.named(metapackage).flatMap(({ depends }) => depends.flat());
  const images = named.map(({ name }) => releaseOf(name, flavour)).filter((release) => release !== undefined);
  const choice = [...images, ...offered(archive, flavour).map(({ release }) => release)]
    .flatMap((release) => choices(archive, release))
    .at(0);
  if (!choice) throw labError('PackageNotFound', { name: metapackage, suite, arch });
  return choice;
}

/** The release whose Debian version or own name is `wanted`; the flavour may be left out. */
export function pinned(archive: Offers, wanted: string, flavour = `cloud-${archive.arch}`): KernelChoice {
  const all = offered(archive, flavour);
  const matching = all.filter(
    ({ release, version }) => wanted === version || wanted === release || `${wanted}-${flavour}` === release,
  );
  const choice = matching.flatMap(({ release, version }) => choices(archive, release, version)).at(0);
  if (choice) return choice;
  const available = all.map(({ release, version }) => `${version} (${release})`);
  throw labError('VersionGone', { name: 'Linux', wanted, available: [...new Set(available)] });
}

/** Every image of the flavour, newest first. */
function offered(archive: Offers, flavour: string): { release: string; version: string }[] {
  return [...archive.names()]
    .flatMap((name) => {
      const release = releaseOf(name, flavour);
      return release === undefined ? [] : archive.named(name).map(({ version }) => ({ release, version }));
    })
    .sort((a, b) => compareVersions(b.version, a.version));
}

/**
 * `linux-image-6.12.117+deb13-cloud-amd64` → `6.12.117+deb13-cloud-amd64`. Debug and unsigned images are none, nor is
 * `linux-image-6.12-amd64`, which only names another.
 */
function releaseOf(name: string, flavour: string): string | undefined {
  const match = /^linux-image-(\d+\.\d+\.\d[^-]*(?:-\d+)?-(\D\S*))$/.exec(name);
  return match?.[2] === flavour ? match[1] : undefined;
}

/**
 * The release in each version of which image and headers are both there. Headers come in parts: this flavour's,
 * the common ones and kbuild's programs.
 */
function choices(archive: Offers, release: string, version?: string): KernelChoice[] {
  return archive
    .named(`linux-image-${release}`)
    .filter((image) => version === undefined || image.version === version)
    .flatMap((image) => {
      const headers = archive
        .named(`linux-headers-${release}`)
        .find((found) => found.version === image.version);
      if (!headers) return [];
      const needed = headers.depends.flat().map(({ name }) => name);
      const parts = needed.filter((name) => /^linux-(headers|kbuild)-/.test(name));
      const names = [image.name, headers.name, ...parts];
      const others = names
        .flatMap((name) => archive.named(name))
        .flatMap(({ depends }) => depends.flat())
        .map(({ name }) => name);
      const exclude = [...new Set(others)].filter((name) => !names.includes(name)).sort();
      return [{ release, version: image.version, names: [...new Set(names)].sort(), exclude }];
    });
}
