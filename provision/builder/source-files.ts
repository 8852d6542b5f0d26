/** Which files of a student's folder a module can be made of, on disk or in memory: the same rules for both. */
import { constants } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { entryKind } from '../../lab/entry-kind.ts';
import { labError } from '../../lab/errors.ts';
import { reportRecord } from '../../lab/names.ts';
import { maxText } from './makefile.ts';
import { plainText } from './plain-text.ts';

const limits = { files: 400, fileBytes: 1 << 20, totalBytes: 8 << 20, depth: 8 };

/** Kbuild first, as kbuild itself does. */
export const makefiles = ['Kbuild', 'GNUmakefile', 'makefile', 'Makefile'];

/** Characters that make, a tar header and a shell in the guest all take as they are. */
const plainPath = /^[\p{L}\p{N}._+/-]+$/u;
export const isPlainPath = (name: string) => plainPath.test(name);

export interface SourceFiles {
  readonly folder: string;
  /** `.c`, `.h` and Makefiles by their path below the folder, as plain text. */
  readonly files: Map<string, Uint8Array>;
  readonly notes: string[];
}

/**
 * Whatever the files are called: which names can be built is for who takes from them.
 * @throws NoModuleSource, SourceTooLarge
 */
export async function readSourceFolder(folder: string): Promise<SourceFiles> {
  const reading: SourceFiles = { folder, files: new Map(), notes: [] };
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

/** What does not depend on which module is wanted. */
export interface Layout {
  /** Sources and Makefiles that lie no deeper than is read, in order. */
  readonly sources: readonly [name: string, content: Uint8Array][];
  /** Folders whose own Makefile names a module. */
  readonly modules: ReadonlySet<string>;
}

export function layoutOf(files: ReadonlyMap<string, Uint8Array>): Layout {
  const isRead = (name: string) =>
    name.split('/').length - 1 <= limits.depth && !isPassedOver(name) && isSource(name);
  const near = new Map([...files].filter(([name]) => isRead(name)));
  return { sources: inOrder(near), modules: moduleFolders(files) };
}

/**
 * The same of files in memory.
 * @param base the folder whose module is wanted: modules of other folders stay out
 * @throws SourceTooLarge
 */
export function takeSourceFiles(folder: string, { sources, modules }: Layout, base = ''): SourceFiles {
  const reading: SourceFiles = { folder, files: new Map(), notes: [] };
  const sum = { bytes: 0 };
  for (const [name, content] of sources) {
    const folders = foldersAbove(name);
    // Folders above the wanted module may hold what it shares with others; a module beside it does not.
    const foreign = (at: string, index: number) =>
      modules.has(at) &&
      !`${base}/`.startsWith(`${at}/`) &&
      (base !== '' || modules.has(folders[index - 1] ?? ''));
    if (folders.some((at, index) => index > 0 && foreign(at, index))) continue;
    if (isPlainPath(name)) take(reading, name, content, sum);
    else reading.notes.push(`${name} is left out: kbuild refuses such names`);
  }
  return reading;
}

/** Sources and Makefiles among files in memory, each folder's before those of the next, without any limit. */
export function inOrder(files: ReadonlyMap<string, Uint8Array>): [string, Uint8Array][] {
  const split = [...files].map((file) => ({ file, levels: file[0].split('/') }));
  split.sort(({ levels: left }, { levels: right }) => {
    const at = left.findIndex((part, index) => part !== right[index]);
    return (left[at] ?? '') < (right[at] ?? '') ? -1 : 1;
  });
  return split.map(({ file }) => file);
}

/** `''` and each folder on the way to a file. */
function foldersAbove(name: string): string[] {
  const parts = name.split('/').slice(0, -1);
  return ['', ...parts.map((_, at) => parts.slice(0, at + 1).join('/'))];
}

/** Folders whose own Makefile names a module. */
function moduleFolders(files: ReadonlyMap<string, Uint8Array>): Set<string> {
  const found = new Set<string>();
  for (const [name, content] of files) {
    if (makefiles.includes(path.posix.basename(name)) && namesObject(content))
      found.add(foldersAbove(name).at(-1) ?? '');
  }
  return found;
}

export function isPassedOver(name: string): boolean {
  return name.split('/').some((part) => part.startsWith('.') || part === 'node_modules');
}

export function isSource(name: string): boolean {
  const base = path.posix.basename(name);
  return (/\.[ch]$/.test(base) && !base.endsWith('.mod.c')) || makefiles.includes(base);
}

function take(
  { folder, files, notes }: SourceFiles,
  name: string,
  content: Uint8Array | undefined,
  sum: { bytes: number },
): void {
  if (content === undefined) {
    notes.push(`${name} is left out: it is no regular file`);
    return;
  }
  if (content.length > limits.fileBytes) tooLarge(folder, name, `${limits.fileBytes >> 10} KiB`);
  sum.bytes += content.length;
  if (sum.bytes > limits.totalBytes)
    tooLarge(folder, 'all sources together', `${limits.totalBytes >> 20} MiB`);
  if (files.size >= limits.files) tooLarge(folder, 'the number of source files', String(limits.files));
  files.set(name, plainText(content));
}

async function readLevel(
  reading: SourceFiles,
  root: string,
  below: string,
  depth: number,
  sum: { bytes: number },
): Promise<void> {
  const { folder } = reading;
  const entries = await readdir(path.join(root, below), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const isModule = await namesModule(path.join(root, below));
  for (const entry of entries) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (isPassedOver(entry.name)) continue;
    if ((await entryKind(entry, () => lstat(path.join(root, name)))) === 'folder') {
      // Beside a module's own Makefile, a folder with another one is another module.
      if (isModule && (await namesModule(path.join(root, name)))) continue;
      // A report of lab3's holds a copy of the sources that it is about.
      if (await isReport(path.join(root, name))) continue;
      if (depth < limits.depth) await readLevel(reading, root, name, depth + 1, sum);
      continue;
    }
    if (!isSource(name)) continue;
    take(reading, name, await readRegular(path.join(root, name), name, folder), sum);
  }
}

/** Whether a folder's own Kbuild or Makefile names a module in `obj-m`; one that names a folder there descends. */
export async function namesModule(folder: string): Promise<boolean> {
  for (const file of makefiles) {
    const content = await readRegular(path.join(folder, file), file, folder);
    if (content !== undefined && namesObject(content)) return true;
  }
  return false;
}

const isReport = (folder: string) =>
  lstat(path.join(folder, reportRecord)).then(
    () => true,
    () => false,
  );

function namesObject(makefile: Uint8Array): boolean {
  return /^[ \t]*obj-m\b.*\.o\b/m.test(Buffer.from(plainText(beginningOf(makefile))).toString('latin1'));
}

/** What is read of a Makefile; of UTF-16 it takes two bytes for a character. */
export function beginningOf(makefile: Uint8Array): Uint8Array {
  return makefile.subarray(0, 2 * (maxText + 1));
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
