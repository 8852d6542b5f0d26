/** Which kind of archive a file is: by its name, that it is one; by its first bytes, which. */
import { baseName } from '../paths.ts';

const suffix = /\.(?:zip|tar|tgz|txz|tbz2?|tzst|(?:tar\.)?(?:gz|xz|bz2|zst)|7z|rar)$/i;

/** Whether somebody meant this to be unpacked. */
export function isArchiveName(path: string): boolean {
  return suffix.test(baseName(path));
}

/** The name without what says that it is an archive. */
export function withoutSuffix(name: string): string {
  const rest = name.replace(suffix, '');
  return rest === '' ? name : rest;
}

export type ArchiveKind = 'zip' | 'tar' | 'gzip' | 'xz';

const signatures: readonly (readonly [kind: ArchiveKind | { other: string }, hex: string])[] = [
  ['zip', '504b0304'],
  ['zip', '504b0506'],
  ['gzip', '1f8b'],
  ['xz', 'fd377a585a00'],
  [{ other: 'RAR' }, '526172211a07'],
  [{ other: '7z' }, '377abcaf271c'],
  [{ other: 'bzip2' }, '425a68'],
  [{ other: 'Zstandard' }, '28b52ffd'],
];

/** `other`: a kind that is known and not opened here; undefined: no archive. */
export function archiveKind(bytes: Uint8Array): ArchiveKind | { readonly other: string } | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 8)).toString('hex');
  const found = signatures.find(([, hex]) => start.startsWith(hex));
  if (found !== undefined) return found[0];
  return isTar(bytes) ? 'tar' : undefined;
}

/** By the checksum of the first header, which every kind of tar has. Two blocks of zeros are a tar with nothing in it. */
function isTar(bytes: Uint8Array): boolean {
  if (bytes.length < 512) return false;
  const header = bytes.subarray(0, 512);
  if (header.every((byte) => byte === 0)) return bytes.length >= 1024;
  const told = Number.parseInt(
    Buffer.from(header.subarray(148, 156)).toString('latin1').replace(/\0.*/s, ''),
    8,
  );
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum === told;
}
