/** Builds a checked kernel from Debian's source, once, and puts it into the cache. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError, labError } from '../../lab/errors.ts';
import { type Step, step } from '../../lab/events.ts';
import type { BuilderName, CheckedKind } from '../../lab/names.ts';
import { passable } from '../builder/build.ts';
import { builderChoices } from '../builder/choose.ts';
import { dockerWorkshop } from '../builder/docker/workshop.ts';
import { sandboxWorkshop } from '../builder/sandbox/workshop.ts';
import type { Workshop } from '../builder/workshop.ts';
import { withLock } from '../cache.ts';
import type { Context } from '../context.ts';
import { makeDeb } from '../packages/write-deb.ts';
import { type BuildPackages, buildJob, fetchBuildPackages } from './build-job.ts';
import { BuildLog } from './build-log.ts';
import { estimateBuild, findCheckedKernel } from './checked.ts';
import {
  asKernel,
  describeFile,
  type Manifest,
  manifestFormat,
  memberNames,
  removeReplaced,
  storeKernel,
} from './checked-store.ts';
import type { Kernel } from './kernel.ts';
import { configSha256, localVersion } from './kernel-config.ts';

export interface CheckedBuild {
  readonly kind: CheckedKind;
  /** Debian's kernel of the version to build: its source package is taken. */
  readonly stock: Kernel;
  readonly builder: BuilderName | 'auto';
  readonly mirror?: string | undefined;
  /** Builds although the cache has this very kernel. */
  readonly fresh?: boolean;
  /** Wall clock for the compilation. */
  readonly timeLimitMs?: number;
}

const defaultTimeLimitMs = 60 * 60_000;

/**
 * The kernel; from the cache where it is there already. Throws KernelBuildFailed, KernelBuildTooSlow,
 * KernelBuildNoMemory, NoKernelBuilder, errors of the archive, of Docker and of the sandbox, Interrupted; leaves
 * nothing then.
 */
export async function buildCheckedKernel(context: Context, request: CheckedBuild): Promise<Kernel> {
  const { kind, stock, fresh } = request;
  const config = await configSha256(kind, stock);
  const ready = async () => {
    const found = await findCheckedKernel(context, request);
    const same = found?.manifest.version === stock.version && found.manifest.config === config;
    return same ? asKernel(found) : undefined;
  };
  const known = fresh ? undefined : await ready();
  if (known) return known;
  return step(context.emit, `Building the ${kind} kernel`, (shown) => {
    const inner = { ...context, emit: shown.emit };
    const lock = `kernel-${kind}-${stock.arch}-${stock.version}`;
    const options = {
      note: (text: string) => shown.note(text),
      deadlineMs: request.timeLimitMs ?? defaultTimeLimitMs,
    };
    // Another lab3 may have built it while this one waited.
    const work = async () =>
      (fresh ? undefined : await ready()) ?? (await build(inner, request, config, shown));
    return withLock(inner, lock, work, options);
  });
}

/** With the first of docker and sandbox that works; the VM would take hours. */
async function build(context: Context, request: CheckedBuild, config: string, shown: Step): Promise<Kernel> {
  const { kind, builder: wanted, mirror } = request;
  const hours = 'building a whole kernel inside the virtual machine would take hours';
  if (wanted === 'vm') throw labError('NoKernelBuilder', { kind, reason: hours });
  for await (const { builder, reason } of builderChoices(context, wanted, { mirror })) {
    if (builder.name === 'vm') throw labError('NoKernelBuilder', { kind, reason });
    const minutes = Math.max(1, Math.round(estimateBuild(kind).seconds / 60));
    shown.note(`about ${minutes} min where nothing else runs; ${builder.name}: ${reason}`);
    try {
      const docker = builder.name === 'docker';
      const workshop = docker ? await dockerWorkshop(context) : sandboxWorkshop(context, mirror);
      return await buildIn(workshop, context, request, config, shown);
    } catch (error) {
      const goOn = wanted === 'auto' && error instanceof LabError && passable.includes(error.name);
      if (!goOn) throw error;
      context.emit({ type: 'warning', text: `${error.message} Going on without ${builder.name}.` });
    }
  }
  throw new Error('a choice of builders ends with one or throws');
}

async function buildIn(
  workshop: Workshop,
  context: Context,
  request: CheckedBuild,
  config: string,
  shown: Step,
): Promise<Kernel> {
  const { kind, stock, mirror, timeLimitMs = defaultTimeLimitMs } = request;
  const packages = await fetchBuildPackages(context, stock, workshop.arch, mirror);
  const log = new BuildLog(kind, stock.arch);
  const job = await buildJob(kind, stock, packages, {
    timeLimitMs,
    onLine: (line) => {
      context.emit({ type: 'output', source: 'builder', text: line });
      // kbuild's lines are more than expected with another compiler or source.
      if (log.add(line)) shown.progress(log.done, 'files', Math.max(log.total, log.done));
    },
  });
  const stored = await storeKernel(context, async (folder) => {
    const place = workshop.name === 'docker' ? "the Docker engine's volumes" : folder;
    log.judge(kind, await workshop.run(job, folder), job.limits, place);
    return finish(request, config, packages, folder);
  });
  await removeReplaced(context, stored);
  shown.summary(`Linux ${stored.manifest.release}, ${log.done} files; ${log.spent}`);
  return asKernel(stored);
}

/** Makes the package of headers and the manifest of what a workshop left in `folder`. */
async function finish(
  request: CheckedBuild,
  config: string,
  packages: BuildPackages,
  folder: string,
): Promise<Manifest> {
  const { kind, stock } = request;
  const { suite, arch, version } = stock;
  const failed = (reason: string) => labError('KernelBuildFailed', { kind, phase: 'pack', reason });
  const release = (await readFile(join(folder, 'release'), 'utf8')).trim();
  const upstream = version.replace(/-[^-]*$/, '');
  if (release !== `${upstream}${localVersion(kind, arch)}`)
    throw failed(`it calls itself ${release.slice(0, 100)}`);
  const settings = await readFile(join(folder, 'config'), 'utf8');
  const compiler = /^CONFIG_CC_VERSION_TEXT="(?:\w+-linux-gnu-)?([^"]{1,200})"$/m.exec(settings)?.[1];
  if (compiler === undefined) throw failed('its configuration names no compiler');
  const data = await readFile(join(folder, 'headers.tar.gz'));
  const summary = `headers of the ${kind} kernel, made by lab3`;
  const headers = await makeDeb({ name: `linux-headers-${release}`, version, summary, data });
  await writeFile(join(folder, memberNames.headers), headers);
  for (const name of ['release', 'headers.tar.gz']) await rm(join(folder, name));
  const { source, kbuild, toolchain } = packages;
  return {
    format: manifestFormat,
    kind,
    arch,
    suite,
    release,
    version,
    config,
    compiler,
    packages: [source, kbuild, ...toolchain].map(({ name, version, sha256 }) => ({ name, version, sha256 })),
    files: {
      image: await describeFile(join(folder, memberNames.image)),
      headers: await describeFile(join(folder, memberNames.headers)),
    },
  };
}
