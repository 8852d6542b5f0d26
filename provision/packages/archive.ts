/** A Debian archive as a whole: main, updates and security of one suite and architecture, signatures checked. */
import { readFile, rm } from 'node:fs/promises';
import { labError } from '../../lab/errors.ts';
import type { Architecture, Suite } from '../../lab/names.ts';
import { cachePath, writeAtomic } from '../cache.ts';
import type { Context } from '../context.ts';
import { decompress } from './decompress.ts';
import { downloadFile, fetchSmall } from './download.ts';
import { chooseSources, type Source } from './mirror.ts';
import { condense, type Package, PackageIndex } from './package-index.ts';
import { parseRelease, type Release, verifyInRelease } from './release.ts';
import { compareVersions } from './version.ts';

export type { Package } from './package-index.ts';

/** A package and the archive that has it. */
export interface Candidate extends Package {
  readonly url: string;
}

export interface ArchiveSpec {
  readonly suite: Suite;
  readonly arch: Architecture;
  readonly mirror?: string | undefined;
  /** Armored keys to trust instead of Debian's. */
  readonly keys?: string | undefined;
}

export interface Progress {
  note(text: string): void;
  /** Bytes that came; negative when they have to come again. */
  bytes(count: number): void;
  /** More bytes to come. */
  expect(count: number): void;
}

export class Archive {
  readonly suite: Suite;
  readonly arch: Architecture;
  readonly #indexes: readonly { base: string; index: PackageIndex }[];

  constructor(suite: Suite, arch: Architecture, indexes: readonly { base: string; index: PackageIndex }[]) {
    this.suite = suite;
    this.arch = arch;
    this.#indexes = indexes;
  }

  /** Every version of the package, newest first. */
  named(name: string): Candidate[] {
    return this.#collect((index) => index.named(name));
  }

  /** Packages that provide the name, newest first within each. */
  providing(name: string): Candidate[] {
    return this.#collect((index) => index.providing(name));
  }

  names(): Set<string> {
    return new Set(this.#indexes.flatMap(({ index }) => [...index.names()]));
  }

  #collect(pick: (index: PackageIndex) => Package[]): Candidate[] {
    return this.#indexes
      .flatMap(({ base, index }) =>
        pick(index).map((found) => ({ ...found, url: `${base}/${found.filename}` })),
      )
      .sort((a, b) => compareVersions(b.version, a.version));
  }
}

const opened = new Map<string, Promise<Archive>>();

/**
 * Reads the archive's indexes, or takes those this process has read already. `refresh` asks the mirror again.
 * Throws what `downloadFile` and `verifyInRelease` throw, `ReleaseExpired` and `ReleaseOfOtherSuite`.
 */
export function openArchive(
  context: Context,
  spec: ArchiveSpec,
  progress: Progress,
  { refresh = false } = {},
): Promise<Archive> {
  const key = JSON.stringify([
    context.cacheDir,
    spec.suite,
    spec.arch,
    spec.mirror,
    context.env.LAB3_MIRROR,
    spec.keys,
  ]);
  const known = opened.get(key);
  if (known && !refresh) return known;
  const reading = readArchive(context, spec, progress);
  opened.set(key, reading);
  reading.catch(() => opened.delete(key));
  return reading;
}

async function readArchive(context: Context, spec: ArchiveSpec, progress: Progress): Promise<Archive> {
  const sources = await chooseSources(context, spec.suite, spec.mirror);
  const indexes = await Promise.all(
    sources.map(async (source) => {
      const release = await readRelease(context, source, spec.keys);
      if (release === undefined) {
        progress.note(`${source.base} has no ${source.dist}: done without it`);
        return [];
      }
      return [{ base: source.base, index: await readIndex(context, source, release, spec.arch, progress) }];
    }),
  );
  return new Archive(spec.suite, spec.arch, indexes.flat());
}

/** Undefined when the mirror does not carry an optional suite. */
async function readRelease(
  context: Context,
  source: Source,
  keys: string | undefined,
): Promise<Release | undefined> {
  const url = `${source.base}/dists/${source.dist}/InRelease`;
  const bytes = await fetchSmall(url, { signal: context.signal });
  if (bytes === undefined) {
    if (source.required) throw labError('MirrorLacksFile', { url, status: 404 });
    return undefined;
  }
  const release = parseRelease(await verifyInRelease(bytes, url, keys));
  if (release.codename !== source.dist) {
    throw labError('ReleaseOfOtherSuite', { url, wanted: source.dist, found: release.codename });
  }
  const now = new Date();
  if (source.checkValidUntil && release.validUntil !== undefined && release.validUntil < now) {
    throw labError('ReleaseExpired', {
      url,
      validUntil: release.validUntil.toISOString(),
      now: now.toISOString(),
    });
  }
  return release;
}

async function readIndex(
  context: Context,
  source: Source,
  release: Release,
  arch: Architecture,
  progress: Progress,
): Promise<PackageIndex> {
  const path = `main/binary-${arch}/Packages.xz`;
  const folder = `${source.base}/dists/${source.dist}`;
  const expected = release.files.get(path);
  if (expected === undefined) throw labError('MirrorLacksFile', { url: `${folder}/${path}`, status: 404 });
  const kept = cachePath(context, 'indexes', `${expected.sha256}.txt`);
  const known = PackageIndex.read(await readFile(kept, 'latin1').catch(() => ''));
  if (known) return known;

  const compressed = cachePath(context, 'indexes', `${expected.sha256}.xz`);
  const download = (url: string) =>
    downloadFile(
      { url, path: compressed, ...expected },
      { signal: context.signal, onBytes: (count) => progress.bytes(count) },
    );
  progress.expect(expected.size);
  // By hash the index cannot be replaced between our reading InRelease and this; not every mirror has that.
  await download(`${folder}/main/binary-${arch}/by-hash/SHA256/${expected.sha256}`).catch((error) => {
    if (error?.name !== 'MirrorLacksFile') throw error;
    return download(`${folder}/${path}`);
  });
  const text = await condense(decompress(compressed, 'xz', { start: 0, end: expected.size - 1 }));
  await writeAtomic(kept, Buffer.from(text, 'latin1'));
  await rm(compressed, { force: true });
  const index = PackageIndex.read(text);
  if (!index) throw labError('PackageDamaged', { path: compressed, reason: 'it ends in the middle' });
  return index;
}
