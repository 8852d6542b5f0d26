/** Builder `docker`: Dockerfile.builder, built and driven through the engine's API. */
import { LabError, labError } from '../../../lab/errors.ts';
import { step } from '../../../lab/events.ts';
import { architectures } from '../../../lab/names.ts';
import type { Context } from '../../context.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Builder, BuilderOptions, BuiltModule, ModuleSource } from '../builder.ts';
import { finishBuild, limits } from '../recipe.ts';
import { provideToolchain } from '../toolchain.ts';
import { connect } from './client.ts';
import { compileInContainer } from './compile.ts';
import { describeSearch, type EngineSearch, findEngine } from './engine.ts';
import { baseObstacle, provideImage } from './image.ts';
import { removeLeftovers } from './labels.ts';

export function dockerBuilder(context: Context, options: BuilderOptions = {}): Builder {
  // One search serves the question and the build that follows it.
  let search: Promise<EngineSearch> | undefined;
  const find = () => {
    search ??= findEngine({ platform: context.platform, env: context.env, uid: process.getuid?.() });
    return search;
  };
  return {
    name: 'docker',
    available: () => available(context, find),
    build: (source, kernel) => build(context, find, source, kernel, options),
  };
}

async function available(
  context: Context,
  find: () => Promise<EngineSearch>,
): Promise<{ ok: boolean; reason: string }> {
  try {
    const found = await find();
    const { engine } = found;
    if (engine === undefined)
      return { ok: false, reason: `no Docker engine answers: ${describeSearch(found)}` };
    const obstacle = await baseObstacle(context, await connect(engine, context.signal));
    if (obstacle !== undefined) return { ok: false, reason: obstacle };
    return { ok: true, reason: `Docker engine ${engine.version} at ${engine.address} (${engine.from})` };
  } catch (error) {
    return { ok: false, reason: error instanceof LabError ? error.message : String(error) };
  }
}

async function build(
  context: Context,
  find: () => Promise<EngineSearch>,
  source: ModuleSource,
  kernel: Kernel,
  { mirror, timeLimitMs = limits.milliseconds.docker, memoryLimitBytes = limits.memoryBytes }: BuilderOptions,
): Promise<BuiltModule> {
  const found = await find();
  const { engine } = found;
  if (engine === undefined) {
    const reason = `no Docker engine answers: ${describeSearch(found)}`;
    throw labError('BuilderUnavailable', { builder: 'docker', reason });
  }
  // What the engine's machine runs may compile for another; it has to be one that Debian's packages are for.
  const machine = architectures.find((known) => known === engine.arch);
  if (machine === undefined) {
    throw labError('BuilderArchitecture', { builder: 'docker', has: engine.arch, wanted: kernel.arch });
  }
  const client = await connect(engine, context.signal);
  const image = await provideImage(context, client, {
    debs: await provideToolchain(context, kernel, machine, mirror),
    arch: machine,
    line: `${kernel.suite}-${kernel.arch}-${kernel.kind}`,
  });
  return step(context.emit, `Compiling ${source.name} (docker)`, async (shown) => {
    const removed = await removeLeftovers(client, context.platform);
    if (removed > 0) shown.note(`removed ${removed} container(s) left over by a lab3 that is gone`);
    const compilation = await compileInContainer(context, client, {
      image,
      machine,
      source,
      kernel,
      timeLimitMs,
      memoryLimitBytes,
    });
    const built = finishBuild({ emit: shown.emit }, source, kernel, compilation);
    shown.summary(built.record.compiler);
    return built;
  });
}
