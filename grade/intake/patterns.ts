/** Patterns for names of files: `*`, `?`, `{a,b}`, and `**` for any folders. Case does not matter. */

/** What is kept of a submission where the rubric does not say. */
export const defaultKeep = [
  '*.c',
  '*.h',
  'Makefile',
  'GNUmakefile',
  'Kbuild',
  'README*',
  'report*.{md,rst,txt,pdf,docx,html}',
  '*.png',
  '*.jpg',
];

const limits = { alternatives: 200 };

/** A pattern without `/` is for the last part of a path, one with it for the whole. */
export function keeper(patterns: readonly string[]): (path: string) => boolean {
  const alternatives = patterns.flatMap((pattern) => expandBraces(pattern.toLowerCase().normalize('NFC')));
  const short = alternatives.filter((pattern) => !pattern.includes('/'));
  const long = alternatives
    .filter((pattern) => pattern.includes('/'))
    .map((pattern) => pattern.replace(/^\/+/, '').split('/'));
  return (path) => {
    const parts = path.toLowerCase().split('/');
    const last = parts.at(-1) ?? '';
    return (
      short.some((pattern) => matches(pattern, last)) || long.some((pattern) => matchesPath(pattern, parts))
    );
  };
}

/** `a{b,c}` → `ab`, `ac`. A brace that is never closed stands for itself. */
export function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const found = /^(.*?)\{([^{}]*)\}(.*)$/s.exec(next);
    const [, before = '', inside = '', after = ''] = found ?? [];
    if (found === null || done.length + open.length > limits.alternatives) done.push(next);
    else
      open.push(
        ...inside
          .split(',')
          .reverse()
          .map((choice) => before + choice + after),
      );
  }
  return [...new Set(done)];
}

/** In steps that grow with pattern × text at most, whatever the pattern. */
function matches(pattern: string, text: string): boolean {
  let [at, star, retry] = [0, -1, 0];
  for (let index = 0; index < text.length; ) {
    const sign = pattern[at];
    if (sign === '*') {
      star = at;
      retry = index;
      at += 1;
    } else if (sign !== undefined && (sign === '?' || sign === text[index])) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      retry += 1;
      index = retry;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

/** The same algorithm, with whole parts of a path for characters and `**` for `*`. */
function matchesPath(pattern: readonly string[], parts: readonly string[]): boolean {
  let [at, star, retry] = [0, -1, 0];
  for (let index = 0; index < parts.length; ) {
    const sign = pattern[at];
    if (sign === '**') {
      star = at;
      retry = index;
      at += 1;
    } else if (sign !== undefined && matches(sign, parts[index] ?? '')) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      at = star + 1;
      retry += 1;
      index = retry;
    } else return false;
  }
  return pattern.slice(at).every((sign) => sign === '**');
}
