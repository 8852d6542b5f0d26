/**
 * Reads a module's sources from a student's folder: regular `.c` and `.h` files, and what the Makefile says about
 * them. The Kbuild that goes in is our own, made from that, so nothing of the student's is ever run.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { labError } from '../../lab/errors.ts';
import type { ModuleSource } from './builder.ts';
import { type Allowance, fullAllowance } from './makefile.ts';
import {
  type FoundMakefile,
  findPlaces,
  makefileIn,
  makefilesIn,
  moduleName,
  namesOf,
  placeOf,
} from './modules.ts';
import { moduleNamePattern } from './plain-names.ts';
import { layoutOf, readSourceFolder, type SourceFiles, takeSourceFiles } from './source-files.ts';

export { plainText } from './plain-text.ts';

/**
 * @param folder as the student gave it; messages repeat it
 * @param wanted name of the module, where the folder holds several
 * @throws NoModuleSource, SeveralSources, SeveralModules, ModuleObjectWithoutSource, ModuleNamedModule,
 *   ModuleNameInvalid, SourceTooLarge
 */
export async function readModuleSource(folder: string, wanted?: string): Promise<ModuleSource> {
  const read = await readSourceFolder(folder);
  const { files, originals } = findPlaces(read.files, fullAllowance());
  const taken = takeSourceFiles(folder, layoutOf(files));
  const makefile = findMakefile(taken.files, fullAllowance());
  return sourceOf({ ...taken, notes: [...read.notes, ...taken.notes], originals, makefile }, wanted);
}

/** The modules of files in memory. What all of them need is found out once. */
export interface Survey {
  /**
   * All modules that the files can make: several of one Makefile, of Makefiles in folders of their own, or `.c` files that
   * are modules by themselves. Two of one name go with their folders, as `locked/lab3`.
   */
  readonly modules: readonly string[];
  /** The Makefile at which reading ended, as all of them together are too intricate: later ones may name more modules. */
  readonly intricate?: string;
  /**
   * What `readModuleSource` gives, by the same rules.
   * @param wanted one of `modules`
   * @throws what `readModuleSource` throws
   */
  sourceOf(wanted?: string): ModuleSource;
}

/**
 * Never throws for what the files hold.
 * @param folder what messages call it
 * @param given not more than `nearestTop` lets through
 */
export function surveyOf(folder: string, given: ReadonlyMap<string, Uint8Array>): Survey {
  const allowance = fullAllowance();
  const { files, originals, places } = findPlaces(given, allowance);
  const layout = layoutOf(files);
  // Another one, which takes no more than the first did: what that left may not do for a module of the last folder.
  const again = fullAllowance();
  const readingOf = once((base: string | undefined): Reading => {
    const taken = takeSourceFiles(folder, layout, base);
    const makefile =
      base === undefined ? findMakefile(taken.files, again) : makefileIn(taken.files, base, again);
    return { ...taken, originals, makefile };
  });
  return {
    modules: namesOf(places),
    ...intricateIn(allowance, originals),
    sourceOf(wanted) {
      const place = wanted === undefined ? undefined : placeOf(places, wanted);
      const reading = readingOf(place?.base);
      return sourceOf({ ...reading, notes: [...reading.notes] }, place?.name ?? wanted, place?.base);
    },
  };
}

/** Asks once for each key; what was thrown is thrown again. */
function once<Key, Value>(ask: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, () => Value>();
  return (key) => {
    const told = known.get(key);
    if (told !== undefined) return told();
    try {
      const value = ask(key);
      known.set(key, () => value);
      return value;
    } catch (error) {
      known.set(key, () => {
        throw error;
      });
      throw error;
    }
  };
}

function intricateIn({ endedAt }: Allowance, originals: Reading['originals']): Pick<Survey, 'intricate'> {
  return endedAt === undefined ? {} : { intricate: originals.get(endedAt) ?? endedAt };
}

/** Sources under names that can be built, and what the student calls them where that is another one. */
type Reading = SourceFiles & {
  readonly originals: ReadonlyMap<string, string>;
  /** The one that names the module. */
  readonly makefile: FoundMakefile | undefined;
};

