/** Names that kbuild takes, for files that were handed in under others and cannot be renamed by whoever did. */
import path from 'node:path';
import { inOrder, isPassedOver, isPlainPath, isSource } from './source-files.ts';

export interface PlainNames {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Path in `files` → path as the student knows it, where they differ. */
  readonly originals: ReadonlyMap<string, string>;
}

/** What a module can be called. */
export const moduleNamePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,54}$/;

/**
 * The files as they are where any of the `.c` files can be built as it is called: what else is there is then left out
 * with a note, as on disk. Where none can (`lab 3 (1).c`, `лаба.c` without a Makefile), all of them get plain names.
 */
export function withPlainNames(files: ReadonlyMap<string, Uint8Array>, namesModules: boolean): PlainNames {
  const sources = inOrder(files).filter(([name]) => !isPassedOver(name) && isSource(name));
  const units = sources.map(([name]) => name).filter((name) => name.endsWith('.c'));
  const buildable = (name: string) =>
    isPlainPath(name) && (namesModules || moduleNamePattern.test(path.posix.basename(name, '.c')));
  if (units.length === 0 || units.some(buildable)) return { files, originals: new Map() };
  const plain = new Map<string, Uint8Array>();
  const originals = new Map<string, string>();
  const freeName = freeNames((name) => plain.has(name));
  for (const [name, content] of sources) {
    const folders = name
      .split('/')
      .slice(0, -1)
      .map((part) => plainPart(part, 'folder'));
    const base = path.posix.basename(name);
    const own = base.endsWith('.c') ? `${plainPart(base.slice(0, -2), 'lab')}.c` : base;
    const free = freeName([...folders, own].join('/'));
    plain.set(free, content);
    if (free !== name) originals.set(free, name);
  }
  return { files: plain, originals };
}

/** Latin letters and digits of a name; `otherwise` where it has none. */
function plainPart(part: string, otherwise: string): string {
  const latin = part.normalize('NFD').replace(/\p{M}/gu, '');
  const kept = latin.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^[_-]+|[_-]+$/g, '');
  return kept.slice(0, 50) || otherwise;
}

/** `lab.c`, then `lab_2.c`, and so on. Each number is tried once, however many names come to the same. */
export function freeNames(isTaken: (name: string) => boolean): (name: string) => string {
  const last = new Map<string, number>();
  return (name) => {
    const { dir, name: base, ext } = path.posix.parse(name);
    for (let number = (last.get(name) ?? 0) + 1; ; number += 1) {
      const tried = number === 1 ? name : path.posix.join(dir, `${base}_${number}${ext}`);
      if (isTaken(tried)) continue;
      last.set(name, number);
      return tried;
    }
  };
}
