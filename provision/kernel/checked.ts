/** Checked kernels: the ones whose own machinery finds the faults of a module. Built once, or taken in from a file. */
import { availableParallelism } from 'node:os';
import { labError } from '../../lab/errors.ts';
import type { CheckedKind } from '../../lab/names.ts';
import type { Context } from '../context.ts';
import { asKernel, type StoredKernel, storedKernels } from './checked-store.ts';
import type { Kernel } from './kernel.ts';
import { configSha256 } from './kernel-config.ts';

export interface CheckedRequest {
  readonly kind: CheckedKind;
  /** Debian's kernel beside which it is to stand: suite, architecture and version are taken from it. */
  readonly stock: Kernel;
}

/**
 * The checked kernel of the cache. One of another version of the same suite serves too, with a warning: a class gets
 * one file and keeps it. Nothing is built or fetched. Throws `CheckedKernelMissing`.
 */
export async function provideCheckedKernel(context: Context, request: CheckedRequest): Promise<Kernel> {
  const kernel = await checkedKernelIfThere(context, request);
  if (kernel !== undefined) return kernel;
  const { kind, stock } = request;
  const { version, arch } = stock;
  const minutes = Math.max(1, Math.round(estimateBuild(kind).seconds / 60));
  throw labError('CheckedKernelMissing', { kind, version, arch, minutes });
}

/** The same for who can do without. */
export async function checkedKernelIfThere(
  context: Context,
  request: CheckedRequest,
): Promise<Kernel | undefined> {
  const { kind, stock } = request;
  const found = await findCheckedKernel(context, request);
  if (found === undefined) return undefined;
  const { version } = found.manifest;
  if (version !== stock.version) {
    context.emit({
      type: 'warning',
      text: `The ${kind} kernel is of Linux ${version}, the other one of ${stock.version}; \`lab3 kernel build\` makes one of the same version.`,
    });
  }
  return asKernel(found);
}

/** Whether this lab3 would make the same of the same source. */
export async function isCurrent({ manifest }: StoredKernel): Promise<boolean> {
  return manifest.config === (await configSha256(manifest.kind, manifest));
}

/** The one that fits best: same version and configuration, same version, newest of the suite. */
export async function findCheckedKernel(
  context: Context,
  { kind, stock }: CheckedRequest,
): Promise<StoredKernel | undefined> {
  const config = await configSha256(kind, stock);
  const rank = ({ manifest }: StoredKernel) =>
    (manifest.version === stock.version ? 2 : 0) + (manifest.config === config ? 1 : 0);
  const fitting = (await storedKernels(context)).filter(
    ({ manifest }) =>
      manifest.kind === kind && manifest.arch === stock.arch && manifest.suite === stock.suite,
  );
  // Sorting is stable: among equals the newest, which comes first, stays first.
  return fitting.sort((a, b) => rank(b) - rank(a))[0];
}

/**
 * What a build takes on x86-64 in seconds: on one core, and what no second core shortens. `checked` is from the CPU time
 * of a whole build (docs/adr/006); `kasan` was not measured, and is put as much higher as an earlier kernel of it was.
 */
const cost: Record<CheckedKind, { shared: number; alone: number }> = {
  checked: { shared: 620, alone: 30 },
  kasan: { shared: 800, alone: 30 },
};

/** How long building takes where nothing else runs. */
export function estimateBuild(
  kind: CheckedKind,
  cores: number = availableParallelism(),
): { readonly seconds: number } {
  const { shared, alone } = cost[kind];
  return { seconds: Math.round(alone + shared / Math.max(1, cores)) };
}
