/** A Debian archive as a whole: main, updates and security of one suite and architecture, signatures checked. */
import { readFile, rm } from 'node:fs/promises';
import { LabError, labError } from '../../lab/errors.ts';
import type { Architecture, Suite } from '../../lab/names.ts';
import { cachePath, writeAtomic } from '../cache.ts';
import type { Context } from '../context.ts';
import { decompress } from './decompress.ts';
import {
  type DownloadOptions,
  downloadFile,
  fetchSmall,
  type NetworkPatience,
  networkOptions,
} from './download.ts';
import { chooseSources, mirrorChoice, type Source, snapshotSources } from './mirror.ts';
import { condense, type Package, PackageIndex } from './package-index.ts';
import { parseRelease, type Release, verifyInRelease } from './release.ts';
import { isVerified } from './verified.ts';
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
  /** Armored public keys to trust instead of Debian's. */
  readonly keys?: string | undefined;
  readonly network?: NetworkPatience | undefined;
}

export interface Progress {
  note(text: string): void;
  /** Bytes that came; negative when they have to come again. */
  bytes(count: number): void;
  /** More bytes to come. */
  expect(count: number): void;
}

/** What a source of packages can be asked. */
interface Offers {
  named(name: string): Candidate[];
  providing(name: string): Candidate[];
  names(): Iterable<string>;
}

export class Archive implements Offers {
  readonly suite: Suite;
  readonly arch: Architecture;
  readonly #parts: readonly Offers[];

  constructor(suite: Suite, arch: Architecture, parts: readonly Offers[]) {
    this.suite = suite;
    this.arch = arch;
    this.#parts = parts;
  }

  /** Every version of the package, newest first. */
  named(name: string): Candidate[] {
    return this.#collect((part) => part.named(name));
  }

  /** Packages that provide the name, newest first. */
  providing(name: string): Candidate[] {
    return this.#collect((part) => part.providing(name));
  }

  names(): Set<string> {
    return new Set(this.#parts.flatMap((part) => [...part.names()]));
  }

  /** The same archive with some packages more. */
  and(packages: readonly Candidate[]): Archive {
    const more: Offers = {
      named: (name) => packages.filter((found) => found.name === name),
      providing: (name) => packages.filter(({ provides }) => provides.some((other) => other.name === name)),
      names: () => packages.map(({ name }) => name),
    };
    return new Archive(this.suite, this.arch, [...this.#parts, more]);
  }

  #collect(pick: (part: Offers) => Candidate[]): Candidate[] {
    return this.#parts.flatMap(pick).sort((a, b) => compareVersions(b.version, a.version));
  }
}

function offersOf(base: string, index: PackageIndex): Offers {
  const located = (found: Package): Candidate => ({ ...found, url: `${base}/${found.filename}` });
  return {
    named: (name) => index.named(name).map(located),
    providing: (name) => index.providing(name).map(located),
    names: () => index.names(),
  };
}

const opened = new Map<string, Promise<Archive>>();
const keptForMs = 60_000;

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
    mirrorChoice(context, spec.mirror),
    spec.keys,
  ]);
  const known = opened.get(key);
  if (known && !refresh) return known;
  const reading = readArchive(context, spec, progress);
  opened.set(key, reading);
  // An index takes tens of megabytes: it is dropped when the selections that follow one another are done.
  const forget = () => opened.get(key) === reading && opened.delete(key);
  reading.then(() => setTimeout(forget, keptForMs).unref(), forget);
  return reading;
}

async function readArchive(context: Context, spec: ArchiveSpec, progress: Progress): Promise<Archive> {
  const sources = await chooseSources(context, spec.suite, spec.mirror);
  try {
    return await readSources(context, spec, sources, progress);
  } catch (error) {
    // The host's own mirror may hold only the host's release; a mirror that a person named is taken at its word.
    const named = mirrorChoice(context, spec.mirror) !== '';
    if (named || !(error instanceof LabError && error.name === 'MirrorLacksFile')) throw error;
    progress.note(`${sources[0]?.base} has no ${spec.suite}: taking Debian's snapshots`);
    return readSources(context, spec, snapshotSources(spec.suite), progress);
  }
}

async function readSources(
  context: Context,
  spec: ArchiveSpec,
  sources: readonly Source[],
  progress: Progress,
): Promise<Archive> {
  const network = networkOptions(context, spec.network);
  const parts = await Promise.all(
    sources.map(async (source) => {
      const release = await readRelease(source, spec.keys, network);
      if (release === undefined) {
        progress.note(`${source.base} has no ${source.dist}: done without it`);
        return [];
      }
      const index = await readIndex(context, source, release, spec.arch, network, progress);
      return [offersOf(source.base, index)];
    }),
  );
  return new Archive(spec.suite, spec.arch, parts.flat());
}

/** Undefined when the mirror does not carry an optional suite. */
async function readRelease(
  source: Source,
  keys: string | undefined,
  network: DownloadOptions,
): Promise<Release | undefined> {
  const url = `${source.base}/dists/${source.dist}/InRelease`;
  const bytes = await fetchSmall(url, network);
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
  network: DownloadOptions,
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
      { ...network, onBytes: (count) => progress.bytes(count) },
    );
  if (!(await isVerified(compressed, expected, context.signal))) {
    progress.expect(expected.size);
    // By hash the index cannot be replaced between our reading InRelease and this; not every mirror has that.
    await download(`${folder}/main/binary-${arch}/by-hash/SHA256/${expected.sha256}`).catch((error) => {
      if (error?.name !== 'MirrorLacksFile') throw error;
      return download(`${folder}/${path}`);
    });
  }
  const text = await condense(decompress(compressed, 'xz', { start: 0, end: expected.size - 1 }));
  await writeAtomic(kept, Buffer.from(text, 'latin1'));
  await rm(compressed, { force: true });
  const index = PackageIndex.read(text);
  if (!index) throw labError('PackageDamaged', { path: compressed, reason: 'it ends in the middle' });
  return index;
}
