/** The cache folder and what the engine is told of this computer. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LabError, labError } from '../lab/errors.ts';
import type { Emit } from '../lab/events.ts';
import type { Architecture } from '../lab/names.ts';
import type { Context } from '../provision/context.ts';
import { pathRules, variable } from '../provision/host/environment.ts';
import { renameWhenFree } from '../provision/host/rename.ts';

/** Name and first line are those of the Cache Directory Tagging Specification, so backups leave the folder out. */
export const markerName = 'CACHEDIR.TAG';
const signature = 'Signature: 8a477f597d28d172789f06886806bc55';
const ours = '# This folder is the cache of lab3';
const markerText = `${signature}\n${ours}: everything in it can be made again.\n# \`lab3 clean\` empties it.\n`;

export interface ContextParts {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/**
 * Where the cache is, whether or not it exists: LAB3_CACHE, else the platform's folder for caches.
 *
 * @param home the person's folder, where no variable says a better place
 */
export function cacheFolder(
  { platform, env, cwd }: Pick<ContextParts, 'platform' | 'env' | 'cwd'>,
  home: () => string = homedir,
): string {
  const rules = pathRules(platform);
  const wanted = variable(platform, env, 'LAB3_CACHE');
  if (wanted) return rules.resolve(cwd, wanted);
  if (platform === 'darwin') return rules.join(home(), 'Library', 'Caches', 'lab3');
  const named = variable(platform, env, platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME');
  // The XDG specification: a relative path there is to be ignored.
  const usable = named && rules.isAbsolute(named) ? named : undefined;
  // Not the roaming folder, which is copied over the network at every login.
  if (platform === 'win32')
    return rules.join(usable ?? rules.join(home(), 'AppData', 'Local'), 'lab3', 'Cache');
  return rules.join(usable ?? rules.join(home(), '.cache'), 'lab3');
}

export async function makeContext(parts: ContextParts): Promise<Context> {
  const context = unclaimedContext(parts);
  await claimCache(context.cacheDir);
  return context;
}

/** For looking around: the cache folder may not exist, and nothing may be written there. */
export function unclaimedContext(parts: ContextParts): Context {
  return {
    platform: parts.platform,
    hostArch: hostArchitecture(parts.arch),
    env: parts.env,
    cacheDir: cacheFolder(parts),
    emit: parts.emit,
    signal: parts.signal,
  };
}

/** Node's name of the processor → Debian's. Others emulate amd64. */
export function hostArchitecture(arch: string): Architecture {
  return arch === 'arm64' ? 'arm64' : 'amd64';
}

export type CacheState = 'ours' | 'empty' | 'missing' | 'foreign';

/** Whose folder it is. A file of that name, or a folder that cannot be read, throws what the system says. */
export async function cacheState(folder: string): Promise<CacheState> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
    throw error;
  }
  if (names.includes(markerName)) {
    const text = await readFile(join(folder, markerName), 'utf8');
    return text.includes(ours) ? 'ours' : 'foreign';
  }
  // Another lab3 may be about to rename its marker into place.
  return names.every((name) => name.startsWith(markerName)) ? 'empty' : 'foreign';
}

/** Makes the folder and marks it as ours; a folder with other people's files is never taken over. */
export async function claimCache(folder: string): Promise<void> {
  try {
    const state = await cacheState(folder);
    if (state === 'ours') return;
    if (state === 'foreign') throw labError('CacheNotOurs', { path: folder });
    await mkdir(folder, { recursive: true });
    const temporary = join(folder, `${markerName}.${randomUUID()}`);
    try {
      await writeFile(temporary, markerText);
      await renameWhenFree(temporary, join(folder, markerName));
    } finally {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  } catch (error) {
    if (error instanceof LabError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw labError('DiskFull', { path: folder }, { cause: error });
    throw labError('NotWritable', { path: folder, what: 'The cache folder' }, { cause: error });
  }
}
