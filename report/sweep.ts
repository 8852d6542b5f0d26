/** The folder of a sweep below that of the report: its document and its runs as CSV. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sweepCsv } from '../lab/sweep/csv.ts';
import { parseSweep, type Sweep } from '../lab/sweep/document.ts';
import { replaceFiles } from './replace.ts';

export const sweepFile = 'sweep/sweep.json';

/** Writes `sweep/`. Answers the paths written, with `/`, below `folder`. Throws as `writeReport` does. */
export async function writeSweep(folder: string, sweep: Sweep): Promise<string[]> {
  const files = new Map<string, Uint8Array>([
    [sweepFile, bytes(`${JSON.stringify(sweep, null, 2)}\n`)],
    ['sweep/sweep.csv', bytes(sweepCsv(sweep.runs))],
  ]);
  await replaceFiles(folder, files);
  return [...files.keys()];
}

/** Whether a sweep that came to its end lies there. */
export async function hasWholeSweep(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, ...sweepFile.split('/')), 'utf8').catch(() => '{}');
  const read = parseSweep(text);
  return 'sweep' in read && read.sweep.complete;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
