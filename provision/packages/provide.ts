/** Packages by name, with all they need, verified and in the cache: the archive client's one entry. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { LabError } from '../../lab/errors.ts';
import { step } from '../../lab/events.ts';
import type { Architecture, Suite } from '../../lab/names.ts';
import { cachePath, withLock, writeAtomic } from '../cache.ts';
import type { Context } from '../context.ts';
import { type Candidate, openArchive, type Progress } from './archive.ts';
import { type DownloadOptions, downloadFile, isVerified } from './download.ts';
import { mirrorChoice } from './mirror.ts';
import { resolve } from './resolve.ts';

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
  readonly network?: Partial<Pick<DownloadOptions, 'stallMs' | 'attempts' | 'pauseMs'>>;
}

/** What a selection came to, kept so that the next one is the same and asks nothing of the network. */
interface Selected extends Omit<DebFile, 'path'> {
  readonly url: string;
}

const parallelDownloads = 6;

/**
 * The closure of `names`, downloaded and verified, sorted by name. The answer is remembered by suite, architecture,
 * names, exclusions, mirror and pins: the next call touches no network and writes nothing.
 */
export async function providePackages(context: Context, request: PackageRequest): Promise<DebFile[]> {
  const memo = cachePath(context, 'selections', `${keyOf(context, request)}.json`);
  return step(context.emit, `Debian packages: ${request.label}`, async (step) => {
    const total = { done: 0, all: 0 };
    const progress: Progress = {
      note: (text) => step.note(text),
      bytes: (count) => {
        total.done += count;
        step.progress(total.done, 'bytes', total.all);
      },
      expect: (count) => {
        total.all += count;
      },
    };
    const remembered = request.refresh ? undefined : await readMemo(memo);
    if (remembered && (await missing(context, remembered)).length === 0) {
      step.summary(`${describe(remembered)}, from the cache`);
      return remembered.map((selected) => toDebFile(context, selected));
    }
    const selection = await withLock(
      context,
      'packages',
      async () => {
        const known = request.refresh ? undefined : await readMemo(memo);
        if (known) {
          try {
            await download(context, request, known, progress);
            return known;
          } catch (error) {
            if (!(error instanceof LabError && error.name === 'MirrorLacksFile')) throw error;
            step.note('the versions taken last time are gone from the mirror: taking the newest');
          }
        }
        const fresh = await selectAndDownload(context, request, progress);
        await writeAtomic(memo, `${JSON.stringify({ format: 1, packages: fresh }, null, 1)}\n`);
        return fresh;
      },
      { note: (text) => step.note(text) },
    );
    step.summary(describe(selection));
    return selection.map((selected) => toDebFile(context, selected));
  });
}

/** A file that the index names and the mirror lacks means that the index is old: it is read anew, once. */
async function selectAndDownload(
  context: Context,
  request: PackageRequest,
  progress: Progress,
): Promise<Selected[]> {
  for (let refresh = request.refresh ?? false; ; refresh = true) {
    const archive = await openArchive(context, request, progress, { refresh });
    const selection = resolve(archive, request).map(toSelected);
    try {
      await download(context, request, selection, progress);
      return selection;
    } catch (error) {
      if (refresh || !(error instanceof LabError && error.name === 'MirrorLacksFile')) throw error;
      progress.note('the mirror changed meanwhile: reading its index again');
    }
  }
}

async function download(
  context: Context,
  request: PackageRequest,
  selection: readonly Selected[],
  progress: Progress,
): Promise<void> {
  const needed = await missing(context, selection);
  for (const { size } of needed) progress.expect(size);
  const { default: pLimit } = await import('p-limit');
  const limit = pLimit(parallelDownloads);
  // One failure ends the others: their half files stay and are continued next time.
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const outcomes = await Promise.allSettled(
    needed.map((selected) =>
      limit(async () => {
        try {
          await downloadFile(
            { ...selected, path: blobPath(context, selected.sha256) },
            { ...request.network, signal, onBytes: (count) => progress.bytes(count) },
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

async function missing(context: Context, selection: readonly Selected[]): Promise<Selected[]> {
  const present = await Promise.all(
    selection.map((selected) => isVerified(blobPath(context, selected.sha256), selected, context.signal)),
  );
  return selection.filter((_, index) => !present[index]);
}

/** Files of the cache by content. */
export function blobPath(context: Pick<Context, 'cacheDir'>, sha256: string): string {
  return cachePath(context, 'blobs', sha256);
}

function keyOf(context: Context, request: PackageRequest): string {
  const parts = [
    request.suite,
    request.arch,
    [...request.names].sort(),
    [...(request.exclude ?? [])].sort(),
    mirrorChoice(context, request.mirror),
    Object.entries(request.pin ?? {}).sort(),
    request.keys ?? '',
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** Undefined when there is none, or none that can be read: then the selection is made again. */
async function readMemo(path: string): Promise<Selected[] | undefined> {
  try {
    const memo = JSON.parse(await readFile(path, 'utf8')) as { format?: number; packages?: Selected[] };
    const sound = (p: Selected) =>
      [p.name, p.version, p.url].every((text) => typeof text === 'string') &&
      /^[0-9a-f]{64}$/.test(p.sha256) &&
      Number.isSafeInteger(p.size);
    return memo.format === 1 && memo.packages?.every(sound) ? memo.packages : undefined;
  } catch {
    return undefined;
  }
}

function toSelected({ name, version, sha256, size, url }: Candidate): Selected {
  return { name, version, sha256, size, url };
}

function toDebFile(context: Context, { name, version, sha256, size }: Selected): DebFile {
  return { name, version, sha256, size, path: blobPath(context, sha256) };
}

function describe(selection: readonly Selected[]): string {
  const bytes = selection.reduce((sum, { size }) => sum + size, 0);
  return `${selection.length} packages, ${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
}
