/** From a configuration to a report: the order of the steps that setup, build, run and shell share. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LabConfig } from '../lab/config.ts';
import { labError } from '../lab/errors.ts';
import { type Emit, step } from '../lab/events.ts';
import { type Accelerator, type Architecture, usualReportFolder } from '../lab/names.ts';
import type { OptionValue } from '../lab/options.ts';
import { ownParameters, type ParameterUse, readParameters, resolveParameters } from '../lab/parameters.ts';
import { plan, type RunSpec } from '../lab/plan.ts';
import type { BuiltModule, ModuleSource } from '../provision/builder/builder.ts';
import type { Context } from '../provision/context.ts';
import type { Guest } from '../provision/guest/guest.ts';
import type { Kernel } from '../provision/kernel/kernel.ts';
import type { LabOutcome } from '../provision/run/run.ts';
import { type ScreenshotName, screenshotNames } from '../report/sections/screenshots.ts';
import { findConfig } from './config-file.ts';
import { packageFile, version } from './package-files.ts';
import { together } from './together.ts';

export interface Built {
  readonly source: ModuleSource;
  readonly kernel: Kernel;
  readonly module: BuiltModule;
}

type Ran = LabOutcome;

/** What a command wants of its machine that is no setting. */
interface MachineWishes {
  readonly cmdline?: readonly string[];
  readonly accelerator?: Accelerator;
}

interface BootOptions {
  /** Called when there is nothing to do but wait. */
  readonly whileWaiting?: () => void;
  readonly machine?: MachineWishes;
}

/** lab3.yaml of the working folder, or of the lab whose module it is, with the command's flags over it. */
export async function readConfig(
  cwd: string,
  settings: Readonly<Record<string, OptionValue>>,
): Promise<LabConfig> {
  const { overrideConfig } = await import('../lab/config.ts');
  return overrideConfig(await findConfig(cwd), settings);
}

export function moduleFolder(config: LabConfig, cwd: string): string {
  return config.module.dir === undefined ? packageFile('module') : resolve(cwd, config.module.dir);
}

export function reportFolder(config: LabConfig, cwd: string): string {
  return resolve(cwd, config.report.out ?? usualReportFolder);
}

/**
 * Kernel and `.ko`. Mistakes of the source come first.
 *
 * @param beside what is done while the compiler works, whatever comes of it
 */
export async function buildLab(
  context: Context,
  config: LabConfig,
  cwd: string,
  beside: (source: ModuleSource, kernel: Kernel) => Promise<void>,
): Promise<Built> {
  const source = await readSource(config, cwd, context.emit);
  const kernel = await kernelToRun(context, config, cwd);
  const other = beside(source, kernel);
  other.catch(() => undefined);
  const module = await compile(context, config, source, kernel).finally(() => other);
  return { source, kernel, module };
}

/**
 * The same with a machine that boots meanwhile: a compiler and a boot want one core each. The machine ends with the
 * context's signal and when anything here fails; after that it is the caller's to end.
 */
export async function buildAndBoot(
  context: Context,
  config: LabConfig,
  cwd: string,
  { whileWaiting = () => undefined, machine = {} }: BootOptions = {},
): Promise<Built & { guest: Guest }> {
  const source = await readSource(config, cwd, context.emit);
  const [[kernel, module], guest] = await together(context, (inner) => {
    const kernel = kernelToRun(inner, config, cwd);
    const module = kernel.then((known) => compile(inner, config, source, known));
    const qemu = config.vm === 'vagrant' ? undefined : prepareGuest(inner, config);
    // The builder `vm` has a machine of its own to boot, and two at a time are slower than one after the other.
    const before = config.builder === 'vm' ? [kernel, qemu, module] : [kernel, qemu];
    const guest = Promise.all(before).then(async () => boot(inner, config, cwd, await kernel, machine));
    // By now the compiler works elsewhere, and neither this process nor the machine has anything to do.
    let compiled = false;
    const settled = () => {
      compiled = true;
    };
    module.then(settled, settled);
    guest.then(async (started) => {
      const { warmUp } = await import('../provision/run/warm-up.ts');
      if (!compiled) void warmUp(started);
      // After the machine has been told, since this keeps the process from telling anybody anything.
      setImmediate(whileWaiting);
    }, settled);
    return [Promise.all([kernel, module]), guest];
  });
  return { source, kernel, module, guest };
}

