/** `lab3 check`: kernel, module, runs, and what they came to in the report folder. */
import { basename, join, relative } from 'node:path';
import { type CheckDocument, checkExitCode } from '../lab/check/document.ts';
import { foldSpec, planCheck } from '../lab/check/plan.ts';
import type { LabConfig } from '../lab/config.ts';
import { LabError } from '../lab/errors.ts';
import { step } from '../lab/events.ts';
import type { ModuleSource } from '../provision/builder/builder.ts';
import type { CheckKernel } from '../provision/check/machine.ts';
import type { Context } from '../provision/context.ts';
import type { Kernel } from '../provision/kernel/kernel.ts';
import type { Tools } from './command.ts';
import {
  compile,
  fetchKernel,
  moduleFolder,
  parametersOf,
  readSource,
  refuseVagrant,
  reportFolder,
  studentOf,
} from './lab.ts';
import { version } from './package-files.ts';
import { checkText } from './ui/check.ts';

/** Answers 1 where the module is at fault. */
export async function checkAndReport(config: LabConfig, yes: boolean, tools: Tools): Promise<number> {
  const { cwd, ui } = tools;
  refuseVagrant(config, 'check');
  const context = await tools.context();
  const document = await check(context, config, yes, tools);
  const folder = reportFolder(config, cwd);
  const written = await keep(context, folder, document, config);
  await ui.settle();
  if (ui.options.json) {
    ui.print(JSON.stringify(document, null, 2));
    return checkExitCode(document);
  }
  const { program } = ui.terminal;
  const next = written
    ? ([['Report', relative(cwd, join(folder, 'report.html')) || folder]] as const)
    : ([['A report that shows this', `${program} run`]] as const);
  const sources = shownFolder(moduleFolder(config, cwd), cwd);
  ui.print(checkText({ document, next, sources, raw: ui.options.verbose }, ui.terminal, ui.style));
  return checkExitCode(document);
}

async function check(
  context: Context,
  config: LabConfig,
  yes: boolean,
  tools: Tools,
): Promise<CheckDocument> {
  const source = await readSource(config, tools.cwd, context.emit);
  const stock = await fetchKernel(context, config);
  const checked = await ready(
    context,
    config,
    source,
    await checkedKernel(context, config, stock, yes, tools),
  );
  const { checkedKernelIfThere } = await import('../provision/kernel/checked.ts');
  // It adds to what is seen, and is never asked for: who has it once built gets its answers.
  const reads = await checkedKernelIfThere(context, { kind: 'kasan', stock });
  const kasan = reads && (await ready(context, config, source, reads));
  const { module } = checked;
  const { use, has } = await parametersOf(config, module);
  const options = { runs: config.checkRuns, kasan: kasan !== undefined };
  const { checkModule } = await import('../provision/check/check.ts');
  return checkModule(context, {
    plan: planCheck(config, options, use, { name: module.name, has }),
    foldSpec: (group, number) => foldSpec(group, config, use, number),
    source,
    kernels: { checked, ...(kasan === undefined ? {} : { kasan }) },
    patterns: config.module.patterns,
    tool: `lab3 ${version()}`,
  });
}

/** The module built for a kernel, and how to start machines with it. */
async function ready(
  context: Context,
  config: LabConfig,
  source: ModuleSource,
  kernel: Kernel,
): Promise<CheckKernel> {
  const { startChecked } = await import('../provision/check/start.ts');
  return {
    module: await compile(context, config, source, kernel),
    startGuest: (vcpus) => {
      const { memory: memoryMiB, mirror, vm } = config;
      return startChecked(context, kernel, { vcpus, memoryMiB }, { mirror, vm });
    },
  };
}

/** From the cache; where it is not there, a person is asked whether to build it. */
async function checkedKernel(
  context: Context,
  config: LabConfig,
  stock: Kernel,
  yes: boolean,
  tools: Tools,
): Promise<Kernel> {
  const { provideCheckedKernel } = await import('../provision/kernel/checked.ts');
  try {
    return await step(context.emit, 'Checked kernel', async (shown) => {
      const inner = { ...context, emit: shown.emit };
      const kernel = await provideCheckedKernel(inner, { kind: 'checked', stock });
      shown.summary(`Linux ${kernel.release}`);
      return kernel;
    });
  } catch (error) {
    if (!(error instanceof LabError) || error.name !== 'CheckedKernelMissing') throw error;
    if (!yes && !(await wantsToBuild(error, tools))) throw error;
  }
  const { buildCheckedKernel } = await import('../provision/kernel/build.ts');
  return buildCheckedKernel(context, {
    kind: 'checked',
    stock,
    builder: config.builder,
    mirror: config.mirror,
  });
}

async function wantsToBuild(missing: LabError, { ui, signal }: Tools): Promise<boolean> {
  if (!ui.terminal.interactive || ui.options.json) return false;
  await ui.settle();
  const { confirm } = await import('./ui/prompts.ts');
  ui.tell(missing.message);
  ui.tell(missing.hint);
  return confirm('Build it now?', ui, signal);
}

/** Into the report folder; whether there is a report that shows it. */
async function keep(
  context: Context,
  folder: string,
  document: CheckDocument,
  config: LabConfig,
): Promise<boolean> {
  const { hasResult, keepCheck, rewriteReport } = await import('../report/write.ts');
  return step(context.emit, 'Report', async (shown) => {
    if (!(await hasResult(folder))) {
      await keepCheck(folder, document);
      shown.summary('check.json');
      return false;
    }
    const files = await rewriteReport(folder, { student: studentOf(config), check: document });
    shown.summary(`${files.length} files`);
    return true;
  });
}

/** The module's folder as it stands before a file name: short, and one that an editor can open where possible. */
function shownFolder(folder: string, cwd: string): string {
  const near = relative(cwd, folder);
  return near.startsWith('..') ? basename(folder) : near;
}
