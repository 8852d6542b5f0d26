/** From the edit of a module to the report on disk, and what of that is the compiler's and the module's own time. */
import { appendFile, cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseResult } from '../lab/result.ts';
import { time } from './measure.ts';

export interface EditSample {
  readonly totalMs: number;
  /** As the builder measured it. */
  readonly buildMs: number;
  /** What both runs' threads took, by the guest's clock. */
  readonly moduleMs: number;
  /** What is neither. */
  readonly restMs: number;
}

/** Copies the module below `work`; each call changes it, runs the tool and reads what the result says. */
export async function prepareEdits(
  lab3: readonly string[],
  module: string,
  work: string,
  env: NodeJS.ProcessEnv,
): Promise<() => Promise<EditSample>> {
  const copy = join(work, 'edited');
  await cp(module, copy, { recursive: true });
  let edits = 0;
  return async () => {
    edits += 1;
    await appendFile(join(copy, 'lab3.c'), `/* edit ${edits} of ${process.pid} */\n`);
    const { ms } = await time([...lab3, 'run', '--module', 'edited'], {
      env,
      cwd: work,
      deadlineMs: 120_000,
    });
    const file = join(work, 'lab3-report', 'result.json');
    const { build, guest, runs } = parseResult(JSON.parse(await readFile(file, 'utf8')), file);
    if (build.cached || guest.start !== 'restored' || runs.length !== 2)
      throw new Error(`not what was to be measured: ${JSON.stringify({ build, guest })}`);
    const moduleMs = runs.reduce((sum, { elapsedNs }) => sum + elapsedNs / 1e6, 0);
    return {
      totalMs: ms,
      buildMs: build.elapsedMs,
      moduleMs,
      restMs: ms - build.elapsedMs - moduleMs,
    };
  };
}
