/** The files of a sweep below the report folder, as bytes. */
import { sweepCsv } from '../lab/sweep/csv.ts';
import { parseSweep, type Sweep } from '../lab/sweep/document.ts';
import { figurePath } from './document.ts';
import type { DrawnFigure, Figure } from './figures/figure.ts';
import type { SweepEvidence } from './sections/sweep.ts';

export const sweepFile = 'sweep/sweep.json';

/** The document and its runs as CSV, by path. */
export function sweepData(sweep: Sweep): Map<string, Uint8Array> {
  return new Map([
    [sweepFile, bytes(`${JSON.stringify(sweep, null, 2)}\n`)],
    ['sweep/sweep.csv', bytes(sweepCsv(sweep.runs))],
  ]);
}

/** Larger than any that a sweep writes. */
const mostBytes = 32 * 2 ** 20;

export function readSweepEvidence(content: Uint8Array | undefined): SweepEvidence | undefined {
  if (content === undefined) return undefined;
  if (content.length > mostBytes) return { problem: 'is larger than any that a sweep writes' };
  return parseSweep(new TextDecoder().decode(content));
}

/** PNG of each figure by path, and of a plot of a sweep the SVG too. */
export function figureFiles(
  figures: readonly Figure[],
  drawn: ReadonlyMap<string, DrawnFigure>,
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const figure of figures) {
    const found = drawn.get(figure.name);
    if (found === undefined) continue;
    const path = figurePath(figure);
    files.set(path, found.png);
    if (figure.kind === 'spread') files.set(path.replace(/png$/, 'svg'), bytes(`${alone(found.svg)}\n`));
  }
  return files;
}

/** A drawing that is opened by itself has a page of its own, which may be dark. */
const alone = (svg: string): string => svg.replace(/^<svg/, '<svg style="background:#fff"');

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
