/** Checks modules of the corpus as `lab3 check` does, on machines of their own. */
import { basename } from 'node:path';
import { parametersOf } from '../../cli/lab.ts';
import type { CheckDocument } from '../../lab/check/document.ts';
import { foldSpec, planCheck } from '../../lab/check/plan.ts';
import { defaultConfig } from '../../lab/config.ts';
import type { BuilderName, CheckedKind } from '../../lab/names.ts';
import { buildModule } from '../../provision/builder/build.ts';
import type { ModuleSource } from '../../provision/builder/builder.ts';
import { sandboxBuilder } from '../../provision/builder/sandbox/sandbox.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import { checkModule } from '../../provision/check/check.ts';
import type { CheckKernel } from '../../provision/check/machine.ts';
import { startChecked } from '../../provision/check/start.ts';
import type { Context } from '../../provision/context.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import type { CorpusModule } from './corpus.ts';

export type Kernels = { readonly checked: Kernel } & Readonly<Partial<Record<CheckedKind, Kernel>>>;

/** Enough for each fault to show, and few enough for all modules in some minutes on two cores. */
const effort = { checkRuns: 2, nThreads: 4, nTimes: 500_000 };

export async function checkCorpusModule(
  context: Context,
  kernels: Kernels,
  { folder }: Pick<CorpusModule, 'folder'>,
): Promise<CheckDocument> {
  const defaults = defaultConfig();
  const config = { ...defaults, ...effort, module: { ...defaults.module, dir: folder } };
  const source = await readModuleSource(folder);
  const checked = await ready(context, source, kernels.checked, config.memory);
  const kasan = kernels.kasan && (await ready(context, source, kernels.kasan, config.memory));
  const { use, has } = await parametersOf(config, checked.module);
  const options = { runs: config.checkRuns, kasan: kasan !== undefined };
  return checkModule(context, {
    plan: planCheck(config, options, use, { name: source.name, has }),
    foldSpec: (group, number) => foldSpec(group, config, use, number),
    source,
    kernels: { checked, ...(kasan === undefined ? {} : { kasan }) },
    tool: basename(import.meta.url),
  });
}

export async function ready(
  context: Context,
  source: ModuleSource,
  kernel: Kernel,
  memoryMiB: number,
): Promise<CheckKernel> {
  return {
    module: await buildModule(context, await quickBuilder(context), source, kernel),
    startGuest: (vcpus) => startChecked(context, kernel, { vcpus, memoryMiB }),
  };
}

/** All make the same module; the sandbox is through in a second, a container in three. */
async function quickBuilder(context: Context): Promise<BuilderName | 'auto'> {
  return (await sandboxBuilder(context).available()).ok ? 'sandbox' : 'auto';
}
