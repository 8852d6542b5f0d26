/** How soon the tool is there: `lab3 --help` against a Node that does nothing. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inTurns, type Spread } from '../spread.ts';
import type { Workplace } from '../workplace.ts';

const rounds = 20;

export interface HelpTimes {
  readonly help: Spread;
  readonly node: Spread;
  readonly overNodeMs: number;
}

export async function measureHelp(work: Workplace): Promise<HelpTimes> {
  const empty = join(work.folder, 'empty.mjs');
  await writeFile(empty, '');
  const times = await inTurns(rounds, {
    help: async () => (await work.lab3(['--help'], 20_000)).ms,
    node: async () => (await work.run([process.execPath, empty], { deadlineMs: 20_000 })).ms,
  });
  return { ...times, overNodeMs: times.help.median - times.node.median };
}
