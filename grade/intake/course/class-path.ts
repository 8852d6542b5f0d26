/** Whose an entry of a class's archive is, be its path one that is refused: that costs the one whose part it is. */
import type { IntakeLimits } from '../limits.ts';
import { isAbsolute, isDebris, partsOf, plainName } from '../paths.ts';
import { Refusal } from '../refusal.ts';

export interface ClassPath {
  /** Name of the student's part; absent of what is nobody's. */
  readonly top?: string;
  /** The path in that part, `''` for the part itself. Not plain where it is refused. */
  readonly rest: string;
  readonly refusal?: Refusal;
}

/** @param below the folder that the students' parts lie in, `''` or ending in `/` */
export function classPath(name: string, below: string, limits: IntakeLimits): ClassPath {
  const parts = relativeParts(name, limits);
  const depth = below.split('/').length - 1;
  const [top = '', ...inside] = parts.slice(depth);
  const folders = parts.slice(0, depth + 1).filter((part) => isSafe(part, limits));
  if (folders.some(isDebris)) return { rest: '' };
  const isBelow = parts.slice(0, depth).every((part, at) => part === below.split('/')[at]);
  if (top === '' || !isBelow || !isSafe(top, limits)) return { rest: '', ...refusalOf(name, limits) };
  // Counted from here on, as if the student had handed it in alone.
  const rest = inside.join('/');
  return { top, rest, ...refusalOf(rest, limits) };
}

/** What tells where a class lies: the plain name, or the folders before the part for which it is refused, and a `/`. */
export function knownPath(name: string, limits: IntakeLimits): string {
  if (refusalOf(name, limits).refusal === undefined) return plainName(name, limits);
  const parts = relativeParts(name, limits);
  const unsafe = parts.findIndex((part) => !isSafe(part, limits));
  const folders = parts.slice(0, Math.min(unsafe < 0 ? parts.length - 1 : unsafe, limits.depth));
  return folders.length === 0 ? '' : [...folders, ''].join('/');
}

/** None where the path is not below the archive's own folder. */
function relativeParts(name: string, limits: IntakeLimits): string[] {
  // Longer than a folder and a part may be, so that the rest is over the limit as well.
  const cut = name.slice(0, 3 * (limits.nameLength + 1));
  const parts = partsOf(cut);
  return isAbsolute(cut) || /^[A-Za-z]:/.test(parts[0] ?? '') ? [] : parts;
}

const isSafe = (part: string, limits: IntakeLimits) => refusalOf(part, limits).refusal === undefined;

function refusalOf(name: string, limits: IntakeLimits): { readonly refusal?: Refusal } {
  try {
    plainName(name, limits);
    return {};
  } catch (error) {
    if (error instanceof Refusal) return { refusal: error };
    throw error;
  }
}
