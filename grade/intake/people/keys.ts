/** What a student's folder is called: readable, safe on every platform, and the same in every run. */
import { createHash } from 'node:crypto';
import { isDeviceName } from '../../../lab/portable-names.ts';
import { transliterate } from './transliterate.ts';

const longest = 60;

/**
 * @param people name and who it is (never the same for two), in any order
 * @returns keys in the same order. Where names look alike, each of them gets a few characters of its own identity.
 */
export function makeKeys(people: readonly { readonly name: string; readonly identity: string }[]): string[] {
  const plain = people.map(({ name }) => readable(name));
  const count = new Map<string, number>();
  for (const key of plain) count.set(key, (count.get(key) ?? 0) + 1);
  const used = new Set(plain.filter((key) => key !== '' && count.get(key) === 1 && !isDeviceName(key)));
  return people.map(({ identity }, at) => {
    const key = plain[at] ?? '';
    if (used.has(key)) return key;
    // `aux.x-1a2b3c` would be a device still.
    const stem = isDeviceName(key) ? key.replaceAll('.', '-') : key;
    return withHash(stem === '' ? 'student' : stem, identity, used);
  });
}

function readable(name: string): string {
  return transliterate(name)
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/[-._]{2,}/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, longest)
    .replace(/[^a-z0-9]+$/, '');
}

/** Longer where somebody's plain name is just that. */
function withHash(key: string, identity: string, used: Set<string>): string {
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  const lengths = [6, 8, 12, 16];
  const suffix = lengths.map((length) => `${key}-${hash.slice(0, length)}`).find((found) => !used.has(found));
  const found = suffix ?? `${key}-${hash}`;
  used.add(found);
  return found;
}
