/** The folder of a sweep below that of the report: its document, its runs as CSV, its plots. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSweep, type Sweep } from '../lab/sweep/document.ts';
import { figuresOf } from './document.ts';
import { drawFigures } from './figures/draw.ts';
import { replaceFiles } from './replace.ts';
import { sweepSections } from './sections/sweep.ts';
import type { Given } from './student.ts';
import { figureFiles, sweepData, sweepFile } from './sweepFiles.ts';
import { hasResult, rewriteReport } from './write.ts';

/**
 * Writes `sweep/` and, where there is a report, its section into that. Answers the paths written, with `/`, below
 * `folder`. Throws as `writeReport` does.
 */
export async function writeSweep(
  folder: string,
  sweep: Sweep,
  options: { student?: Given } = {},
): Promise<string[]> {
  const data = sweepData(sweep);
  if (await hasResult(folder)) {
    await replaceFiles(folder, data);
    return [...data.keys(), ...(await rewriteReport(folder, options))];
  }
  const figures = figuresOf({ title: '', subtitle: [], sections: sweepSections({ sweep }) });
  const files = new Map([...data, ...figureFiles(figures, await drawFigures(figures))]);
  const there = await readdir(join(folder, 'sweep')).catch(() => [] as string[]);
  const stale = there.map((name) => `sweep/${name}`).filter((path) => plot.test(path) && !files.has(path));
  await replaceFiles(folder, files, stale);
  return [...files.keys()];
}

const plot = /^sweep\/(?:lost_by_(?:steps|threads)|cost_by_threads_\d+_vcpu)\.(?:svg|png)$/;

/** Whether a sweep that came to its end lies there. */
export async function hasWholeSweep(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, ...sweepFile.split('/')), 'utf8').catch(() => '{}');
  const read = parseSweep(text);
  return 'sweep' in read && read.sweep.complete;
}
