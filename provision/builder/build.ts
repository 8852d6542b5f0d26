/** Source → `.ko`: from the cache when nothing changed, else from the builder that was asked for. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ErrorName, LabError } from '../../lab/errors.ts';
import { step } from '../../lab/events.ts';
import { type BuilderName, builderNames } from '../../lab/names.ts';
import type { BuildRecord } from '../../lab/result.ts';
import { cachePath, writeAtomic } from '../cache.ts';
import type { Context } from '../context.ts';
import { buildIdentity, type Kernel } from '../kernel/kernel.ts';
import type { BuilderOptions, BuiltModule, ModuleSource } from './builder.ts';
import { builderChoices } from './choose.ts';
import { checkFits, readModuleInfo } from './modinfo.ts';
import { recipeRevision } from './recipe.ts';

export interface BuildOptions extends BuilderOptions {
  /** Compiles although the cache has this module. */
  readonly fresh?: boolean;
}

/** Faults of a builder after which `auto` goes on to the next; anything else would fail there too. */
export const passable: readonly ErrorName[] = [
  'BaseImageMissing',
  'BuilderArchitecture',
  'BuilderImageFailed',
  'BuilderUnavailable',
  'DockerEngineLost',
  'DockerRefused',
  'SandboxRefused',
];

/**
 * Builds a module for a kernel; what comes back fits that kernel. Throws faults of the module
 * (`ModuleDoesNotCompile`, `MissingLicense`, …) or of the computer.
 */
export async function buildModule(
  context: Context,
  wanted: BuilderName | 'auto',
  source: ModuleSource,
  kernel: Kernel,
  options: BuildOptions = {},
): Promise<BuiltModule> {
  const known = options.fresh ? undefined : await recall(context, wanted, source, kernel);
  if (known !== undefined) {
    return step(context.emit, `Compiling ${source.name}`, async (shown) => {
      shown.summary('unchanged, from the cache');
      return known;
    });
  }
  for (const note of source.notes) context.emit({ type: 'warning', text: `${source.folder}: ${note}` });
  const choices = builderChoices(context, wanted, options);
  for (;;) {
    const { builder } = await step(context.emit, 'Choosing the builder', async (shown) => {
      const { value } = await choices.next();
      shown.summary(`${value.builder.name}: ${value.reason}`);
      return value;
    });
    try {
      const built = await builder.build(source, kernel);
      await keep(context, source, kernel, built);
      return built;
    } catch (error) {
      const goOn = wanted === 'auto' && error instanceof LabError && passable.includes(error.name);
      if (!goOn) throw error;
      context.emit({ type: 'warning', text: `${error.message} Going on without ${builder.name}.` });
    }
  }
}

// ---------------------------------------------------------------------------------------------------- the cache

interface Kept {
  readonly record: BuildRecord;
  readonly koSha256: string;
}

/**
 * The key is what the module depends on: source, kernel packages, recipe. A newer compiler of the same Debian release
 * gives no reason to build again; the record says which one it was.
 */
function folderOf(context: Context, source: ModuleSource, kernel: Kernel): string {
  const identity = [source.name, source.sha256, ...buildIdentity(kernel), recipeRevision];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  return cachePath(context, 'builds', key);
}

/** All builders make the same `.ko`, so `auto` takes whichever is there; a named one stays what was asked for. */
async function recall(
  context: Context,
  wanted: BuilderName | 'auto',
  source: ModuleSource,
  kernel: Kernel,
): Promise<BuiltModule | undefined> {
  const started = performance.now();
  const folder = folderOf(context, source, kernel);
  for (const name of wanted === 'auto' ? builderNames : [wanted]) {
    try {
      const kept = JSON.parse(await readFile(path.join(folder, `${name}.json`), 'utf8')) as Kept;
      const ko = await readFile(path.join(folder, `${name}.ko`));
      if (createHash('sha256').update(ko).digest('hex') !== kept.koSha256) continue;
      checkFits(readModuleInfo(ko, `${source.name}.ko`), kernel, `${source.name}.ko`);
      const elapsedMs = performance.now() - started;
      return { name: source.name, ko, record: { ...kept.record, cached: true, elapsedMs } };
    } catch {
      // Absent or damaged: it is built again.
    }
  }
  return undefined;
}

async function keep(
  context: Context,
  source: ModuleSource,
  kernel: Kernel,
  built: BuiltModule,
): Promise<void> {
  const folder = folderOf(context, source, kernel);
  const { builder } = built.record;
  const koSha256 = createHash('sha256').update(built.ko).digest('hex');
  try {
    await writeAtomic(path.join(folder, `${builder}.ko`), built.ko);
    await writeAtomic(
      path.join(folder, `${builder}.json`),
      JSON.stringify({ record: built.record, koSha256 }),
    );
  } catch (error) {
    // A cache that cannot be written costs time later, not the module that is here now.
    if (!(error instanceof LabError)) throw error;
    context.emit({ type: 'warning', text: `${error.message} The module is not kept for next time.` });
  }
}