/** The same source, whose messages are to name files as the student did. */
function knownAs(source: ModuleSource, given: Reading['originals']): ModuleSource {
  if (given.size === 0) return source;
  const originals = new Map(source.originals);
  const notes = [...source.notes];
  for (const built of source.files.keys()) {
    const taken = source.originals.get(built) ?? built;
    const original = given.get(taken);
    if (original === undefined) continue;
    originals.set(built, original);
    notes.push(`${original} cannot be built under this name; built here as ${built}`);
  }
  return { ...source, originals, notes };
}

/** @param base the folder of the module; without it, wherever the rules of `findMakefile` lead */
function sourceOf(reading: Reading, wanted: string | undefined, base?: string): ModuleSource {
  const { folder } = reading;
  const module = chooseModule(reading, wanted, base);
  checkName(folder, module.name);

  const { kbuild, renamed } = writeKbuild(reading, module);
  const files = new Map<string, Uint8Array>();
  for (const name of [...reading.files.keys()].sort()) {
    const content = reading.files.get(name);
    if (content === undefined || !/\.[ch]$/.test(name)) continue;
    files.set(renamed?.from === name ? renamed.to : name, content);
  }
  files.set('Kbuild', Buffer.from(kbuild));
  const originals = new Map(renamed === undefined ? [] : [[renamed.to, renamed.from]]);
  const source = { folder, name: module.name, files, originals, notes: reading.notes };
  return knownAs({ ...source, sha256: hashFiles(files) }, reading.originals);
}

