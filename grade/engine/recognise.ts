/** The modules of a submission: built, with what each parameter means and which role each has. */
import { setImmediate } from 'node:timers/promises';
import { readParameters } from '../../lab/parameters.ts';
import type { ModuleSource } from '../../provision/builder/builder.ts';
import { readModuleInfo } from '../../provision/builder/modinfo.ts';
import { beginningOf } from '../../provision/builder/source-files.ts';
import type { Context } from '../../provision/context.ts';
import { readElf, readStrings } from '../../provision/elf.ts';
import { keeper } from '../intake/patterns.ts';
import { compile, failedBuild, tryBuild } from './build.ts';
import { withCompatibility } from './compat.ts';
import type { ModuleEvidence } from './evidence.ts';
import { type FoundModule, findModules } from './modules.ts';
import { type KnownParameters, knowParameters } from './parameters.ts';
import type { GradeRequest } from './request.ts';
import { type ModuleLook, rolesOf } from './roles.ts';
import { type FoundWord, optOutsIn, seemsToLock, usesOf } from './source-text.ts';
import type { Steps } from './steps.ts';
import { undefinedSymbols } from './symbols.ts';

export interface Recognised {
  readonly evidence: ModuleEvidence;
  readonly parameters: KnownParameters;
  /** Absent where it was not built. */
  readonly built?: {
    readonly name: string;
    /** As it was compiled, with the compatibility header where it took that. */
    readonly source: ModuleSource;
    ko(): Promise<Uint8Array>;
  };
}

/** What a step `build:<module>` comes to. */
interface BuildStep {
  readonly build: ModuleEvidence['build'];
  readonly licence: string;
  readonly symbols: readonly string[];
  readonly parameters: KnownParameters;
}

const nothingKnown: KnownParameters = { params: {}, ambiguous: [], unrecognised: [], lockValues: {} };

export interface Recognition {
  readonly modules: readonly Recognised[];
  /** What of the submission was not looked at, in sentences. */
  readonly unread: readonly string[];
}

/** Undefined where this computer could not build one of them: roles are told by comparing all. */
export async function recognise(
  context: Context,
  request: GradeRequest,
  steps: Steps,
): Promise<Recognition | undefined> {
  const { modules: all, files, unread } = findModules(request.files);
  const makefiles = makefilesOf(files);
  const made: { module: FoundModule; step: BuildStep; look: ModuleLook; built?: Recognised['built'] }[] = [];
  for (const module of all) {
    const { source, id, name } = module;
    let fresh: Uint8Array | undefined;
    const step = await steps.take(`build:${id}`, 'build', async () => {
      const { step, ko } = await buildStep(context, request, module);
      fresh = ko;
      return step;
    });
    if (step === undefined) return undefined;
    await othersFirst();
    const look = lookOf(module, step);
    if (source === undefined || step.build.status !== 'built') {
      made.push({ module, step, look });
      continue;
    }
    const compiled = step.build.compatibility ? await withCompatibility(source) : source;
    // Of a step that an earlier process finished the cache has the file, or the builder makes the same again.
    const ko = async () => {
      fresh ??= (await compile(context, compiled, request.stock, request)).ko;
      return fresh;
    };
    made.push({ module, step, look, built: { name, source: compiled, ko } });
  }
  const known = rolesOf(
    made.map(({ look }) => look),
    request.settings,
  );
  const modules: Recognised[] = [];
  for (const { module, step, built } of made) {
    await othersFirst();
    modules.push({
      evidence: {
        name: module.id,
        files: module.source === undefined ? [] : ownFiles(module.source),
        roles: known.get(module.id)?.roles ?? [],
        why: known.get(module.id)?.why ?? '',
        ...(module.source?.notes.length ? { notes: module.source.notes } : {}),
        build: step.build,
        parameters: { ...step.parameters.params },
        ambiguous: step.parameters.ambiguous,
        unrecognised: step.parameters.unrecognised,
        licence: step.licence,
        symbols: step.symbols,
        optOuts: optOutsIn(new Map([...namedAsKnown(module.source), ...makefiles])),
        forbidden: forbiddenIn(module.source, step.symbols, request.settings.forbiddenSymbols),
      },
      parameters: step.parameters,
      ...(built === undefined ? {} : { built }),
    });
  }
  return { modules, unread };
}

