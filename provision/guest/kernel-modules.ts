import { posix } from 'node:path';
import { labError } from '../../lab/errors.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type DebEntryWithContent, extractFiles } from '../packages/deb.ts';

export interface KernelModule {
  readonly name: string;
  /** The uncompressed `.ko`. */
  readonly content: Uint8Array;
}

/**
 * The kernel's own modules with these names and all that they need, in the order in which to load them; what is built
 * into this kernel is left out. The packages carry no modules.dep (a maintainer script makes it), so the dependencies
 * come from each module's `depends=`. A kernel without a package has all of them built in. Throws
 * `KernelModuleMissing`.
 */
export async function kernelModules(
  kernel: Pick<Kernel, 'imageDeb' | 'release'>,
  wanted: readonly string[],
): Promise<KernelModule[]> {
  const { imageDeb } = kernel;
  if (imageDeb === undefined) return [];
  const files = new Map<string, DebEntryWithContent>();
  let builtin: ReadonlySet<string> | undefined;
  const loaded = new Map<string, KernelModule>();
  // Reading a package costs seconds, so each round takes all that is missing by then: one round, or one per depth.
  for (let missing = new Set(wanted.map(normalize)); missing.size > 0; ) {
    const found = await extractFiles(
      imageDeb,
      (path) => path.endsWith('/modules.builtin') || missing.has(moduleName(path)),
    );
    for (const [path, entry] of found) {
      if (path.endsWith('/modules.builtin')) builtin ??= builtinNames(entry.content);
      else files.set(moduleName(path), entry);
    }
    const needed = new Set<string>();
    for (const name of missing) {
      if (builtin?.has(name)) continue;
      const entry = files.get(name);
      if (!entry) throw labError('KernelModuleMissing', { module: name, release: kernel.release });
      const content = await uncompressed(entry);
      loaded.set(name, { name, content });
      for (const dependency of dependenciesOf(content)) if (!loaded.has(dependency)) needed.add(dependency);
    }
    missing = needed;
  }
  return inLoadOrder(loaded);
}

/** Dependencies before what needs them. */
function inLoadOrder(modules: ReadonlyMap<string, KernelModule>): KernelModule[] {
  const ordered = new Map<string, KernelModule>();
  const add = (name: string, path: readonly string[]) => {
    const module = modules.get(name);
    if (!module || ordered.has(name) || path.includes(name)) return;
    for (const dependency of dependenciesOf(module.content)) add(dependency, [...path, name]);
    ordered.set(name, module);
  };
  for (const name of modules.keys()) add(name, []);
  return [...ordered.values()];
}

/** From `.modinfo`, a section of NUL-terminated `key=value` strings. */
export function dependenciesOf(module: Uint8Array): string[] {
  const text = Buffer.from(module.buffer, module.byteOffset, module.byteLength).toString('latin1');
  const names = /\0depends=([\w,-]*)\0/.exec(text)?.[1] ?? '';
  return names.split(',').filter(Boolean).map(normalize);
}

function builtinNames(content: Uint8Array): Set<string> {
  return new Set(Buffer.from(content).toString('utf8').split('\n').map(moduleName));
}

async function uncompressed(entry: DebEntryWithContent): Promise<Uint8Array> {
  if (!entry.path.endsWith('.xz')) return entry.content;
  const { XzReadableStream } = (await import('xz-decompress')).default;
  const stream = new XzReadableStream(new Blob([Buffer.from(entry.content)]).stream());
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function moduleName(path: string): string {
  const match = /^(.+)\.ko(\.xz)?$/.exec(posix.basename(path));
  return normalize(match?.[1] ?? '');
}

/** The kernel takes `-` and `_` in a module's name for the same. */
function normalize(name: string): string {
  return name.replaceAll('-', '_');
}
