/** A workshop in a container. */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Pack } from 'tar-stream';
import { labError } from '../../../lab/errors.ts';
import { fileSystemError } from '../../cache.ts';
import type { Context } from '../../context.ts';
import { buildUser, workFolder } from '../recipe.ts';
import { jobName, lineSplitter, type Workshop, type WorkshopEnd, type WorkshopJob } from '../workshop.ts';
import { type Client, connect } from './client.ts';
import { runInContainer } from './container.ts';
import { findEngine } from './engine.ts';
import { receiveFile } from './files.ts';
import { provideImage } from './image.ts';
import { removeLeftovers } from './labels.ts';

/** Inputs of 150 MB go through the engine's socket. */
const archiveDeadlineMs = 300_000;

/** Throws BuilderUnavailable where no engine answers, or one of an architecture that Debian has no name for here. */
export async function dockerWorkshop(context: Context): Promise<Workshop> {
  const { engine } = await findEngine({
    platform: context.platform,
    env: context.env,
    uid: process.getuid?.(),
  });
  if (engine === undefined)
    throw labError('BuilderUnavailable', { builder: 'docker', reason: 'no Docker engine answers' });
  const { arch } = engine;
  if (arch !== 'amd64' && arch !== 'arm64')
    throw labError('BuilderArchitecture', { builder: 'docker', has: arch, wanted: context.hostArch });
  return {
    name: 'docker',
    arch,
    run: async (job, folder) => run(context, await connect(engine, context.signal), job, folder, arch),
  };
}

async function run(
  context: Context,
  client: Client,
  job: WorkshopJob,
  folder: string,
  arch: Workshop['arch'],
): Promise<WorkshopEnd> {
  const image = await provideImage(context, client, {
    debs: job.debs,
    arch,
    line: `${job.label.replace(/\W+/g, '-')}-${arch}`,
  });
  await removeLeftovers(client, context.platform);
  const { pack } = (await import('tar-stream')).default;
  const archive = pack();
  const sending = sendInputs(archive, job.inputs).catch((error: Error) => archive.destroy(error));
  const lines = lineSplitter(job.onLine);
  try {
    const { status, end, collected } = await runInContainer(
      context,
      client,
      {
        image,
        command: ['sh', '-c', job.script],
        env: job.env,
        limits: job.limits,
        archive: Readable.from(archive),
        archiveDeadlineMs,
        take: (chunk) => {
          lines.add(chunk);
          return undefined;
        },
      },
      async (container) => {
        for (const [name, mostBytes] of Object.entries(job.outputs)) {
          const file = path.join(folder, name);
          const received = await receiveFile(
            client,
            container,
            `${workFolder}/${jobName}/output/${name}`,
            mostBytes,
            async (content) => {
              await pipeline(content, createWriteStream(file, { flags: 'wx' })).catch((error: unknown) => {
                throw fileSystemError(error, file);
              });
              return true;
            },
          );
          if (!received) return false;
        }
        return true;
      },
    );
    lines.end();
    return { status: status === 0 && !collected ? 1 : status, end: end === 'floods' ? 'exited' : end };
  } finally {
    archive.destroy();
    await sending;
  }
}

async function sendInputs(archive: Pack, inputs: WorkshopJob['inputs']): Promise<void> {
  const owner = { uid: buildUser, gid: buildUser };
  for (const name of [`${jobName}/`, `${jobName}/input/`])
    archive.entry({ name, type: 'directory', mode: 0o755, ...owner });
  for (const [name, from] of Object.entries(inputs)) {
    const header = { name: `${jobName}/input/${name}`, mode: 0o644, ...owner };
    if (typeof from !== 'string') {
      archive.entry(header, Buffer.from(from));
      continue;
    }
    const { size } = await stat(from);
    await pipeline(createReadStream(from), archive.entry({ ...header, size }));
  }
  archive.finalize();
}
