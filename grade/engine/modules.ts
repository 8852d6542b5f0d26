/** Which modules a submission has, each with its sources or why they could not be told. */
import { LabError } from '../../lab/errors.ts';
import type { ModuleSource } from '../../provision/builder/builder.ts';
import { moduleSourceOf, modulesIn } from '../../provision/builder/source.ts';

export interface FoundModule {
  /** Unique in the submission; two modules of one name have their folders before it. */
  readonly id: string;
  /** As insmod and rmmod know it. */
  readonly name: string;
  readonly source?: ModuleSource;
  /** Why its sources could not be told, as the catalogue says it. */
  readonly problem?: LabError;
}

type Files = ReadonlyMap<string, Uint8Array>;

const mostModules = 12;
/** What messages call the place of the files. */
const folder = 'the submission';

/** In the order in which the files name them. Never throws for what the files hold. */
export function findModules(submitted: Files): FoundModule[] {
  const { files, originals } = plainPaths(submitted);
  const names: (string | undefined)[] = modulesIn(files).slice(0, mostModules);
  return (names.length === 0 ? [undefined] : names).map((wanted) => {
    const found = sourceOf(files, wanted, originals);
    const name = found.source?.name ?? wanted?.replace(/^.*\//, '') ?? '';
    return { id: wanted ?? name, name, ...found };
  });
}

function sourceOf(
  files: Files,
  wanted: string | undefined,
  originals: ReadonlyMap<string, string>,
): Pick<FoundModule, 'source' | 'problem'> {
  try {
    const source = moduleSourceOf(folder, files, wanted);
    const known = [...source.files.keys()].flatMap((name): [string, string][] => {
      const plain = source.originals.get(name) ?? name;
      const original = originals.get(plain) ?? plain;
      return original === name ? [] : [[name, original]];
    });
    return { source: { ...source, originals: new Map(known) } };
  } catch (error) {
    if (!(error instanceof LabError) || (error.fault !== 'module' && error.fault !== 'usage')) throw error;
    return { problem: error };
  }
}

/** kbuild refuses spaces and other signs in paths; a folder called `lab 1` is no fault of the module's. */
function plainPaths(submitted: Files): { files: Files; originals: ReadonlyMap<string, string> } {
  const files = new Map<string, Uint8Array>();
  const originals = new Map<string, string>();
  for (const name of [...submitted.keys()].sort()) {
    const content = submitted.get(name) ?? new Uint8Array();
    const plain = name.replace(/[^\p{L}\p{N}._+/-]+/gu, '_');
    const free = plain === name || (!submitted.has(plain) && !files.has(plain));
    if (!free) continue;
    files.set(plain, content);
    if (plain !== name) originals.set(plain, name);
  }
  return { files, originals };
}
