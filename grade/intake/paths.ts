/** Names of files as archives give them: made plain, or refused where they could lead out of the folder. */
import { visible } from '../../report/text.ts';
import type { IntakeLimits } from './limits.ts';
import { overLimit } from './limits.ts';
import { Refusal, shown } from './refusal.ts';

/**
 * The name with `/` between its parts, without `.` and empty parts, in Unicode's composed form; `''` for the folder
 * itself. Backslashes separate, as in archives of old Windows programs. What Windows or Unix would take for a way out
 * of the folder is refused on every platform: the same archive must be judged alike everywhere.
 * @throws Refusal that names the entry
 */
export function plainName(name: string, limits: IntakeLimits): string {
  if (name.length > limits.nameLength)
    throw overLimit(`the name ${shown(name)}`, `${limits.nameLength} characters for a name`);
  if (name.includes('\0')) throw unsafe(name, 'it has a zero byte');
  if (isAbsolute(name)) throw unsafe(name, 'it is absolute');
  const parts = partsOf(name);
  if (parts.some((part) => /^\.[. ]+$/.test(part))) throw unsafe(name, 'it leads out of its folder');
  // Also where `./` stood before it.
  if (/^[A-Za-z]:/.test(parts[0] ?? '')) throw unsafe(name, 'it begins with a drive letter');
  if (parts.length > limits.depth + 1)
    throw overLimit(`the place of ${shown(name)}`, `${limits.depth} folders in one another`);
  return parts.join('/');
}

/** On any platform. */
export const isAbsolute = (name: string) => name.replaceAll('\\', '/').startsWith('/');

/** Parts of a name in Unicode's composed form, as they stand there, without `.` and empty ones. */
export function partsOf(name: string): string[] {
  const parts = name.replaceAll('\\', '/').normalize('NFC').split('/');
  // Windows drops spaces and dots at the end of a name: `.. ` is `..` there, and `. ` is `.`.
  return parts.filter((part) => part !== '' && !/^\. *$/.test(part));
}

function unsafe(name: string, why: string): Refusal {
  return new Refusal(`unsafe path ${shown(name)}: ${why}`);
}

/** Whether a name holds characters that cannot be seen, or that reorder the line they stand in. */
export function hidesCharacters(name: string): boolean {
  return visible(name) !== name || /[\n\t]/.test(name);
}

/** What operating systems, editors and version control leave behind, and nobody hands in on purpose. */
export function isDebris(path: string): boolean {
  return path
    .split('/')
    .some(
      (part) => part.startsWith('.') || /^(?:__MACOSX|node_modules|Thumbs\.db|desktop\.ini)$/i.test(part),
    );
}

/** What a build made: everything is built again from source. */
export function isPrebuilt(path: string): boolean {
  return /\.(?:ko|o|a|so|ko\.gz|ko\.xz|mod|mod\.c|symvers|cmd|order)$/i.test(path);
}

/** The last part of a path. */
export const baseName = (path: string) => path.slice(path.lastIndexOf('/') + 1);
