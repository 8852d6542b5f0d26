/** A workshop in bubblewrap. */
import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { labError } from '../../../lab/errors.ts';
import { fileSystemError } from '../../cache.ts';
import type { Context } from '../../context.ts';
import { unpackTree } from '../../packages/tree.ts';
import { makeWorkFolder, removeFolder } from '../../work-folder.ts';
import { toolchainLinks } from '../toolchain.ts';
import { jobName, lineSplitter, type Workshop, type WorkshopEnd, type WorkshopJob } from '../workshop.ts';
import { provideBubblewrap, sandboxArguments, whyRefused } from './bubblewrap.ts';
import { runLimited } from './process.ts';
import { limitScript } from './work.ts';

/** Compilers keep their intermediate files in memory. */
const temporaryBytes = 512 * 2 ** 20;

export function sandboxWorkshop(context: Context, mirror?: string): Workshop {
  return {
    name: 'sandbox',
    arch: context.hostArch,
    run: (job, folder) => run(context, job, folder, mirror),
  };
}

async function run(
  context: Context,
  job: WorkshopJob,
  folder: string,
  mirror: string | undefined,
): Promise<WorkshopEnd> {
  const bubblewrap = await provideBubblewrap(context, mirror);
  const tree = await unpackTree(context, job.debs, {
    label: job.label,
    keep: (file) => !needless.test(file),
    links: toolchainLinks,
    revision: 'workshop-1',
  });
  const work = await makeWorkFolder(context, 'sandboxes');
  try {
    const bound: Record<string, string> = {};
    await mkdir(path.join(work, jobName, 'input'), { recursive: true });
    for (const [name, from] of Object.entries(job.inputs)) {
      if (typeof from === 'string') bound[`${jobName}/input/${name}`] = from;
      else await writeFile(path.join(work, jobName, 'input', name), from);
    }
    const lines = lineSplitter(job.onLine);
    let first = '';
    const { status, end } = await runLimited(
      [
        ...bubblewrap,
        ...sandboxArguments({ tree, work, env: job.env, temporaryBytes, inputs: bound }),
        ...['/bin/sh', '-c', limitScript(job.limits), 'sh', '/bin/sh', '-c', job.script],
      ],
      {
        deadlineMs: job.limits.milliseconds,
        signal: context.signal,
        env: {},
        take: (chunk) => {
          if (first === '') first = Buffer.from(chunk.subarray(0, 200)).toString('utf8');
          lines.add(chunk);
        },
      },
    );
    lines.end();
    if (first.startsWith('bwrap: ')) {
      const refused = await whyRefused(context, bubblewrap);
      throw labError('SandboxRefused', { reason: refused ?? first.split('\n')[0] ?? '' });
    }
    if (status !== 0 || end !== 'exited') return { status, end: end === 'floods' ? 'exited' : end };
    return { status: (await collect(work, folder, job.outputs)) ? 0 : 1, end };
  } catch (error) {
    throw fileSystemError(error, work);
  } finally {
    await removeFolder(work);
  }
}

/** The folder was the sandbox's to write in, and nothing runs in it any more: only regular files are taken out. */
async function collect(work: string, folder: string, outputs: WorkshopJob['outputs']): Promise<boolean> {
  if (Object.keys(outputs).length === 0) return true;
  for (const parent of [path.join(work, jobName), path.join(work, jobName, 'output')]) {
    const info = await lstat(parent).catch(() => undefined);
    if (!info?.isDirectory()) return false;
  }
  for (const [name, mostBytes] of Object.entries(outputs)) {
    const file = path.join(work, jobName, 'output', name);
    const info = await lstat(file).catch(() => undefined);
    if (!info?.isFile() || info.size > mostBytes) return false;
    await copyFile(file, path.join(folder, name), constants.COPYFILE_EXCL);
  }
  return true;
}

const needless = new RegExp(
  [
    '^usr/share/(doc|man|info|locale|lintian|bug|gdb|gcc|common-licenses)/',
    '^usr/libexec/gcc/[^/]+/[^/]+/(lto1|cc1plus|g\\+\\+-mapper-server)$',
    '^usr/bin/[^/]*(lto-dump|gprof|gp-[^/]*|dwp|gcov[^/]*)(-\\d+)?$',
    '^usr/lib/gcc/[^/]+/[^/]+/(plugin/|lib[a-z]+san)',
    '^usr/lib/[^/]+/(ossl-modules|engines-3|gconv|gprofng)/',
    '^var/',
  ].join('|'),
);
