/** Which modules a submission has, each with its sources or why they could not be told. */
import { LabError } from '../../lab/errors.ts';
import type { ModuleSource } from '../../provision/builder/builder.ts';
import { nearestTop } from '../../provision/builder/nearest.ts';
import { type Survey, surveyOf } from '../../provision/builder/source.ts';
import { shown } from '../intake/refusal.ts';

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

export interface FoundModules {
  /** In the order in which the files name them. */
  readonly modules: readonly FoundModule[];
  /** Of the submission, what was looked at. */
  readonly files: Files;
  /** What was not, in sentences: a person has to look there. */
  readonly unread: readonly string[];
}

/** Never throws for what the files hold. */
export function findModules(submitted: Files): FoundModules {
  const near = nearestTop(submitted);
  const { files, originals } = plainPaths(near.files);
  const survey = surveyOf(folder, files);
  const names: (string | undefined)[] = survey.modules.slice(0, mostModules);
  const modules = (names.length === 0 ? [undefined] : names).map((wanted) => {
    const found = sourceOf(survey, wanted, originals);
    const name = found.source?.name ?? wanted?.replace(/^.*\//, '') ?? '';
    return { id: wanted ?? name, name, ...found };
  });
  return { modules, files: near.files, unread: [...near.unread, ...intricateIn(survey, originals)] };
}

function intricateIn({ intricate }: Survey, originals: ReadonlyMap<string, string>): string[] {
  if (intricate === undefined) return [];
  const file = shown(originals.get(intricate) ?? intricate);
  return [
    `${file} is too intricate to be read, so what is left of it and all Makefiles after it are ignored.`,
  ];
}

function sourceOf(
  survey: Survey,
  wanted: string | undefined,
  originals: ReadonlyMap<string, string>,
): Pick<FoundModule, 'source' | 'problem'> {
  try {
    const source = survey.sourceOf(wanted);
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
