/** Where two submissions are the same: runs of tokens, each token in one run at most. */
import { type Fingerprint, gramHashes, winnow, winnowing } from './fingerprints.ts';
import { type Tokens, tokensOf } from './tokens.ts';

export interface Prepared {
  readonly tokens: Tokens;
  /** Without what the template has: breaks (0) in its place, which match nothing. */
  readonly codes: Int32Array;
  /** How many are left. */
  readonly own: number;
  readonly fingerprints: readonly Fingerprint[];
}

export interface Match {
  /** First token in the one and in the other. */
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

/** Every run of `k` tokens of the code that everybody was given. */
export function templateHashes(template: ReadonlyMap<string, Uint8Array>): Set<number> {
  return new Set(gramHashes(withFileBreaks(tokensOf(template))).filter((hash) => hash !== 0));
}

export function prepare(files: ReadonlyMap<string, Uint8Array>, template: ReadonlySet<number>): Prepared {
  const tokens = tokensOf(files);
  const codes = withFileBreaks(tokens);
  let given = 0;
  for (const [at, hash] of gramHashes(codes).entries()) {
    if (!template.has(hash)) continue;
    codes.fill(0, Math.max(given, at), at + winnowing.k);
    given = at + winnowing.k;
  }
  const own = codes.reduce((count, code) => count + (code === 0 ? 0 : 1), 0);
  return { tokens, codes, own, fingerprints: winnow(gramHashes(codes)) };
}

/** A run must not go on from one file into the next: the last token of each makes way. */
function withFileBreaks({ codes, fileOf }: Tokens): Int32Array {
  return codes.map((code, at) => (at + 1 < codes.length && fileOf[at + 1] !== fileOf[at] ? 0 : code));
}

/** From here on winnowing finds every run; shorter ones it finds by chance, and they are what everybody writes. */
const shortest = winnowing.k + winnowing.window - 1;

/** The same fingerprint more often than this in one submission is a table or a joke. */
const maxRepeats = 8;

/** Longest first, so that a copy is one run and not its pieces; in order of place where alike. */
export function matchesOf(a: Prepared, b: Prepared, ignored: ReadonlySet<number> = new Set()): Match[] {
  const places = new Map<number, number[]>();
  for (const { hash, at } of b.fingerprints) {
    const list = places.get(hash);
    if (list === undefined) places.set(hash, [at]);
    else if (list.length < maxRepeats) list.push(at);
  }
  const repeats = new Map<number, number>();
  // How far the runs go that were found with this distance between their places: most seeds lie in one of them.
  const reached = new Map<number, number>();
  const found: Match[] = [];
  for (const { hash, at } of a.fingerprints) {
    const times = (repeats.get(hash) ?? 0) + 1;
    repeats.set(hash, times);
    if (times > maxRepeats || ignored.has(hash)) continue;
    for (const other of places.get(hash) ?? []) {
      if (at < (reached.get(other - at) ?? 0)) continue;
      const match = extended(a.codes, b.codes, at, other);
      if (match === undefined) continue;
      found.push(match);
      reached.set(other - at, match.a + match.length);
    }
  }
  const longest = found.sort((x, y) => y.length - x.length || x.a - y.a || x.b - y.b);
  return withoutOverlap(longest, a.codes.length, b.codes.length);
}

/** As far as both go on alike; undefined where only the hashes are the same. */
function extended(a: Int32Array, b: Int32Array, at: number, other: number): Match | undefined {
  const alike = (i: number, j: number) => i >= 0 && j >= 0 && i < a.length && a[i] !== 0 && a[i] === b[j];
  let [before, after] = [0, 0];
  while (alike(at + after, other + after)) after += 1;
  if (after < winnowing.k) return undefined;
  while (alike(at - before - 1, other - before - 1)) before += 1;
  return { a: at - before, b: other - before, length: before + after };
}

function withoutOverlap(matches: readonly Match[], lengthA: number, lengthB: number): Match[] {
  const [usedA, usedB] = [new Uint8Array(lengthA), new Uint8Array(lengthB)];
  const kept: Match[] = [];
  for (const match of matches) {
    for (const part of freeParts(match, usedA, usedB)) {
      if (part.length < shortest) continue;
      kept.push(part);
      usedA.fill(1, part.a, part.a + part.length);
      usedB.fill(1, part.b, part.b + part.length);
    }
  }
  return kept.sort((x, y) => x.a - y.a);
}

/** What longer runs have left of this one. */
function freeParts({ a, b, length }: Match, usedA: Uint8Array, usedB: Uint8Array): Match[] {
  const parts: Match[] = [];
  let from = 0;
  for (let at = 0; at <= length; at += 1) {
    const free = at < length && usedA[a + at] === 0 && usedB[b + at] === 0;
    if (free) continue;
    if (at > from) parts.push({ a: a + from, b: b + from, length: at - from });
    from = at + 1;
  }
  return parts;
}
