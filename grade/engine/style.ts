/** The kernel's own judge of style, checkpatch.pl. It is a program of perl that reads untrusted text: it runs where builds do. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { labError } from '../../lab/errors.ts';
import { step } from '../../lab/events.ts';
import { buildEnvironment } from '../../provision/builder/recipe.ts';
import { jobName, type Workshop, type WorkshopJob } from '../../provision/builder/workshop.ts';
import { cachePath, withLock, writeAtomic } from '../../provision/cache.ts';
import type { Context } from '../../provision/context.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { extractFiles } from '../../provision/packages/deb.ts';
import { type DebFile, providePackages } from '../../provision/packages/provide.ts';
import { makeWorkFolder, removeFolder } from '../../provision/work-folder.ts';
import { readCheckpatch } from './checkpatch.ts';
import type { StyleEvidence } from './evidence.ts';

export interface StyleRequest {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** checkpatch.pl is taken of its version. */
  readonly stock: Kernel;
  readonly workshop: Workshop;
  readonly mirror?: string | undefined;
}

const mebibyte = 2 ** 20;
/** checkpatch.pl has no package of its own: the kernel's source carries it. */
const scripts = ['checkpatch.pl', 'spelling.txt', 'const_structs.checkpatch'] as const;
const limits = { milliseconds: 60_000, memoryBytes: 512 * mebibyte, processes: 32, fileBytes: 64 * mebibyte };
const mostFiles = 40;
const mostBytes = 256 * 1024;
const mostLines = 20_000;

/** Throws errors of this computer, and interruptions. */
export async function judgeStyle(context: Context, request: StyleRequest): Promise<StyleEvidence> {
  const { files, workshop } = request;
  const tools = await perlPackages(context, request);
  const folder = await provideCheckpatch(context, request, tools);
  const known = new Map<string, string>();
  const inputs: Record<string, string | Uint8Array> = {};
  for (const name of scripts) inputs[name] = join(folder, name);
  for (const name of [...files.keys()].sort()) {
    const content = files.get(name);
    if (!/\.[ch]$/.test(name) || name.endsWith('.mod.c') || content === undefined) continue;
    if (known.size === mostFiles || content.length > mostBytes) continue;
    const plain = `file-${known.size + 1}.${name.slice(-1)}`;
    known.set(plain, name);
    inputs[plain] = content;
  }
  if (known.size === 0) return { errors: 0, warnings: 0, checks: 0, lines: 0, worst: [] };
  const lines: string[] = [];
  // Of a file that it has nothing to say of, checkpatch does not say how long it is either.
  const length = [...known.values()].reduce((sum, name) => sum + linesOf(files.get(name)), 0);
  const { status } = await inWorkshop(context, workshop, {
    debs: tools,
    label: 'perl',
    script: `cd /build/${jobName}/input && exec perl checkpatch.pl --no-tree --strict --terse --show-types --color=never -f ${[...known.keys()].join(' ')}`,
    env: buildEnvironment,
    inputs,
    outputs: {},
    limits,
    onLine: (line) => {
      if (lines.length < mostLines) lines.push(line);
    },
  });
  if (status === 0) return { errors: 0, warnings: 0, checks: 0, lines: length, worst: [] };
  const style = readCheckpatch(lines, known);
  if (style !== undefined) return { ...style, lines: length };
  const reason = `checkpatch.pl ended with status ${status}: ${lines.at(-1)?.slice(0, 200) ?? 'no word'}`;
  throw labError('BuilderBroken', { builder: workshop.name, reason });
}

function linesOf(content: Uint8Array | undefined): number {
  const text = Buffer.from(content ?? []).toString('latin1');
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function perlPackages(context: Context, { stock, workshop, mirror }: StyleRequest): Promise<DebFile[]> {
  return providePackages(context, {
    suite: stock.suite,
    arch: workshop.arch,
    names: ['perl', 'dash', 'coreutils', 'diffutils', 'tar', 'xz-utils'],
    exclude: ['dpkg', 'debconf', 'install-info', 'libsystemd0'],
    label: 'perl',
    mirror,
  });
}

/** A folder of the cache with checkpatch.pl and its lists of words. */
async function provideCheckpatch(
  context: Context,
  { stock, workshop, mirror }: StyleRequest,
  tools: readonly DebFile[],
): Promise<string> {
  const folder = cachePath(context, 'checkpatch', stock.version.replace(/[^\w.+~-]/g, '_'));
  const isThere = async () => {
    const found = await Promise.all(
      scripts.map((name) => readFile(join(folder, name)).catch(() => undefined)),
    );
    return found.every((content) => content !== undefined && content.length > 0);
  };
  if (await isThere()) return folder;
  return step(context.emit, 'checkpatch.pl', (shown) => {
    const work = async () => {
      if (await isThere()) return folder;
      const inner = { ...context, emit: shown.emit };
      await mkdir(folder, { recursive: true });
      const temporary = await makeWorkFolder(context, 'checkpatch-work');
      try {
        await unpack(inner, stock, workshop, mirror, tools, temporary);
        for (const name of scripts)
          await writeAtomic(join(folder, name), await readFile(join(temporary, name)));
        return folder;
      } finally {
        await removeFolder(temporary);
      }
    };
    return withLock(context, 'checkpatch', work, { note: (text) => shown.note(text) });
  });
}

async function unpack(
  context: Context,
  { suite, version }: Kernel,
  workshop: Workshop,
  mirror: string | undefined,
  tools: readonly DebFile[],
  folder: string,
): Promise<void> {
  const name = `linux-source-${/^\d+\.\d+/.exec(version)?.[0] ?? version}`;
  const debs = await providePackages(context, {
    suite,
    arch: workshop.arch,
    names: [name],
    // As for building a kernel, so that what was fetched for that is found.
    exclude: ['binutils', 'bzip2', 'xz-utils', 'libc6-dev', 'libc-dev'],
    pin: { [name]: version },
    label: 'kernel source',
    mirror,
  });
  const source = debs.find((deb) => deb.name === name);
  if (source === undefined) throw labError('PackageNotFound', { name, suite, arch: workshop.arch });
  const [archive] = (await extractFiles(source.path, (path) => path.endsWith(`/${name}.tar.xz`))).values();
  if (archive === undefined)
    throw labError('PackageDamaged', { path: source.path, reason: `there is no ${name}.tar.xz in it` });
  const wanted = scripts.map((script) => `'*/scripts/${script}'`).join(' ');
  const lines: string[] = [];
  const { status } = await workshop.run(
    {
      debs: tools,
      label: 'perl',
      script: `set -e; cd /build/${jobName}; mkdir -p output
tar -xJf input/source.tar.xz -C output --strip-components=2 --wildcards ${wanted}`,
      env: buildEnvironment,
      inputs: { 'source.tar.xz': archive.content },
      outputs: Object.fromEntries(scripts.map((script) => [script, 4 * mebibyte])),
      limits: { ...limits, milliseconds: 300_000, fileBytes: 512 * mebibyte },
      onLine: (line) => {
        if (lines.length < 100) lines.push(line);
      },
    },
    folder,
  );
  if (status === 0) return;
  const reason = `unpacking checkpatch.pl ended with status ${status}: ${lines.at(-1)?.slice(0, 200) ?? 'no word'}`;
  throw labError('BuilderBroken', { builder: workshop.name, reason });
}

async function inWorkshop(
  context: Context,
  workshop: Workshop,
  job: WorkshopJob,
): Promise<{ status: number }> {
  const folder = await makeWorkFolder(context, 'checkpatch-work');
  try {
    return await workshop.run(job, folder);
  } finally {
    await removeFolder(folder);
  }
}
