/**
 * Reads a module's sources from a student's folder: regular `.c` and `.h` files, and what the Makefile says about
 * them. The Kbuild that goes in is our own, made from that, so nothing of the student's is ever run.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { labError } from '../../lab/errors.ts';
import type { ModuleSource } from './builder.ts';
import { type KbuildWords, readKbuild } from './makefile.ts';

const limits = { files: 400, fileBytes: 1 << 20, totalBytes: 8 << 20, depth: 8 };

/** Kbuild first, as kbuild itself does. */
const makefiles = ['Kbuild', 'GNUmakefile', 'makefile', 'Makefile'];

/** Characters that make, a tar header and a shell in the guest all take as they are. */
const plainPath = /^[\p{L}\p{N}._+/-]+$/u;

interface Reading {
  readonly folder: string;
  /** `.c`, `.h` and Makefiles by their path below the folder. */
  readonly files: Map<string, Uint8Array>;
  readonly notes: string[];
}

/**
 * @param folder as the student gave it; messages repeat it
 * @param wanted name of the module, where the folder holds several
 * @throws NoModuleSource, SeveralSources, SeveralModules, ModuleObjectWithoutSource, ModuleNamedModule,
 *   ModuleNameInvalid, SourceTooLarge
 */
export async function readModuleSource(folder: string, wanted?: string): Promise<ModuleSource> {
  const reading = await readFolder(folder);
  const module = chooseModule(reading, wanted);
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
  return { folder, name: module.name, files, originals, notes: reading.notes, sha256: hashFiles(files) };
}

function hashFiles(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [name, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

// ------------------------------------------------------------------------------------------------- the folder

async function readFolder(folder: string): Promise<Reading> {
  const reading: Reading = { folder, files: new Map(), notes: [] };
  let root: string;
  try {
    root = await realpath(folder);
    await readLevel(reading, root, '', 0, { bytes: 0 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EACCES') throw error;
    const why =
      code === 'ENOENT'
        ? 'there is no such folder'
        : code === 'ENOTDIR'
          ? 'it is no folder'
          : 'access is denied';
    throw labError('NoModuleSource', { folder, why }, { cause: error });
  }
  return reading;
}

async function readLevel(
  reading: Reading,
  root: string,
  below: string,
  depth: number,
  sum: { bytes: number },
): Promise<void> {
  const { folder, files, notes } = reading;
  const entries = await readdir(path.join(root, below), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const isModule = await namesModule(path.join(root, below));
  for (const entry of entries) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    if (entry.isDirectory()) {
      // Beside a module's own Makefile, a folder with another one is another module.
      if (isModule && (await namesModule(path.join(root, name)))) continue;
      if (depth < limits.depth) await readLevel(reading, root, name, depth + 1, sum);
      continue;
    }
    const isSource = /\.[ch]$/.test(entry.name) && !entry.name.endsWith('.mod.c');
    if (!isSource && !makefiles.includes(entry.name)) continue;
    if (!plainPath.test(name)) {
      notes.push(`${name} is left out: kbuild refuses such names`);
      continue;
    }
    const content = await readRegular(path.join(root, name), name, folder);
    if (content === undefined) {
      notes.push(`${name} is left out: it is no regular file`);
      continue;
    }
    sum.bytes += content.length;
    if (sum.bytes > limits.totalBytes)
      tooLarge(folder, 'all sources together', `${limits.totalBytes >> 20} MiB`);
    if (files.size >= limits.files) tooLarge(folder, 'the number of source files', String(limits.files));
    files.set(name, plainText(content));
  }
}

/** Whether a folder's own Kbuild or Makefile names a module in `obj-m`; one that names a folder there descends. */
async function namesModule(folder: string): Promise<boolean> {
  for (const file of makefiles) {
    const content = await readRegular(path.join(folder, file), file, folder);
    if (
      content !== undefined &&
      /^[ \t]*obj-m\b.*\.o\b/m.test(Buffer.from(plainText(content)).toString('latin1'))
    )
      return true;
  }
  return false;
}

function tooLarge(folder: string, what: string, limit: string): never {
  throw labError('SourceTooLarge', { folder, what, limit });
}

/** undefined for anything but a regular file. Links are not followed: what they lead to is not the student's. */
async function readRegular(file: string, name: string, folder: string): Promise<Uint8Array | undefined> {
  // Windows has neither flag; NONBLOCK keeps a pipe with no writer from holding us up.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, flags);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ELOOP' || code === 'EMLINK' || code === 'ENXIO' || code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return undefined;
    if (stat.size > limits.fileBytes) tooLarge(folder, name, `${limits.fileBytes >> 10} KiB`);
    const buffer = Buffer.alloc(limits.fileBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      if (bytesRead === 0) break;
      length += bytesRead;
      if (length > limits.fileBytes) tooLarge(folder, name, `${limits.fileBytes >> 10} KiB`);
    }
    return buffer.subarray(0, length);
  } finally {
    await handle.close();
  }
}

/** UTF-16 becomes UTF-8, a byte order mark goes, CRLF becomes LF. Other bytes (old 8-bit comments) stay. */
export function plainText(content: Uint8Array): Uint8Array {
  let bytes = Buffer.from(content);
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) bytes = Buffer.from(new TextDecoder('utf-16le').decode(bytes));
  else if (first === 0xfe && second === 0xff) bytes = Buffer.from(new TextDecoder('utf-16be').decode(bytes));
  else if (first === 0xef && second === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
  if (!bytes.includes('\r\n')) return bytes;
  return Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
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

function chooseModule(reading: Reading, wanted: string | undefined): Module {
  const { folder, files, notes } = reading;
  const sources = [...files.keys()].filter((name) => name.endsWith('.c'));
  if (sources.length === 0) throw labError('NoModuleSource', { folder, why: 'there is no .c file in it' });

  const found = findMakefile(reading);
  if (found === undefined) {
    const named = wanted === undefined ? sources : sources.filter((name) => moduleName(name) === wanted);
    const [only, ...others] = named.length === 0 ? sources : named;
    if (only === undefined || others.length > 0) throw labError('SeveralSources', { folder, files: sources });
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
        files: sources,
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

const moduleName = (file: string) => path.posix.basename(file).replace(/\.[co]$/, '');

/** The first Makefile that names a module: in the folder itself, in a folder that one descends to, in `src/`. */
function findMakefile(reading: Reading): { words: KbuildWords; base: string; file: string } | undefined {
  const places = ['', 'src'];
  for (const base of places) {
    for (const name of makefiles) {
      const file = path.posix.join(base, name);
      const content = reading.files.get(file);
      if (content === undefined) continue;
      const inside = [...reading.files.keys()]
        .filter((source) => base === '' || source.startsWith(`${base}/`))
        .map((source) => (base === '' ? source : source.slice(base.length + 1)));
      const words = readKbuild(Buffer.from(content).toString('utf8'), inside);
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
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,54}$/.test(name)) throw labError('ModuleNameInvalid', { folder, name });
}

// ------------------------------------------------------------------------------------------------- the Kbuild

function writeKbuild(
  { notes }: Reading,
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
