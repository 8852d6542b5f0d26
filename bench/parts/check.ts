/** `lab3 check` of the module that comes with lab3, where there is a checked kernel or one is to be built. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkExitCode, parseCheck } from '../../lab/check/document.ts';
import { estimateBuild, findCheckedKernel } from '../../provision/kernel/checked.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import type { Measured } from '../document.ts';
import { type Spread, spread } from '../spread.ts';
import type { Workplace } from '../workplace.ts';

export interface CheckTimes {
  /** Of one check. */
  readonly runs: number;
  readonly total: Spread;
  readonly peakMiB: number | undefined;
  /** Where it was built now. */
  readonly kernelBuildMs?: number;
}

/** @param build whether a checked kernel is built where the cache has none */
export async function measureCheck(
  work: Workplace,
  stock: Kernel,
  rounds: number,
  build: boolean,
): Promise<Measured<CheckTimes>> {
  const found = await findCheckedKernel(work.context, { kind: 'checked', stock });
  if (found === undefined && !build) {
    const minutes = Math.ceil(estimateBuild('checked').seconds / 60);
    return {
      notMeasured: `the cache has no checked kernel: --check builds one, in about ${minutes} minutes here`,
    };
  }
  if (found === undefined) work.say('building the checked kernel …');
  const kernelBuild = found === undefined ? await work.lab3(['kernel', 'build'], 3_600_000) : undefined;
  work.say(`checks, ${rounds} times …`);
  // The first one builds the module and saves the machine.
  await work.lab3(['check', '--runs', '1'], 600_000);
  const samples: { ms: number; peakMiB: number | undefined }[] = [];
  for (let round = 0; round < rounds; round += 1) samples.push(await work.lab3(['check'], 900_000));
  return {
    runs: await runsMade(work),
    total: spread(samples.map(({ ms }) => ms)),
    peakMiB: samples.at(-1)?.peakMiB,
    ...(kernelBuild === undefined ? {} : { kernelBuildMs: kernelBuild.ms }),
  };
}

async function runsMade(work: Workplace): Promise<number> {
  const file = join(work.current, 'lab3-report', 'check.json');
  const document = parseCheck(JSON.parse(await readFile(file, 'utf8')), file);
  if (checkExitCode(document) !== 0) throw new Error(`${file}: the module that comes with lab3 has faults`);
  return document.runs.length;
}
