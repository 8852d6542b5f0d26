/** From a configuration to a report: the order of the steps that setup, build, run and shell share. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LabConfig } from '../lab/config.ts';
import { labError } from '../lab/errors.ts';
import { type Emit, step } from '../lab/events.ts';
import type { OptionValue } from '../lab/options.ts';
import { ownParameters, readParameters, resolveParameters } from '../lab/parameters.ts';
import { plan, type RunSpec } from '../lab/plan.ts';
import type { Result } from '../lab/result.ts';
import type { BuiltModule, ModuleSource } from '../provision/builder/builder.ts';
import type { Context } from '../provision/context.ts';
import type { Kernel } from '../provision/kernel/kernel.ts';
import { type ScreenshotName, screenshotNames } from '../report/sections/screenshots.ts';
import { readConfigFile } from './config-file.ts';
import { packageFile, version } from './package-files.ts';

export interface Built {
  readonly source: ModuleSource;
  readonly kernel: Kernel;
  readonly module: BuiltModule;
}

export interface Ran {
  readonly result: Result;
  readonly screenshots: ReadonlyMap<string, Uint8Array>;
  readonly dmesg: string;
}

/** lab3.yaml of the working folder with the command's flags over it. */
export async function readConfig(
  cwd: string,
  settings: Readonly<Record<string, OptionValue>>,
): Promise<LabConfig> {
  const { overrideConfig } = await import('../lab/config.ts');
  return overrideConfig((await readConfigFile(cwd)).config, settings);
}

export function moduleFolder(config: LabConfig, cwd: string): string {
  return config.module.dir === undefined ? packageFile('module') : resolve(cwd, config.module.dir);
}

export function reportFolder(config: LabConfig, cwd: string): string {
  return resolve(cwd, config.report.out ?? 'lab3-report');
}

/** Kernel and `.ko`; QEMU is fetched meanwhile, because the run needs it next. Mistakes of the source come first. */
export async function buildLab(
  context: Context,
  config: LabConfig,
  cwd: string,
  also: 'build' | 'run',
): Promise<Built> {
  const { readModuleSource } = await import('../provision/builder/source.ts');
  const source = await readModuleSource(moduleFolder(config, cwd));
  const arch = config.arch ?? context.hostArch;
  const makeModule = async (inner: Context): Promise<Built> => {
    const { provideKernel } = await import('../provision/kernel/provide.ts');
    const { suite, kernel: version, mirror } = config;
    const kernel = await step(inner.emit, 'Kernel', async (shown) => {
      const provided = await provideKernel({ ...inner, emit: shown.emit }, { suite, arch, version, mirror });
      shown.summary(`Linux ${provided.release} of ${suite}`);
      return provided;
    });
    const { buildModule } = await import('../provision/builder/build.ts');
    return { source, kernel, module: await buildModule(inner, config.builder, source, kernel, { mirror }) };
  };
  const fetchQemu = async (inner: Context): Promise<void> => {
    if (also === 'build' || (config.vm !== 'auto' && config.vm !== 'qemu')) return;
    const { findQemu } = await import('../provision/host/qemu.ts');
    await step(inner.emit, 'QEMU', async (shown) => {
      const qemu = await findQemu({ ...inner, emit: shown.emit }, arch, config.mirror);
      shown.summary(
        `${qemu.version}, ${qemu.source === 'path' ? 'installed here' : 'from Debian packages in the cache'}`,
      );
    });
  };
  const [built] = await together(context, makeModule, fetchQemu);
  return built;
}

/** The runs that the configuration asks for, with the names this module gives its parameters. */
export async function planRuns(config: LabConfig, module: BuiltModule): Promise<RunSpec[]> {
  if (config.module.dir === undefined) return plan(config, ownParameters);
  const { readElf, readStrings } = await import('../provision/builder/elf.ts');
  const modinfo = readElf(module.ko).section('.modinfo');
  const parameters = readParameters(modinfo === undefined ? [] : readStrings(modinfo));
  const { params, lockValues } = config.module;
  const use = resolveParameters(module.name, parameters, { params, lockValues });
  return plan(config, use, { name: module.name, has: parameters.map(({ name }) => name) });
}

export async function runLab(context: Context, config: LabConfig, built: Built): Promise<Ran> {
  const runs = await planRuns(config, built.module);
  const engine = await import('../provision/run/run.ts');
  return engine.runLab(context, { config, ...built, runs, tool: `lab3 ${version()}` });
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

/**
 * Does both at the same time. The first failure stops the other one and waits for it, so that nothing goes on
 * writing behind an error message.
 */
export async function together<A, B>(
  context: Context,
  first: (context: Context) => Promise<A>,
  second: (context: Context) => Promise<B>,
): Promise<[A, B]> {
  const stop = new AbortController();
  const inner = { ...context, signal: AbortSignal.any([context.signal, stop.signal]) };
  const causes: unknown[] = [];
  const watched = async <T>(work: (context: Context) => Promise<T>): Promise<T> => {
    try {
      return await work(inner);
    } catch (error) {
      causes.push(error);
      stop.abort(labError('Interrupted', undefined));
      throw error;
    }
  };
  const jobs = [watched(first), watched(second)] as const;
  await Promise.allSettled(jobs);
  if (causes.length > 0) throw causes[0];
  return Promise.all(jobs);
}
