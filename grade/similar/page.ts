/**
 * Two submissions side by side, what is the same marked and numbered: one HTML file without script, for a person who
 * has to judge. Everything in it is somebody's text, and is escaped.
 */
import { escapeHtml } from '../../report/render/markup.ts';
import { reportStyle } from '../../report/render/style.ts';
import { type Match, matchesOf, type Prepared, prepare, templateHashes } from './matches.ts';
import { pageStyle } from './style.ts';

export interface Shown {
  readonly key: string;
  /** For people. */
  readonly name: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const limits = { lines: 4000, columns: 400 };
/** Of the style sheet. */
const hues = 6;

type Side = 'a' | 'b';

/** One run of the same code, as lines of a file. */
interface Region {
  /** From 1; the same on both sides. */
  readonly number: number;
  readonly first: number;
  readonly last: number;
}

/** @param template as `findSimilar` was given it: what is in it is not marked */
export function similarPage(a: Shown, b: Shown, template: ReadonlyMap<string, Uint8Array>): string {
  const given = templateHashes(template);
  const [left, right] = [prepare(a.files, given), prepare(b.files, given)];
  const matches = matchesOf(left, right);
  const tokens = matches.reduce((sum, { length }) => sum + length, 0);
  const smaller = Math.min(left.own, right.own);
  const percent = smaller === 0 ? 0 : Math.floor((100 * tokens) / smaller);
  const title = `${a.name} and ${b.name}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Similar: ${escapeHtml(title)}</title>
<style>
${reportStyle}
${pageStyle}
</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(title)}</h1>
<div class="callout">
<p class="verdict">Similarity changes no mark.</p>
<p>${percent} % of the smaller one’s code is the same as the other’s: ${counted(tokens, 'token')} of ${smaller}, in ${counted(matches.length, 'place')}. Names, numbers, comments and layout do not count; code that everybody was given is left out.</p>
<p>The same can come from the same source, the same advice or the same idea. What it means here, a person must judge.</p>
</div>
</header>
<div class="sides">
${column('a', a, left, matches)}
${column('b', b, right, matches)}
</div>
</main>
</body>
</html>
`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function column(side: Side, shown: Shown, prepared: Prepared, matches: readonly Match[]): string {
  const { tokens } = prepared;
  const parts = tokens.files.map((name, file) => {
    const regions = matches.flatMap((match, at) =>
      regionIn(match[side], match.length, at + 1, prepared, file),
    );
    return `<h3>${escapeHtml(name)}</h3>
<pre tabindex="0"><code>${lines(side, shown.files.get(name), regions)}</code></pre>
`;
  });
  const empty = '<p class="small">There is no C code in it.</p>\n';
  return `<section aria-label="${escapeHtml(shown.name)}">
<h2>${escapeHtml(shown.name)} <span class="small">${escapeHtml(shown.key)}</span></h2>
${parts.length === 0 ? empty : parts.join('')}</section>`;
}

function regionIn(
  from: number,
  length: number,
  number: number,
  { tokens }: Prepared,
  file: number,
): Region[] {
  if (tokens.fileOf[from] !== file) return [];
  return [{ number, first: tokens.lineOf[from] ?? 0, last: tokens.lineOf[from + length - 1] ?? 0 }];
}

function lines(side: Side, content: Uint8Array | undefined, regions: readonly Region[]): string {
  const all = Buffer.from(content ?? [])
    .toString('utf8')
    .replace(/\n$/, '')
    .split('\n');
  const regionOf = new Map<number, Region>();
  // Where one run ends in the line in which the next begins, the first has the line.
  for (const region of [...regions].sort((x, y) => x.first - y.first)) {
    for (let line = region.first; line <= region.last; line += 1)
      if (!regionOf.has(line)) regionOf.set(line, region);
  }
  let html = '';
  let open: Region | undefined;
  for (const [at, text] of all.slice(0, limits.lines).entries()) {
    const region = regionOf.get(at + 1);
    if (region !== open) {
      if (open !== undefined) html += '</span>';
      if (region !== undefined) html += opening(side, region);
      open = region;
    }
    html += `<span class="line"><span class="number">${at + 1}</span>${escapeHtml(cut(text))}\n</span>`;
  }
  if (open !== undefined) html += '</span>';
  const rest = all.length - limits.lines;
  return rest > 0 ? `${html}<span class="line">… ${counted(rest, 'more line')} …\n</span>` : html;
}

function opening(side: Side, { number }: Region): string {
  const other = side === 'a' ? 'b' : 'a';
  const label = `Place ${number}, go to the other side`;
  return (
    `<span class="same hue${number % hues}" id="${side}-${number}">` +
    `<a class="place" href="#${other}-${number}" aria-label="${label}">${number}</a>`
  );
}

function cut(line: string): string {
  return line.length <= limits.columns ? line : `${line.slice(0, limits.columns)} …`;
}
