/** Builder `sandbox`: the toolchain unpacked from packages, run natively in bubblewrap. Linux, no root, no network. */
import { constants } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { labError } from '../../../lab/errors.ts';
import { step } from '../../../lab/events.ts';
import { fileSystemError } from '../../cache.ts';
import type { Context } from '../../context.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { unpackTree } from '../../packages/tree.ts';
import { makeWorkFolder, removeFolder } from '../../work-folder.ts';
import type { Builder, BuilderOptions, BuiltModule, ModuleSource } from '../builder.ts';
import { buildCommand, kbuildPlan, plannedFiles } from '../kbuild.ts';
import { environmentOf, finishBuild, limits } from '../recipe.ts';
import { isToolchainFile, provideToolchain, toolchainLinks, toolchainRevision } from '../toolchain.ts';
import {
  installedBubblewrap,
  provideBubblewrap,
  sandboxArguments,
  whyNamespacesRefused,
  whyRefused,
} from './bubblewrap.ts';
import { runLimited } from './process.ts';
import { limitScript } from './work.ts';

export function sandboxBuilder(context: Context, options: BuilderOptions = {}): Builder {
  return {
    name: 'sandbox',
    available: () => available(context),
    build: (source, kernel) => build(context, source, kernel, options),
  };
}

async function available(context: Context): Promise<{ ok: boolean; reason: string }> {
  if (context.platform !== 'linux') return { ok: false, reason: 'it needs Linux' };
  try {
    const installed = await installedBubblewrap(context);
    const refused =
      installed === undefined ? await whyNamespacesRefused(context) : await whyRefused(context, installed);
    if (refused !== undefined) return { ok: false, reason: refused };
    return { ok: true, reason: `bubblewrap ${installed === undefined ? 'from packages' : 'of this system'}` };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

async function build(
  context: Context,
  source: ModuleSource,
  kernel: Kernel,
  {
    mirror,
    timeLimitMs = limits.milliseconds.sandbox,
    memoryLimitBytes = limits.memoryBytes,
  }: BuilderOptions,
): Promise<BuiltModule> {
  const bubblewrap = await provideBubblewrap(context, mirror);
  const toolchain = await provideToolchain(context, kernel, context.hostArch, mirror);
  const tree = await unpackTree(context, toolchain, {
    label: 'compiler and kernel headers',
    keep: isToolchainFile,
    links: toolchainLinks,
    revision: toolchainRevision,
  });
  return step(context.emit, `Compiling ${source.name} (sandbox)`, async (shown) => {
    const started = performance.now();
    const work = await makeWorkFolder(context, 'sandboxes');
    try {
      const env = environmentOf(kernel, context.hostArch);
      const own = { ...limits, memoryBytes: memoryLimitBytes };
      const run = (command: readonly string[]) => {
        const argv = [
          ...sandboxArguments({ tree, work, env, temporaryBytes: memoryLimitBytes / 4 }),
          ...['/bin/sh', '-c', limitScript(own), 'sh', ...command],
        ];
        const options = { deadlineMs: timeLimitMs, signal: context.signal, env: {} };
        return runLimited([...bubblewrap, ...argv], options);
      };
      const plan = await kbuildPlan(context, kernel, context.hostArch, async (command) => {
        const { output } = await run(command);
        return output;
      });
      await writeFiles(work, source.name, [...source.files, ...plannedFiles(source.name, plan)]);
      const ended = await run(buildCommand(source.name, kernel, plan));
      if (ended.output.startsWith('bwrap: ')) {
        const refused = await whyRefused(context, bubblewrap);
        throw labError('SandboxRefused', { reason: refused ?? ended.output.split('\n')[0] ?? '' });
      }
      const ko =
        ended.status === 0 ? await readBuilt(path.join(work, source.name, `${source.name}.ko`)) : undefined;
      const elapsedMs = performance.now() - started;
      const built = finishBuild({ emit: shown.emit }, source, kernel, {
        builder: 'sandbox',
        ...ended,
        timeLimitMs,
        memoryLimitBytes,
        ko,
        elapsedMs,
      });
      shown.summary(built.record.compiler);
      return built;
    } finally {
      await removeFolder(work);
    }
  });
}

async function writeFiles(
  work: string,
  module: string,
  files: Iterable<readonly [string, Uint8Array]>,
): Promise<void> {
  try {
    for (const [name, content] of files) {
      const file = path.join(work, module, ...name.split('/'));
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  } catch (error) {
    throw fileSystemError(error, work);
  }
}

/** The folder was the sandbox's to write in: only a regular file of a sane size is taken out of it. */
async function readBuilt(file: string): Promise<Uint8Array | undefined> {
  try {
    const handle = await open(
      file,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    try {
      const stat = await handle.stat();
      return stat.isFile() && stat.size <= limits.koBytes ? await handle.readFile() : undefined;
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}
