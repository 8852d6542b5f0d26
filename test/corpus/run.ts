/** Checks modules of the corpus as `lab3 check` does, on machines of their own. */
import { basename } from 'node:path';
import { parametersOf } from '../../cli/lab.ts';
import type { CheckDocument } from '../../lab/check/document.ts';
import { foldSpec, planCheck } from '../../lab/check/plan.ts';
import { defaultConfig } from '../../lab/config.ts';
import type { BuilderName } from '../../lab/names.ts';
import { buildModule } from '../../provision/builder/build.ts';
import { sandboxBuilder } from '../../provision/builder/sandbox/sandbox.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import { checkModule } from '../../provision/check/check.ts';
import type { Context } from '../../provision/context.ts';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import type { CorpusModule } from './corpus.ts';

/** Enough for each fault to show, and few enough for all modules in some minutes on two cores. */
const effort = { checkRuns: 2, nThreads: 4, nTimes: 500_000 };

export async function checkCorpusModule(
  context: Context,
  kernel: Kernel,
  { folder }: Pick<CorpusModule, 'folder'>,
): Promise<CheckDocument> {
  const defaults = defaultConfig();
  const config = { ...defaults, ...effort, module: { ...defaults.module, dir: folder } };
  const source = await readModuleSource(folder);
  const module = await buildModule(context, await quickBuilder(context), source, kernel);
  const { use, has } = await parametersOf(config, module);
  return checkModule(context, {
    plan: planCheck(config, config.checkRuns, use, { name: module.name, has }),
    foldSpec: (group, number) => foldSpec(group, config, use, number),
    source,
    module,
    startGuest: (vcpus) => startGuest(context, { kernel, vcpus, memoryMiB: config.memory }),
    tool: basename(import.meta.url),
  });
}

/** All make the same module; the sandbox is through in a second, a container in three. */
async function quickBuilder(context: Context): Promise<BuilderName | 'auto'> {
  return (await sandboxBuilder(context).available()).ok ? 'sandbox' : 'auto';
}
