/**
 * How many files of a submission are looked at. Ten thousand can be handed in, and each Makefile among them is read, each
 * source looked through for a module.
 */
import path from 'node:path';
import { isPassedOver, isSource, makefiles } from './source-files.ts';

/** What modules are made of here, several times over: one alone may have 400 sources. */
const limits = { makefiles: 64, sources: 2000 };

export interface Nearest {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What is not looked at, in sentences. */
  readonly unread: readonly string[];
}

/** The files themselves, or without those Makefiles and sources that lie deepest where there are too many. */
export function nearestTop(files: ReadonlyMap<string, Uint8Array>): Nearest {
  const sources = [...files.keys()].filter((name) => !isPassedOver(name) && isSource(name)).sort(byDepth);
  const isMakefile = (name: string) => makefiles.includes(path.posix.basename(name));
  const farMakefiles = sources.filter(isMakefile).slice(limits.makefiles);
  const farSources = sources.filter((name) => !isMakefile(name)).slice(limits.sources);
  if (farMakefiles.length + farSources.length === 0) return { files, unread: [] };
  const far = new Set([...farMakefiles, ...farSources]);
  return {
    files: new Map([...files].filter(([name]) => !far.has(name))),
    unread: [
      ...said(farMakefiles, limits.makefiles, 'Makefiles'),
      ...said(farSources, limits.sources, 'sources'),
    ],
  };
}

function said([first, ...others]: readonly string[], limit: number, what: string): string[] {
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return [`There are too many ${what}: the ${limit} nearest the top are read, not ${short(first)}${more}.`];
}

/** Names nearer the top first. */
export function byDepth(a: string, b: string): number {
  return depthOf(a) - depthOf(b) || (a < b ? -1 : 1);
}

function depthOf(name: string): number {
  let depth = name === '' ? 0 : 1;
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) depth += 1;
  return depth;
}

/** A name within a sentence. */
const short = (name: string) => (name.length > 100 ? `${name.slice(0, 100)}…` : name);
