/** Submissions that are nearly the same. It is a reason to look, and changes no mark. */
import type { SimilarPair } from '../document.ts';
import { winnowing } from './fingerprints.ts';
import { matchesOf, type Prepared, prepare, templateHashes } from './matches.ts';

export interface Compared {
  readonly key: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface SimilarOptions {
  /** Share of the smaller one's tokens from which on a pair is told. */
  readonly threshold?: number;
  /** Pairs with fewer tokens in common are not told: so little is alike by itself. */
  readonly minTokens?: number;
  /** Code that more submissions have is the course's, not anybody's. Without it, half a class may have copied. */
  readonly commonTo?: number;
}

const usual = { threshold: 0.6, minTokens: 80 };

/**
 * @param template code that everybody was given: the skeleton, the module of the package
 * @returns the most alike first; in each pair `a` before `b`. The same whatever the order of the submissions.
 */
export function findSimilar(
  submissions: readonly Compared[],
  template: ReadonlyMap<string, Uint8Array>,
  options: SimilarOptions = {},
): SimilarPair[] {
  const { threshold = usual.threshold, minTokens = usual.minTokens } = options;
  const given = templateHashes(template);
  const sorted = [...submissions].sort((a, b) => (a.key < b.key ? -1 : 1));
  // A group's submission stands under several names; it is read once.
  const read = new Map<Compared['files'], Prepared>();
  for (const { files } of sorted) if (!read.has(files)) read.set(files, prepare(files, given));
  const all = sorted.flatMap(({ key, files }) => {
    const prepared = read.get(files);
    return prepared === undefined ? [] : [{ key, files, prepared }];
  });
  const common = commonHashes([...read.values()], options.commonTo ?? Number.POSITIVE_INFINITY);
  const pairs: SimilarPair[] = [];
  for (const [i, j] of candidates(
    all.map(({ prepared }) => prepared),
    common,
    { threshold, minTokens },
  )) {
    const [a, b] = [all[i], all[j]];
    if (a === undefined || b === undefined || a.files === b.files) continue;
    const tokens = matchesOf(a.prepared, b.prepared, common).reduce((sum, { length }) => sum + length, 0);
    const share = tokens / Math.min(a.prepared.own, b.prepared.own);
    if (share < threshold || tokens < minTokens) continue;
    pairs.push({ a: a.key, b: b.key, share: Math.round(Math.min(1, share) * 1000) / 1000, tokens });
  }
  return pairs.sort(
    (x, y) => y.share - x.share || y.tokens - x.tokens || (`${x.a} ${x.b}` < `${y.a} ${y.b}` ? -1 : 1),
  );
}

/** Fingerprints of more submissions than so many. */
export function commonHashes(all: readonly Prepared[], commonTo: number): Set<number> {
  const count = new Map<number, number>();
  for (const { fingerprints } of all) {
    for (const hash of new Set(fingerprints.map((each) => each.hash)))
      count.set(hash, (count.get(hash) ?? 0) + 1);
  }
  return new Set([...count].filter(([, number]) => number > commonTo).map(([hash]) => hash));
}

/**
 * Pairs with so many fingerprints in common that they may pass. Fingerprints stand one for some tokens, unevenly: half
 * of the share that is asked for is enough to look closer.
 */
function* candidates(
  all: readonly Prepared[],
  common: ReadonlySet<number>,
  { threshold, minTokens }: { threshold: number; minTokens: number },
): Generator<[number, number]> {
  const owners = new Map<number, number[]>();
  const size: number[] = [];
  for (const [at, { fingerprints }] of all.entries()) {
    const hashes = new Set(fingerprints.map(({ hash }) => hash));
    size.push(hashes.size);
    for (const hash of hashes) {
      if (common.has(hash)) continue;
      const list = owners.get(hash);
      if (list === undefined) owners.set(hash, [at]);
      else list.push(at);
    }
  }
  const shared = new Uint32Array(all.length * all.length);
  for (const list of owners.values()) {
    for (const [place, i] of list.entries())
      for (const j of list.slice(place + 1))
        shared[i * all.length + j] = (shared[i * all.length + j] ?? 0) + 1;
  }
  const least = minTokens / (2 * (winnowing.k + winnowing.window));
  for (let i = 0; i < all.length; i += 1) {
    for (let j = i + 1; j < all.length; j += 1) {
      const number = shared[i * all.length + j] ?? 0;
      const smaller = Math.min(size[i] ?? 0, size[j] ?? 0);
      if (number > 0 && number >= least && number >= (threshold / 2) * smaller) yield [i, j];
    }
  }
}
