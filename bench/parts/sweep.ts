/** `lab3 sweep` over a small grid: how many runs of the module a minute holds, and what memory the tool needs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSweep } from '../../lab/sweep/document.ts';
import { type Spread, spread } from '../spread.ts';
import type { Workplace } from '../workplace.ts';

/** Short runs: it is the machines and the tool that are measured. */
const grid = [
  ...['--n-threads', '2,4', '--n-times', '10000,100000', '--vcpus', '2'],
  ...['--lock', 'none,own', '--repeats', '4'],
];

export interface SweepTimes {
  /** Of one sweep. */
  readonly runs: number;
  readonly total: Spread;
  readonly runsPerMinute: Spread;
  readonly peakMiB: number | undefined;
}

export async function measureSweep(work: Workplace, rounds: number): Promise<SweepTimes> {
  const samples: { ms: number; runs: number; peakMiB: number | undefined }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { ms, peakMiB } = await work.lab3(['sweep', '--fresh', ...grid], 300_000);
    samples.push({ ms, peakMiB, runs: await runsMade(work) });
  }
  return {
    runs: samples[0]?.runs ?? 0,
    total: spread(samples.map(({ ms }) => ms)),
    runsPerMinute: spread(samples.map(({ ms, runs }) => (runs * 60_000) / ms)),
    peakMiB: samples.at(-1)?.peakMiB,
  };
}

async function runsMade(work: Workplace): Promise<number> {
  const file = join(work.current, 'lab3-report', 'sweep', 'sweep.json');
  const answer = parseSweep(await readFile(file, 'utf8'));
  if ('problem' in answer) throw new Error(`${file} ${answer.problem}`);
  const { complete, runs } = answer.sweep;
  const bad = runs.filter(({ status }) => status !== 'right' && status !== 'lost');
  if (!complete || bad.length > 0) throw new Error(`a sweep had bad runs: ${JSON.stringify(bad)}`);
  return runs.length;
}
