/** Selections as the cache remembers them: the same answer next time, and nothing asked of the network. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { architectures, suites } from '../../lab/names.ts';
import { cachePath, writeAtomic } from '../cache.ts';
import type { Context } from '../context.ts';
import type { Candidate } from './archive.ts';

const relation = z.object({
  name: z.string(),
  operator: z.enum(['<<', '<=', '=', '>=', '>>']).optional(),
  version: z.string().optional(),
});

const candidate = z.object({
  name: z.string(),
  version: z.string(),
  arch: z.enum([...architectures, 'all']),
  filename: z.string(),
  size: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  depends: z.array(z.array(relation)),
  provides: z.array(relation),
  url: z.string(),
});

const schema = z.object({
  format: z.literal(1),
  suite: z.enum(suites),
  arch: z.enum(architectures),
  packages: z.array(candidate),
});
export type Selection = Omit<z.infer<typeof schema>, 'format' | 'packages'> & {
  packages: readonly Candidate[];
};

/** A short name for what was asked for; the order of an object's keys counts. */
export function keyOf(question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 32);
}

export function selectionPath(context: Pick<Context, 'cacheDir'>, key: string): string {
  return cachePath(context, 'selections', `${key}.json`);
}

/** Undefined when there is none, or none that can be read: then the selection is made again. */
export async function readSelection(path: string): Promise<Selection | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8'))) as Selection;
  } catch {
    return undefined;
  }
}

export async function writeSelection(path: string, { suite, arch, packages }: Selection): Promise<void> {
  await writeAtomic(path, `${JSON.stringify({ format: 1, suite, arch, packages }, null, 1)}\n`);
}

/**
 * Every package that was ever selected for this suite and architecture. A mirror drops old versions within weeks;
 * the cache still has them.
 */
export async function rememberedPackages(
  context: Pick<Context, 'cacheDir'>,
  wanted: Pick<Selection, 'suite' | 'arch'>,
): Promise<Candidate[]> {
  const folder = cachePath(context, 'selections');
  const names = await readdir(folder).catch(() => []);
  const selections = await Promise.all(
    names
      .filter((name) => /^[0-9a-f]{32}\.json$/.test(name))
      .map((name) => readSelection(`${folder}/${name}`)),
  );
  return selections.flatMap((selection) =>
    selection?.suite === wanted.suite && selection.arch === wanted.arch ? selection.packages : [],
  );
}
