/** Which modules the files of a folder can make: what its Makefiles name, else what its `.c` files are. */
import path from 'node:path';
import { type Allowance, type KbuildWords, readKbuild } from './makefile.ts';
import { byDepth } from './nearest.ts';
import { type PlainNames, withPlainNames } from './plain-names.ts';
import { plainText } from './plain-text.ts';
import { beginningOf, inOrder, isPassedOver, isSource, makefiles } from './source-files.ts';

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

/** Files under names that can be built, and the modules that can be made of them. */
export interface Found extends PlainNames {
  readonly places: readonly ModulePlace[];
}

/** Where none of the names can be built, the files get others. */
export function findPlaces(files: ReadonlyMap<string, Uint8Array>, allowance: Allowance): Found {
  const named = namedModules(files, allowance);
  const plain = withPlainNames(files, named.length > 0);
  // Under other names a Makefile has another folder.
  const places = plain.files === files ? named : namedModules(plain.files, allowance);
  return { ...plain, places: places.length > 0 ? places : unnamedModules(plain.files) };
}

/** Each as it can be asked for: two of one name go with their folders, as `locked/lab3`. */
export function namesOf(places: readonly ModulePlace[]): string[] {
  const count = new Map<string, number>();
  for (const { name } of places) count.set(name, (count.get(name) ?? 0) + 1);
  return places.map((place) => (count.get(place.name) === 1 ? place.name : withFolder(place)));
}

/** @param wanted a name as `namesOf` gives it */
export function placeOf(places: readonly ModulePlace[], wanted: string): ModulePlace | undefined {
  return places.find((place) => withFolder(place) === wanted) ?? places.find(({ name }) => name === wanted);
}

const withFolder = ({ base, name }: ModulePlace) => path.posix.join(base, name);

/** `.c` files that are modules by themselves; where none looks like one, all. */
function unnamedModules(files: ReadonlyMap<string, Uint8Array>): ModulePlace[] {
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
function namedModules(files: ReadonlyMap<string, Uint8Array>, allowance: Allowance): ModulePlace[] {
  const sources = sourcesOf(files);
  return [...foldersOf(sources)].flatMap((base) => {
    const makefile = makefileIn(sources, base, allowance);
    return makefile === undefined
      ? []
      : [...new Set(makefile.words.modules.map(moduleName))].map((name) => ({ name, base, makefile }));
  });
}

function foldersOf(sources: ReadonlyMap<string, Uint8Array>): Set<string> {
  const folders = [...sources.keys()].map((name) => (name.includes('/') ? path.posix.dirname(name) : ''));
  return new Set([...new Set(folders)].sort(byDepth));
}

/** A file without an entry point is a part of a module that no Makefile puts together. */
function isModule(content: Uint8Array): boolean {
  const text = Buffer.from(content.buffer, content.byteOffset, content.length);
  const hasWord = ['module_init', 'init_module', 'MODULE_LICENSE'].some((word) => text.includes(word));
  return hasWord && /\b(?:module_init|init_module|MODULE_LICENSE)\s*\(/.test(text.toString('latin1'));
}

/** The first Makefile of a folder that names a module. */
export function makefileIn(
  files: ReadonlyMap<string, Uint8Array>,
  base: string,
  allowance: Allowance,
): FoundMakefile | undefined {
  for (const { words, file } of makefilesIn(files, base, allowance)) {
    if (words.modules.length > 0) return { words, base, file };
  }
  return undefined;
}

export function* makefilesIn(
  files: ReadonlyMap<string, Uint8Array>,
  base: string,
  allowance: Allowance,
): Generator<{ words: KbuildWords; file: string }> {
  for (const name of makefiles) {
    const file = path.posix.join(base, name);
    const content = files.get(file);
    if (content === undefined) continue;
    const inside = [...files.keys()]
      .filter((source) => base === '' || source.startsWith(`${base}/`))
      .map((source) => (base === '' ? source : source.slice(base.length + 1)));
    const text = Buffer.from(plainText(beginningOf(content))).toString('utf8');
    const words = readKbuild(text, inside, allowance);
    if (allowance.left < 0) allowance.endedAt ??= file;
    yield { words, file };
  }
}

export const moduleName = (file: string) => path.posix.basename(file).replace(/\.[co]$/, '');