/** To look through the megabytes of a module takes a while, and through those of all of them no machine would be heard. */
const othersFirst = () => setImmediate();

async function buildStep(
  context: Context,
  request: GradeRequest,
  { source, problem }: FoundModule,
): Promise<{ step: BuildStep; ko?: Uint8Array }> {
  const failed = (build: BuildStep['build']): BuildStep => ({
    build,
    licence: '',
    symbols: [],
    parameters: nothingKnown,
  });
  if (source === undefined) {
    const build = failedBuild(problem);
    if (build === undefined) throw problem ?? new TypeError('a module without source has a problem');
    return { step: failed(build) };
  }
  const { build, module } = await tryBuild(context, source, request.stock, request);
  if (module === undefined) return { step: failed(build) };
  const modinfo = readElf(module.ko).section('.modinfo');
  const parameters = readParameters(modinfo === undefined ? [] : readStrings(modinfo));
  const step = {
    build,
    licence: readModuleInfo(module.ko, `${module.name}.ko`).license ?? '',
    symbols: undefinedSymbols(module.ko),
    parameters: knowParameters(parameters, request.settings),
  };
  return { step, ko: module.ko };
}

/** Files of the build by the names that the student knows, ours left out. */
function namedAsKnown(source: ModuleSource | undefined): Map<string, Uint8Array> {
  return new Map(
    [...(source?.files ?? [])]
      .filter(([name]) => /\.[ch]$/.test(name))
      .map(([name, content]) => [source?.originals.get(name) ?? name, content]),
  );
}

/** Locks of the kernel's that are made in the module itself, so that its object file asks for no symbol of them. */
const inlineLocks = ['bit_spin_lock', 'bit_spin_trylock', 'hlist_bl_lock', 'arch_spin_lock'];

function forbiddenIn(
  source: ModuleSource | undefined,
  symbols: readonly string[],
  patterns: readonly string[],
): FoundWord[] {
  if (patterns.length === 0) return [];
  const used = symbols.filter((symbol) => keeper(patterns)(symbol));
  return usesOf(namedAsKnown(source), [...used, ...inlineLocks]);
}

/** Never used, but what is asked for in them was asked for. */
const makefilesOf = (files: GradeRequest['files']) =>
  [...files]
    .filter(([name]) => /(?:^|\/)(?:Kbuild|GNUmakefile|[Mm]akefile)$/.test(name))
    .map(([name, content]): [string, Uint8Array] => [name, beginningOf(content)]);

const ownFiles = (source: ModuleSource) => [...namedAsKnown(source).keys()].sort();

/** What is compiled: the other files of a folder are there for their headers, or belong to another module. */
function compiledFiles({ files }: ModuleSource): string[] {
  const kbuild = Buffer.from(files.get('Kbuild') ?? []).toString('utf8');
  const objects = [...kbuild.matchAll(/(?<=[\s=])([^\s=]+)\.o\b/g)].map(([, object]) => `${object}.c`);
  return objects.filter((name) => files.has(name));
}

function lookOf({ id, name, source }: FoundModule, { build, parameters }: BuildStep): ModuleLook {
  const compiled = source === undefined ? [] : compiledFiles(source);
  return {
    id,
    name,
    sources: compiled.map((file) => source?.originals.get(file) ?? file),
    ...(build.status === 'built' ? { parameters } : {}),
    locks: seemsToLock(compiled.flatMap((file) => source?.files.get(file) ?? [])),
  };
}
