/** What a checked kernel is configured as: fragments that lie beside this file, put together for a kind and a computer. */
import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import type { Architecture, CheckedKind } from '../../lab/names.ts';
import { compareVersions } from '../packages/version.ts';

/** From the sources and from the bundle in dist/ the files lie in different places. */
const folders = ['./', '../provision/kernel/'];

/** A file of this folder: `build.sh`, `config/checked.config`. */
export async function kernelFile(name: string): Promise<string> {
  for (const folder of folders) {
    const url = new URL(`${folder}${name}`, import.meta.url);
    const found = await access(url).then(
      () => true,
      () => false,
    );
    if (found) return readFile(url, 'utf8');
  }
  throw new Error(`the installation is damaged: ${name} is not in it`);
}

/** The end of `uname -r`, which tells the kernels apart. */
export const localVersion = (kind: CheckedKind, arch: Architecture) => `-lab3-${kind}-${arch}`;

interface Target {
  readonly arch: Architecture;
  /** Debian's version of the source. */
  readonly version: string;
}

/** Settings for kconfig, one a line, comments kept; what is not named is off. */
export async function kernelConfig(kind: CheckedKind, { arch, version }: Target): Promise<string> {
  const parts = await Promise.all(['machine', arch, kind].map((name) => kernelFile(`config/${name}.config`)));
  const lines = parts.join('\n').split('\n');
  // A comment `# since 6.5` keeps the line below it from older sources, which do not know the setting.
  const known = lines.filter((_line, at) => {
    const since = /^# since (\d+\.\d+)$/.exec(lines[at - 1] ?? '')?.[1];
    return since === undefined || compareVersions(version, since) >= 0;
  });
  return [`CONFIG_LOCALVERSION="${localVersion(kind, arch)}"`, ...known].join('\n');
}

/**
 * Of the way to build. Raised when `build.sh` makes another kernel, or other headers, of the same source and settings:
 * everybody builds anew then. An edit that changes neither leaves it.
 */
export const recipeRevision = 5;

/** Over all that makes the kernel what it is besides its source and compiler: the settings and the way to build. */
export async function configSha256(kind: CheckedKind, target: Target): Promise<string> {
  const lines = (await kernelConfig(kind, target)).split('\n');
  const settings = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return createHash('sha256')
    .update(JSON.stringify([recipeRevision, ...settings]))
    .digest('hex');
}
