/** When two ways of writing a person's name are the same name. */
import { transliterate } from './transliterate.ts';

/** Its words in small letters, sorted: whether the family name comes first does not matter. */
export function nameWords(name: string): string[] {
  return wordsOf(name.normalize('NFKC').toLowerCase().replaceAll('ё', 'е')).sort();
}

/** The same in Latin letters, with what differs from one transliteration to the next evened out. */
export function latinWords(name: string): string[] {
  return wordsOf(transliterate(name)).map(evened).sort();
}

/** All letters and digits, as Canvas writes names into file names, beginning at each word. */
export function runTogether(name: string): string[] {
  const words = wordsOf(name.normalize('NFKC').toLowerCase());
  return words.map((_, at) => [...words.slice(at), ...words.slice(0, at)].join(''));
}

function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{M}\p{N}]+/u).filter((word) => word !== '');
}

const same: readonly (readonly [RegExp, string])[] = [
  [/shch|sch|sc/g, 'sh'],
  [/tch/g, 'ch'],
  [/kh/g, 'h'],
  [/ts|tz|c(?!h)/g, 's'],
  [/ks|x/g, 'ks'],
  [/ph/g, 'f'],
  [/w/g, 'v'],
  [/[iyj]+(?=[aeou])/g, 'y'],
  [/[iyj]+/g, 'i'],
  [/(.)\1+/g, '$1'],
];

function evened(word: string): string {
  return same.reduce((text, [pattern, by]) => text.replace(pattern, by), word);
}
