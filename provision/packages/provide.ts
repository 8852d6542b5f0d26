/** Packages by name, with all they need, verified and in the cache: the archive client's one entry. */
import { type ErrorName, LabError } from '../../lab/errors.ts';
import { type Step, step } from '../../lab/events.ts';
import type { Architecture, Suite } from '../../lab/names.ts';
import { cachePath, withLock } from '../cache.ts';
import type { Context } from '../context.ts';
import { firstOf } from '../deadline.ts';
import { type Archive, type Candidate, openArchive, type Progress } from './archive.ts';
import { downloadFile, type NetworkPatience, networkOptions } from './download.ts';
import { mirrorChoice } from './mirror.ts';
import { resolve } from './resolve.ts';
import { keyOf, readSelection, rememberedPackages, selectionPath, writeSelection } from './selection.ts';
import { isVerified } from './verified.ts';

/** A package's file in the cache, its checksum verified against the signed index. */
export interface DebFile {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly path: string;
}

export interface PackageRequest {
  readonly suite: Suite;
  readonly arch: Architecture;
  readonly names: readonly string[];
  /** Names that count as met and are not followed. */
  readonly exclude?: readonly string[];
  readonly mirror?: string | undefined;
  /** Package name → version. */
  readonly pin?: Readonly<Record<string, string>>;
  /** What the packages are for, in progress: "QEMU", "compiler". */
  readonly label: string;
  /** Takes the newest versions again instead of the remembered ones. */
  readonly refresh?: boolean;
  /** Armored public keys to trust instead of Debian's. */
  readonly keys?: string | undefined;
  readonly network?: NetworkPatience;
}

const parallelDownloads = 6;

/**
 * The closure of `names`, downloaded and verified, sorted by name. The answer is remembered by suite, architecture,
 * names, exclusions, mirror and pins: the next call touches no network and writes nothing.
 * Throws the errors of lab/errors/packages.ts, `DiskFull`, `NotWritable`, `Interrupted`.
 */
export async function providePackages(context: Context, request: PackageRequest): Promise<DebFile[]> {
  const memo = selectionPath(context, requestKey(context, request));
  return step(context.emit, `Debian packages: ${request.label}`, async (step) => {
    const remembered = request.refresh ? undefined : await readSelection(memo);
    if (remembered && (await missing(context, remembered.packages)).length === 0) {
      step.summary(`${describe(remembered.packages)}, from the cache`);
      return remembered.packages.map((found) => toDebFile(context, found));
    }
    const packages = await withLock(
      context,
      'packages',
      () => selectAndDownload(context, request, memo, progressOf(step)),
      { note: (text) => step.note(text) },
    );
    step.summary(describe(packages));
    return packages.map((found) => toDebFile(context, found));
  });
}

/** The packages that the same request was answered with before; their files may be gone from the cache. */
export async function recallPackages(
  context: Pick<Context, 'cacheDir' | 'env'>,
  request: PackageRequest,
): Promise<readonly Candidate[] | undefined> {
  return (await readSelection(selectionPath(context, requestKey(context, request))))?.packages;
}

/** Takes what was selected before, if the mirror still has it; else selects anew and remembers it. */
async function selectAndDownload(
  context: Context,
  request: PackageRequest,
  memo: string,
  progress: Progress,
): Promise<readonly Candidate[]> {
  const known = request.refresh ? undefined : await readSelection(memo);
  if (known) {
    try {
      await download(context, request, known.packages, progress);
      return known.packages;
    } catch (error) {
      if (!isOneOf(error, 'MirrorLacksFile')) throw error;
      progress.note('the versions taken last time are gone from the mirror: taking the newest');
    }
  }
  for (let refresh = known !== undefined || request.refresh === true; ; refresh = true) {
    const archive = await openArchive(context, request, progress, { refresh });
    const packages = await resolveWithCache(context, archive, request);
    try {
      await download(context, request, packages, progress);
    } catch (error) {
      // The index names a file that the mirror lacks: the index is old. It is read anew, once.
      if (refresh || !isOneOf(error, 'MirrorLacksFile')) throw error;
      progress.note('the mirror changed meanwhile: reading its index again');
      continue;
    }
    await writeSelection(memo, { suite: request.suite, arch: request.arch, packages });
    return packages;
  }
}

/** Mirrors drop old versions: what they no longer offer is looked for among the packages in the cache. */
async function resolveWithCache(
  context: Context,
  archive: Archive,
  request: PackageRequest,
): Promise<Candidate[]> {
  try {
    return resolve(archive, request);
  } catch (error) {
    if (!isOneOf(error, 'PackageNotFound', 'DependencyNotFound', 'VersionGone')) throw error;
    const remembered = await rememberedPackages(context, request);
    try {
      return resolve(archive.and(remembered), request);
    } catch {
      throw error;
    }
  }
}

async function download(
  context: Context,
  request: PackageRequest,
  packages: readonly Candidate[],
  progress: Progress,
): Promise<void> {
  const needed = await missing(context, packages);
  for (const { size } of needed) progress.expect(size);
  const { default: pLimit } = await import('p-limit');
  const limit = pLimit(parallelDownloads);
  // One failure ends the others: their half files stay and are continued next time.
  const failed = new AbortController();
  const signal = firstOf(context.signal, failed.signal);
  const network = networkOptions({ env: context.env, signal }, request.network);
  const outcomes = await Promise.allSettled(
    needed.map(({ url, sha256, size }) =>
      limit(async () => {
        try {
          await downloadFile(
            { url, sha256, size, path: blobPath(context, sha256) },
            { ...network, onBytes: (count) => progress.bytes(count) },
          );
        } catch (error) {
          if (!failed.signal.aborted) failed.abort(error);
          throw error;
        }
      }),
    ),
  );
  if (outcomes.some(({ status }) => status === 'rejected')) throw failed.signal.reason;
}

async function missing(context: Context, packages: readonly Candidate[]): Promise<Candidate[]> {
  const present = await Promise.all(
    packages.map((found) => isVerified(blobPath(context, found.sha256), found, context.signal)),
  );
  return packages.filter((_, index) => !present[index]);
}

/** Files of the cache by content. */
function blobPath(context: Pick<Context, 'cacheDir'>, sha256: string): string {
  return cachePath(context, 'blobs', sha256);
}

function requestKey(context: Pick<Context, 'env'>, request: PackageRequest): string {
  return keyOf([
    request.suite,
    request.arch,
    [...request.names].sort(),
    [...(request.exclude ?? [])].sort(),
    mirrorChoice(context, request.mirror),
    Object.entries(request.pin ?? {}).sort(),
    request.keys ?? '',
  ]);
}

function progressOf(step: Step): Progress {
  let done = 0;
  let total = 0;
  return {
    note: (text) => step.note(text),
    bytes: (count) => {
      done += count;
      step.progress(done, 'bytes', total);
    },
    expect: (count) => {
      total += count;
    },
  };
}

function toDebFile(context: Context, { name, version, sha256, size }: Candidate): DebFile {
  return { name, version, sha256, size, path: blobPath(context, sha256) };
}

function describe(packages: readonly Candidate[]): string {
  const bytes = packages.reduce((sum, { size }) => sum + size, 0);
  return `${packages.length} package${packages.length === 1 ? '' : 's'}, ${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
}

function isOneOf(error: unknown, ...names: ErrorName[]): boolean {
  return error instanceof LabError && names.includes(error.name);
}