const archOf = (context: Context, config: LabConfig): Architecture => config.arch ?? context.hostArch;

/** Who sits among sources of a module and names none may think that it is theirs that runs. */
export async function readSource(config: LabConfig, cwd: string, emit: Emit): Promise<ModuleSource> {
  const { readModuleSource } = await import('../provision/builder/source.ts');
  const own = config.module.dir === undefined ? await readdir(cwd).catch(() => []) : [];
  const sources = own.filter((name) => name.endsWith('.c') && !name.endsWith('.mod.c')).sort();
  if (sources.length > 0) {
    const [first] = sources;
    const files = sources.length === 1 ? first : `${first} and ${sources.length - 1} more .c files`;
    emit({
      type: 'warning',
      text: `The module that comes with lab3 is taken, not ${files} in this folder: for yours give \`--module .\`.`,
    });
  }
  return readModuleSource(moduleFolder(config, cwd));
}

export async function fetchKernel(context: Context, config: LabConfig): Promise<Kernel> {
  const { provideKernel } = await import('../provision/kernel/provide.ts');
  const { suite, kernel: version, mirror } = config;
  return step(context.emit, 'Kernel', async (shown) => {
    const inner = { ...context, emit: shown.emit };
    const kernel = await provideKernel(inner, { suite, arch: archOf(context, config), version, mirror });
    shown.summary(`Linux ${kernel.release} of ${suite}`);
    return kernel;
  });
}

export async function compile(
  context: Context,
  config: LabConfig,
  source: ModuleSource,
  kernel: Kernel,
): Promise<BuiltModule> {
  const { buildModule } = await import('../provision/builder/build.ts');
  return buildModule(context, config.builder, source, kernel, { mirror: config.mirror });
}

/** That of the machine that is to run the module: of a box, the one it comes with. */
async function kernelToRun(context: Context, config: LabConfig, cwd: string): Promise<Kernel> {
  if (config.vm !== 'vagrant') return fetchKernel(context, config);
  const { provideBoxKernel } = await import('../provision/guest/vagrant/kernel.ts');
  const { vcpus, memory: memoryMiB, mirror } = config;
  const box = await boxOf(config, cwd);
  return provideBoxKernel(context, { arch: archOf(context, config), vcpus, memoryMiB, mirror, box });
}

/** For work that wants one fresh machine after the other: there is one machine of Vagrant, and it is kept. */
export function refuseVagrant({ vm }: Pick<LabConfig, 'vm'>, command: string): void {
  if (vm === 'vagrant') throw labError('GuestNotOffered', { vm, command });
}

/** A file is one of the working folder; all else is a name. */
export async function boxOf({ box }: LabConfig, cwd: string): Promise<string | undefined> {
  if (box === undefined) return undefined;
  const file = resolve(cwd, box);
  return (await stat(file).catch(() => undefined))?.isFile() ? file : box;
}

/** What its machine runs on, fetched while the kernel is. */
async function prepareGuest(context: Context, config: LabConfig): Promise<void> {
  const { chooseGuest } = await import('../provision/guest/choose.ts');
  const { name, reason } = await chooseGuest(context, config.vm, archOf(context, config));
  if (name === 'container') return prepareContainer(context, config, reason);
  const { findQemu } = await import('../provision/host/qemu.ts');
  await step(context.emit, 'QEMU', async (shown) => {
    const inner = { ...context, emit: shown.emit };
    const { version, source } = await findQemu(inner, archOf(context, config), config.mirror);
    shown.summary(
      `${version}, ${source === 'path' ? 'installed here' : 'from Debian packages in the cache'}`,
    );
  });
}

async function prepareContainer(context: Context, config: LabConfig, reason?: string): Promise<void> {
  const { provideEngine } = await import('../provision/guest/container/engine.ts');
  await step(context.emit, 'QEMU', async (shown) => {
    const inner = { ...context, emit: shown.emit };
    if (reason !== undefined) shown.note(`in a container: ${reason}`);
    const { version, client } = await provideEngine(inner, archOf(context, config), config.mirror);
    shown.summary(`${version}, in a container of Docker ${client.engine.version}`);
  });
}