/** Over names and contents, whatever their order. */
export function hashFiles(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

// ------------------------------------------------------------------------------------------------- the module

interface Module {
  readonly name: string;
  /** Source files it is linked from, paths below the folder. */
  readonly sources: readonly string[];
  readonly flags: readonly string[];
  readonly flagsOf: ReadonlyMap<string, readonly string[]>;
  /** Folder of the Makefile these words come from, '' or e.g. `src`. */
  readonly base: string;
}

function chooseModule(reading: Reading, wanted: string | undefined, place?: string): Module {
  const { folder, files, notes, originals, makefile: found } = reading;
  const known = (name: string) => originals.get(name) ?? name;
  const sources = [...files.keys()].filter((name) => name.endsWith('.c'));
  if (sources.length === 0) throw labError('NoModuleSource', { folder, why: 'there is no .c file in it' });

  if (found === undefined) {
    const fits = (name: string) =>
      place === undefined ? moduleName(name) === wanted : name === path.posix.join(place, `${wanted}.c`);
    const named = wanted === undefined ? sources : sources.filter(fits);
    const [only, ...others] = named.length === 0 ? sources : named;
    if (only === undefined || others.length > 0)
      throw labError('SeveralSources', { folder, files: sources.map(known) });
    return { name: moduleName(only), sources: [only], flags: [], flagsOf: new Map(), base: '' };
  }

  const { words, base, file } = found;
  notes.push(...words.notes.map((note) => `${file}: ${note}`));
  const names = words.modules.map(moduleName);
  const object = words.modules.find((candidate) => moduleName(candidate) === (wanted ?? names[0]));
  if (object === undefined || (wanted === undefined && names.length > 1)) {
    throw labError('SeveralModules', { folder, modules: names, ...(wanted === undefined ? {} : { wanted }) });
  }
  const objects = words.parts.get(object.slice(0, -2)) ?? words.parts.get(moduleName(object)) ?? [];
  const parts = (objects.length === 0 ? [object] : objects).map((part) => {
    const place = path.posix.join(base, part.replace(/\.o$/, '.c'));
    const source = sources.includes(place) ? place : elsewhere(sources, place);
    if (source === undefined) {
      throw labError('ModuleObjectWithoutSource', {
        makefile: file,
        object: part,
        source: place,
        files: sources.map(known),
      });
    }
    if (source !== place) notes.push(`${file} names ${part}, whose source is ${source}: taken from there`);
    return source;
  });
  return {
    name: moduleName(object),
    sources: [...new Set(parts)],
    flags: words.flags,
    flagsOf: words.flagsOf,
    base,
  };
}

/** A source of that base name somewhere else in the folder, if there is exactly one: paths in obj-m are often wrong. */
function elsewhere(sources: readonly string[], place: string): string | undefined {
  const same = sources.filter((name) => path.posix.basename(name) === path.posix.basename(place));
  return same.length === 1 ? same[0] : undefined;
}

/** The first Makefile that names a module: in the folder itself, in a folder that one descends to, in `src/`. */
function findMakefile(
  files: ReadonlyMap<string, Uint8Array>,
  allowance: Allowance,
): FoundMakefile | undefined {
  const places = ['', 'src'];
  for (const base of places) {
    for (const { words, file } of makefilesIn(files, base, allowance)) {
      if (words.modules.length > 0) return { words, base, file };
      for (const below of words.folders) places.push(path.posix.join(base, below));
      if (places.length > 16) return undefined;
    }
  }
  return undefined;
}

function checkName(folder: string, name: string): void {
  // /sys/module/module is the module loader itself, so module.ko is refused at every load as one of the same name.
  if (name === 'module') throw labError('ModuleNamedModule', { folder });
  if (!moduleNamePattern.test(name)) throw labError('ModuleNameInvalid', { folder, name });
}

// ------------------------------------------------------------------------------------------------- the Kbuild

function writeKbuild(
  { notes }: SourceFiles,
  module: Module,
): { kbuild: string; renamed?: { from: string; to: string } } {
  const own = `${module.name}.c`;
  const alone = module.sources.length === 1 && module.sources[0] === own;
  // kbuild links NAME.o from the parts, so a part of several cannot be called NAME.o itself.
  const to = `${module.name}-main.c`;
  const renamed = !alone && module.sources.includes(own) ? { from: own, to } : undefined;
  const buildName = (source: string) => (source === renamed?.from ? renamed.to : source);
  if (renamed !== undefined) {
    notes.push(`${own} cannot be a part of ${module.name}.o under the same name; built here as ${to}`);
  }
  const lines = [`obj-m := ${module.name}.o`];
  if (!alone) {
    const objects = module.sources.map((source) => buildName(source).replace(/\.c$/, '.o'));
    lines.push(`${module.name}-y := ${objects.join(' ')}`);
  }
  const flags = safeFlags(module.flags, module.base, notes);
  if (flags.length > 0) lines.push(`ccflags-y := ${flags.join(' ')}`);
  for (const source of module.sources) {
    const object = path.posix.relative(module.base, source).replace(/\.c$/, '.o');
    const own = safeFlags(module.flagsOf.get(object) ?? [], module.base, notes);
    if (own.length > 0) lines.push(`CFLAGS_${buildName(source).replace(/\.c$/, '.o')} := ${own.join(' ')}`);
  }
  const kbuild = `${lines.join('\n')}\n`;
  return renamed === undefined ? { kbuild } : { kbuild, renamed };
}

/**
 * Flags that change what the compiler says or how it reads the source, and cannot name a file outside, load a
 * plugin or reach another program (`-Wl,`, `-fplugin`, `-B`, `-wrapper`, `@file`).
 */
const safeFlag = [
  /^-D\w+(=[\w.+-]*)?$/,
  /^-U\w+$/,
  /^-std=(gnu|c|iso)[0-9a-z:]+$/,
  /^-W[a-z0-9+=-]+$/,
  /^-g[0-9]?$/,
];

function safeFlags(words: readonly string[], base: string, notes: string[]): string[] {
  const kept: string[] = [];
  const dropped: string[] = [];
  for (const [at, word] of words.entries()) {
    if (words[at - 1] === '-I') continue;
    const folder = word === '-I' ? words[at + 1] : word.startsWith('-I') ? word.slice(2) : undefined;
    if (folder !== undefined) {
      const below = path.posix.normalize(path.posix.join(base, folder));
      const inside = !folder.startsWith('/') && below.split('/')[0] !== '..' && /^[\w./+-]+$/.test(below);
      if (inside) kept.push(`-I$(src)/${below}`);
      else dropped.push(`-I${folder}`);
    } else if (safeFlag.some((pattern) => pattern.test(word))) kept.push(word);
    else dropped.push(word);
  }
  if (dropped.length > 0) notes.push(`compiler flags left out: ${dropped.slice(0, 10).join(' ')}`);
  return kept;
}
