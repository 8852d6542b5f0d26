/** The text of a student's C file as far as the compiler reads it. */

/**
 * Comments and what is inside of literals become spaces: places stay, words of them do not count. Time is linear in the
 * text. Never throws.
 */
export function codeOf(text: string): string {
  const pieces =
    /\/\*[\s\S]*?(?:\*\/|$)|\/\/(?:\\\r?\n|[^\n])*|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?/g;
  return text.replace(pieces, (piece) => piece.replace(/[^\n]/g, ' '));
}

export interface FoundWord {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

const isText = /\.[ch]$/;
const isMakefile = /(?:^|\/)(?:Kbuild|GNUmakefile|makefile|Makefile)$/;

/** Names by which a source asks one of the kernel's own checkers to look away. */
const optOuts =
  /\b(?:__no_kcsan|__no_sanitize_\w+|__no_kasan_or_inline|no_sanitize(?=\s*\()|data_race(?=\s*\()|kmemleak_(?:ignore|not_leak|no_scan|scan_area)\w*|kcsan_(?:disable|nestable_atomic|flat_atomic)\w*|kasan_disable_current|lockdep_(?:off|set_novalidate_class)|debug_locks_off)\b/g;
/** In a Makefile, which is not used: a sign of intent all the same. */
const makefileOptOuts = /\b(?:KCSAN|KASAN|UBSAN|KCOV)_SANITIZE[\w.]*\s*:?=\s*n\b/g;
const mostPlaces = 100;

/** Where the files ask a checker to look away, in the order of their names. */
export function optOutsIn(files: ReadonlyMap<string, Uint8Array>): FoundWord[] {
  return search(files, (file) => {
    if (isText.test(file)) return optOuts;
    return isMakefile.test(file) ? makefileOptOuts : undefined;
  });
}

/** Where the files name one of the symbols, or the macro that stands for it: `_raw_spin_lock` is written `spin_lock`. */
export function usesOf(files: ReadonlyMap<string, Uint8Array>, symbols: readonly string[]): FoundWord[] {
  const names = symbols.flatMap((symbol) => [symbol, symbol.replace(/^_+(?:raw_)?/, '')]);
  const plain = [...new Set(names)].filter((name) => /^\w{1,100}$/.test(name));
  if (plain.length === 0) return [];
  const pattern = new RegExp(`\\b(?:${plain.join('|')})(?=\\s*\\()`, 'g');
  return search(files, (file) => (isText.test(file) ? pattern : undefined));
}

function search(
  files: ReadonlyMap<string, Uint8Array>,
  patternOf: (file: string) => RegExp | undefined,
): FoundWord[] {
  const found: FoundWord[] = [];
  for (const file of [...files.keys()].sort()) {
    const pattern = patternOf(file);
    if (pattern === undefined) continue;
    const text = Buffer.from(files.get(file) ?? []).toString('utf8');
    const code = isMakefile.test(file) ? text.replace(/#.*/g, '') : codeOf(text);
    for (const [at, line] of code.split('\n').entries()) {
      for (const [what] of line.matchAll(pattern)) {
        if (found.length >= mostPlaces) return found;
        found.push({ file, line: at + 1, what });
      }
    }
  }
  return found;
}

/** Calls by which code takes a lock, whoever made it; a hint, never a proof. Names are bounded: so is the time. */
const calls = /\b[A-Za-z_]\w{0,60}(?=\s{0,10}\()/g;
const takesLock = /lock|acquire|xchg|test_and_set_bit|^atomic\w*_(?:add|inc|fetch)/i;
const takesNone = /unlock|_init$|^DEFINE_|^DECLARE_|^un?likely$|block|clock/i;

export function seemsToLock(files: Iterable<Uint8Array>): boolean {
  for (const content of files) {
    const code = codeOf(Buffer.from(content).toString('utf8'));
    for (const [name] of code.matchAll(calls)) if (takesLock.test(name) && !takesNone.test(name)) return true;
  }
  return false;
}