async function boot(
  context: Context,
  config: LabConfig,
  cwd: string,
  kernel: Kernel,
  { cmdline = [], accelerator }: MachineWishes,
): Promise<Guest> {
  const { startGuest } = await import('../provision/guest/start.ts');
  const { vcpus, memory, mirror, vm } = config;
  const spec = { kernel, vcpus, memoryMiB: memory, cmdline };
  const box = await boxOf(config, cwd);
  return startGuest(context, spec, {
    vm,
    mirror,
    box,
    ...(accelerator === undefined ? {} : { accelerator }),
  });
}

/** The runs that the configuration asks for, with the names this module gives its parameters. */
export async function planRuns(config: LabConfig, module: BuiltModule): Promise<RunSpec[]> {
  const { use, has } = await parametersOf(config, module);
  return plan(config, use, { name: module.name, has });
}

/** How the module names its parameters, and all that it has. */
export async function parametersOf(
  config: LabConfig,
  module: BuiltModule,
): Promise<{ use: ParameterUse; has: string[] }> {
  if (config.module.dir === undefined) return { use: ownParameters, has: [] };
  const { readElf, readStrings } = await import('../provision/elf.ts');
  const modinfo = readElf(module.ko).section('.modinfo');
  const parameters = readParameters(modinfo === undefined ? [] : readStrings(modinfo));
  const { params, lockValues } = config.module;
  const use = resolveParameters(module.name, parameters, { params, lockValues });
  return { use, has: parameters.map(({ name }) => name) };
}

/** Builds and runs; answers with the machine ended. */
export async function runLab(context: Context, config: LabConfig, cwd: string): Promise<Built & Ran> {
  // What fails here fails again, and is said, when the report is written.
  const prepare = () =>
    void import('../report/write.ts').then(({ prepareReport }) => prepareReport()).catch(() => undefined);
  const { guest, ...built } = await buildAndBoot(context, config, cwd, { whileWaiting: prepare });
  try {
    const runs = await planRuns(config, built.module);
    const engine = await import('../provision/run/run.ts');
    const box = await boxOf(config, cwd);
    const request = { config, ...built, runs, guest, box, tool: `lab3 ${version()}` };
    return { ...built, ...(await engine.runLab(context, request)) };
  } finally {
    await guest.kill();
  }
}

/** Writes the whole report folder; what the student wrote into an earlier one is kept. */
export async function writeLabReport(
  emit: Emit,
  folder: string,
  { result, screenshots, dmesg }: Ran,
  source: ModuleSource,
  config: LabConfig,
): Promise<void> {
  const { writeReport } = await import('../report/write.ts');
  await step(emit, 'Report', async (shown) => {
    const files = await writeReport(folder, {
      result,
      dmesg,
      screenshots: namedScreenshots(screenshots),
      references: await referenceScreenshots(),
      moduleFiles: source.files,
      student: studentOf(config),
    });
    shown.summary(`${files.length} files`);
  });
}

export function studentOf({ report: { student, group } }: LabConfig): { name?: string; group?: string } {
  return { ...(student === undefined ? {} : { name: student }), ...(group === undefined ? {} : { group }) };
}

/** The two pictures that the exercise asks for; those of further runs stay with their result. */
function namedScreenshots(taken: ReadonlyMap<string, Uint8Array>): Map<ScreenshotName, Uint8Array> {
  return new Map(
    screenshotNames.flatMap((name) => {
      const png = taken.get(name);
      return png === undefined ? [] : [[name, png] as const];
    }),
  );
}

/** The pictures that come with lab3, to hold one's own against. */
async function referenceScreenshots(): Promise<Map<ScreenshotName, Uint8Array>> {
  const found = new Map<ScreenshotName, Uint8Array>();
  for (const name of screenshotNames) {
    const png = await readFile(packageFile(`img/${name}.png`)).catch(() => undefined);
    if (png !== undefined) found.set(name, png);
  }
  return found;
}
