/** Which modules the files of a folder can make: what its Makefiles name, else what its `.c` files are. */
import path from 'node:path';
import { type KbuildWords, readKbuild } from './makefile.ts';
import { type PlainNames, withPlainNames } from './plain-names.ts';
import { plainText } from './plain-text.ts';
import { inOrder, isPassedOver, isSource, makefiles } from './source-files.ts';

export interface FoundMakefile {
  readonly words: KbuildWords;
  /** Folder of the Makefile, '' or e.g. `src`. */
  readonly base: string;
  readonly file: string;
}

/** One module that can be made. */
export interface ModulePlace {
  readonly name: string;
  /** Folder of its Makefile, or of its source where no Makefile names it. */
  readonly base: string;
  /** The Makefile that names it. */
  readonly makefile?: FoundMakefile;
}

/**
 * Names of all modules that the files can make: several of one Makefile, of Makefiles in folders of their own, or
 * `.c` files that are modules by themselves. Two of one name go with their folders, as `locked/lab3`. Each is what
 * `moduleSourceOf` takes as `wanted`.
 */
export function modulesIn(files: ReadonlyMap<string, Uint8Array>): string[] {
  const places = modulePlaces(plainlyNamed(files).files);
  const count = new Map<string, number>();
  for (const { name } of places) count.set(name, (count.get(name) ?? 0) + 1);
  return places.map(({ name, base }) => (count.get(name) === 1 ? name : path.posix.join(base, name)));
}

/** Files under names that can be built, where none of theirs can. */
export function plainlyNamed(files: ReadonlyMap<string, Uint8Array>): PlainNames {
  return withPlainNames(files, namedModules(files).length > 0);
}

/** @param wanted a name as `modulesIn` gives it */
export function findPlace(files: ReadonlyMap<string, Uint8Array>, wanted: string): ModulePlace | undefined {
  const places = modulePlaces(files);
  return (
    places.find(({ name, base }) => path.posix.join(base, name) === wanted) ??
    places.find(({ name }) => name === wanted)
  );
}

function modulePlaces(files: ReadonlyMap<string, Uint8Array>): ModulePlace[] {
  const named = namedModules(files);
  if (named.length > 0) return named;
  const own = [...sourcesOf(files)].filter(([name]) => name.endsWith('.c'));
  const whole = own.filter(([, content]) => isModule(content));
  return (whole.length > 0 ? whole : own).map(([name]) => ({
    name: moduleName(name),
    base: name.includes('/') ? path.posix.dirname(name) : '',
  }));
}

function sourcesOf(files: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  return new Map(inOrder(files).filter(([name]) => !isPassedOver(name) && isSource(name)));
}

/** What the Makefiles name. */
function namedModules(files: ReadonlyMap<string, Uint8Array>): ModulePlace[] {
  const sources = sourcesOf(files);
  return [...foldersOf(sources)].flatMap((base) => {
    const makefile = makefileIn(sources, base);
    return makefile === undefined
      ? []
      : [...new Set(makefile.words.modules.map(moduleName))].map((name) => ({ name, base, makefile }));
  });
}

function foldersOf(sources: ReadonlyMap<string, Uint8Array>): Set<string> {
  const folders = [...sources.keys()].map((name) => (name.includes('/') ? path.posix.dirname(name) : ''));
  const depth = (folder: string) => (folder === '' ? 0 : folder.split('/').length);
  return new Set(folders.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1)));
}

/** A file without an entry point is a part of a module that no Makefile puts together. */
function isModule(content: Uint8Array): boolean {
  return /\b(?:module_init|init_module|MODULE_LICENSE)\s*\(/.test(Buffer.from(content).toString('latin1'));
}

/** The first Makefile of a folder that names a module. */
export function makefileIn(files: ReadonlyMap<string, Uint8Array>, base: string): FoundMakefile | undefined {
  for (const { words, file } of makefilesIn(files, base)) {
    if (words.modules.length > 0) return { words, base, file };
  }
  return undefined;
}

export function* makefilesIn(
  files: ReadonlyMap<string, Uint8Array>,
  base: string,
): Generator<{ words: KbuildWords; file: string }> {
  for (const name of makefiles) {
    const file = path.posix.join(base, name);
    const content = files.get(file);
    if (content === undefined) continue;
    const inside = [...files.keys()]
      .filter((source) => base === '' || source.startsWith(`${base}/`))
      .map((source) => (base === '' ? source : source.slice(base.length + 1)));
    yield { words: readKbuild(Buffer.from(plainText(content)).toString('utf8'), inside), file };
  }
}

export const moduleName = (file: string) => path.posix.basename(file).replace(/\.[co]$/, '');
