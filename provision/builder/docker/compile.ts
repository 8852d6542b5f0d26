/** One module compiled in one container. */
import { Readable } from 'node:stream';
import type { Architecture } from '../../../lab/names.ts';
import type { Context } from '../../context.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ModuleSource } from '../builder.ts';
import { buildFolder } from '../diagnostics.ts';
import { buildCommand, kbuildPlan, plannedFiles } from '../kbuild.ts';
import { buildUser, type Compilation, environmentOf, limits, OutputKeeper } from '../recipe.ts';
import type { Client } from './client.ts';
import { runInContainer } from './container.ts';
import { receiveFile } from './files.ts';

interface Job {
  readonly image: string;
  /** The architecture of the image's programs. */
  readonly machine: Architecture;
  readonly source: ModuleSource;
  readonly kernel: Kernel;
  readonly timeLimitMs: number;
  readonly memoryLimitBytes: number;
}

/** Leaves no container and no volume, however it ends. */
export async function compileInContainer(context: Context, client: Client, job: Job): Promise<Compilation> {
  const { image, machine, source, kernel, timeLimitMs, memoryLimitBytes } = job;
  const started = performance.now();
  const own = { ...limits, milliseconds: timeLimitMs, memoryBytes: memoryLimitBytes };
  const jobOf = async (
    command: string[],
    files: Pick<ModuleSource, 'name' | 'files'>,
    output: OutputKeeper,
  ) => ({
    image,
    command,
    env: environmentOf(kernel, machine),
    limits: own,
    archive: await packSource(files),
    take: (chunk: Uint8Array) => {
      output.add(chunk);
      return output.floods ? ('floods' as const) : undefined;
    },
  });
  const plan = await kbuildPlan(context, kernel, machine, async (command) => {
    const said = new OutputKeeper();
    const asking = await jobOf(command, { name: source.name, files: new Map() }, said);
    await runInContainer(context, client, asking, async () => undefined);
    return said.text;
  });
  const output = new OutputKeeper();
  const files = new Map([...source.files, ...plannedFiles(source.name, plan)]);
  const run = await jobOf(buildCommand(source.name, kernel, plan), { name: source.name, files }, output);
  const file = `${buildFolder(source.name)}/${source.name}.ko`;
  const { status, end, collected } = await runInContainer(context, client, run, (container) =>
    receiveFile(client, container, file, limits.koBytes, async (content) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(chunk);
      return Buffer.concat(chunks);
    }),
  );
  return {
    builder: 'docker',
    status,
    output: output.text,
    end,
    timeLimitMs,
    memoryLimitBytes,
    ko: collected,
    elapsedMs: performance.now() - started,
  };
}

async function packSource(source: Pick<ModuleSource, 'name' | 'files'>): Promise<NodeJS.ReadableStream> {
  const { pack } = (await import('tar-stream')).default;
  const archive = pack();
  const owner = { uid: buildUser, gid: buildUser };
  const folders = new Set([source.name]);
  for (const name of source.files.keys()) {
    const parts = name.split('/').slice(0, -1);
    parts.forEach((_part, at) => {
      folders.add([source.name, ...parts.slice(0, at + 1)].join('/'));
    });
  }
  for (const name of [...folders].sort())
    archive.entry({ name: `${name}/`, type: 'directory', mode: 0o755, ...owner });
  for (const [name, content] of source.files) {
    archive.entry({ name: `${source.name}/${name}`, mode: 0o644, ...owner }, Buffer.from(content));
  }
  archive.finalize();
  return Readable.from(archive);
}
