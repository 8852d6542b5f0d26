/** From a folder with a module's source to the `.ko`: changed, by the builder that is chosen, and unchanged. */
import { appendFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuilderName } from '../../lab/names.ts';
import { buildModule } from '../../provision/builder/build.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { inTurns, type Spread } from '../spread.ts';
import type { Workplace } from '../workplace.ts';

export interface BuildTimes {
  /** Who compiled: the record of a build out of the cache tells who did once. */
  readonly builder: BuilderName;
  readonly changed: Spread;
  readonly unchanged: Spread;
}

/** Both with the choice of the builder and the look into the cache, as `lab3 build` makes them. */
export async function measureBuild(work: Workplace, kernel: Kernel, rounds: number): Promise<BuildTimes> {
  const copy = join(work.folder, 'built');
  await cp(work.module, copy, { recursive: true });
  let edits = 0;
  let builder: BuilderName | undefined;
  const build = async (cached: boolean) => {
    const started = performance.now();
    const { record } = await buildModule(work.context, 'auto', await readModuleSource(copy), kernel);
    const ms = performance.now() - started;
    if (record.cached !== cached)
      throw new Error(`a build ${cached ? 'did not come' : 'came'} from the cache`);
    if (!cached) builder = record.builder;
    return ms;
  };
  const times = await inTurns(rounds, {
    changed: async () => {
      edits += 1;
      await appendFile(join(copy, 'lab3.c'), `/* build ${edits} of ${process.pid} */\n`);
      return build(false);
    },
    unchanged: () => build(true),
  });
  if (builder === undefined) throw new Error('nothing was compiled');
  return { builder, ...times };
}
