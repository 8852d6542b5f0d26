/**
 * Winnowing: of all runs of `k` tokens a few are chosen, by a rule that chooses the same ones wherever the same code
 * stands, so that two submissions that share `k + window - 1` tokens in a row share a fingerprint. S. Schleimer,
 * D. S. Wilkerson, A. Aiken: Winnowing: Local Algorithms for Document Fingerprinting. SIGMOD 2003, pages 76 to 85;
 * the algorithm behind MOSS.
 */

/** Shorter runs are what everybody writes; every run of 24 tokens, some 3 lines, is found. */
export const winnowing = { k: 15, window: 10 } as const;

export interface Fingerprint {
  readonly hash: number;
  /** Of its first token. */
  readonly at: number;
}

/** Hash of the `k` tokens from each token on; 0 where there are none or a break (0) lies among them. */
export function gramHashes(codes: Int32Array, k: number = winnowing.k): Uint32Array {
  const base = 0x01000193;
  let highest = 1;
  for (let at = 1; at < k; at += 1) highest = Math.imul(highest, base);
  const hashes = new Uint32Array(codes.length);
  let [hash, length] = [0, 0];
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 0) {
      hash = 0;
      length = 0;
      continue;
    }
    if (length === k) hash = (hash - Math.imul(mixed(codes[at - k] ?? 0), highest)) | 0;
    else length += 1;
    hash = (Math.imul(hash, base) + mixed(code)) | 0;
    if (length === k) hashes[at - k + 1] = mixed(hash) >>> 0 || 1;
  }
  return hashes;
}

/** Spreads the bits: the least of a window must be any of them. */
function mixed(value: number): number {
  let bits = value ^ (value >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

/** From each window the least hash, the last one where several are least; each chosen once. */
export function winnow(hashes: Uint32Array, window: number = winnowing.window): Fingerprint[] {
  const chosen: Fingerprint[] = [];
  let least: Fingerprint | undefined;
  let length = 0;
  for (let at = 0; at < hashes.length; at += 1) {
    const hash = hashes[at] ?? 0;
    if (hash === 0) {
      // A piece that is shorter than a window has a least hash too.
      if (length > 0 && length < window && least !== undefined) chosen.push(least);
      [least, length] = [undefined, 0];
      continue;
    }
    length += 1;
    const before = least;
    if (least === undefined || hash <= least.hash) least = { hash, at };
    else if (least.at <= at - window) least = leastOf(hashes, at - window + 1, at);
    if (length >= window && (least !== before || length === window)) chosen.push(least);
  }
  if (length > 0 && length < window && least !== undefined) chosen.push(least);
  return chosen;
}

function leastOf(hashes: Uint32Array, from: number, to: number): Fingerprint {
  let least = { hash: Number.POSITIVE_INFINITY, at: to };
  for (let at = from; at <= to; at += 1) {
    const hash = hashes[at] ?? 0;
    if (hash !== 0 && hash <= least.hash) least = { hash, at };
  }
  return least;
}
