/** From the edit of a module to the report on disk, and what of that is the compiler's and the module's own time. */
import { appendFile, cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseResult } from '../../lab/result.ts';
import { type Spread, spread } from '../spread.ts';
import type { Workplace } from '../workplace.ts';

export interface EditParts {
  /** As the builder measured it. */
  readonly build: Spread;
  /** What both runs' threads took, by the guest's clock. */
  readonly module: Spread;
  /** What is neither. */
  readonly rest: Spread;
}

export interface Edits {
  /** Changes the module and runs the tool; answers milliseconds. */
  once(): Promise<number>;
  /** Of all that were made. */
  parts(): EditParts;
}

export async function prepareEdits(work: Workplace): Promise<Edits> {
  const copy = join(work.current, 'edited');
  await cp(work.module, copy, { recursive: true });
  const samples: { build: number; module: number; rest: number }[] = [];
  return {
    once: async () => {
      const mark = `/* edit ${samples.length + 1} of ${process.pid} */\n`;
      await appendFile(join(copy, 'lab3.c'), mark);
      const { ms } = await work.lab3(['run', '--module', 'edited'], 120_000);
      const file = join(work.current, 'lab3-report', 'result.json');
      const { build, guest, runs } = parseResult(JSON.parse(await readFile(file, 'utf8')), file);
      if (build.cached || guest.start !== 'restored' || runs.length !== 2)
        throw new Error(`not what was to be measured: ${JSON.stringify({ build, guest })}`);
      const module = runs.reduce((sum, { elapsedNs }) => sum + elapsedNs / 1e6, 0);
      samples.push({ build: build.elapsedMs, module, rest: ms - build.elapsedMs - module });
      return ms;
    },
    parts: () => ({
      build: spread(samples.map(({ build }) => build)),
      module: spread(samples.map(({ module }) => module)),
      rest: spread(samples.map(({ rest }) => rest)),
    }),
  };
}
