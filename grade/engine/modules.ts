/** Which modules a submission has, each with its sources or why they could not be told. */
import path from 'node:path';
import { LabError } from '../../lab/errors.ts';
import type { ModuleSource } from '../../provision/builder/builder.ts';
import { nearestTop } from '../../provision/builder/nearest.ts';
import { freeNames } from '../../provision/builder/plain-names.ts';
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
  const plain = plainPaths(near.files);
  const { files, originals } = plain;
  const survey = surveyOf(folder, files);
  const names: (string | undefined)[] = survey.modules.slice(0, mostModules);
  const modules = (names.length === 0 ? [undefined] : names).map((wanted) => {
    const found = sourceOf(survey, wanted, plain);
    const name = found.source?.name ?? wanted?.replace(/^.*\//, '') ?? '';
    return { id: wanted ?? name, name, ...found };
  });
  const unread = [...near.unread, ...intricateIn(survey, originals), ...tooMany(survey)];
  return { modules, files: near.files, unread };
}

function tooMany({ modules }: Survey): string[] {
  const left = modules.slice(mostModules);
  if (left.length === 0) return [];
  const named = left
    .slice(0, 5)
    .map((name) => shown(name))
    .join(', ');
  const more = left.length > 5 ? ` and ${left.length - 5} more` : '';
  return [
    `There are ${modules.length} modules: the first ${mostModules} are looked at, not ${named}${more}.`,
  ];
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
  { originals, numbered }: PlainPaths,
): Pick<FoundModule, 'source' | 'problem'> {
  try {
    const source = survey.sourceOf(wanted);
    const known = [...source.files.keys()].flatMap((name): [string, string][] => {
      const plain = source.originals.get(name) ?? name;
      const original = originals.get(plain) ?? plain;
      return original === name ? [] : [[name, original]];
    });
    const notes = known.flatMap(([name, original]) => {
      if (!numbered.has(source.originals.get(name) ?? name)) return [];
      const why = 'kbuild refuses its name, and the one nearest to it is taken';
      return [`${original} goes into the build as ${name}: ${why}`];
    });
    return { source: { ...source, originals: new Map(known), notes: [...source.notes, ...notes] } };
  } catch (error) {
    if (!(error instanceof LabError) || (error.fault !== 'module' && error.fault !== 'usage')) throw error;
    return { problem: error };
  }
}

interface PlainPaths {
  readonly files: Files;
  /** Path in `files` → path as it was handed in, where they differ. */
  readonly originals: ReadonlyMap<string, string>;
  /** Paths in `files` that have a number, since another file or folder has the nearest name. */
  readonly numbered: ReadonlySet<string>;
}

/** kbuild refuses spaces and other signs in paths; a folder called `lab 1` is no fault of the module's. */
function plainPaths(submitted: Files): PlainPaths {
  const files = new Map<string, Uint8Array>();
  const originals = new Map<string, string>();
  const numbered = new Set<string>();
  // Folders as well: what lies in `lab 1` stays together, apart from what lies in `lab_1`.
  const names = new Set([...submitted.keys()].flatMap(withFolders));
  const plainOf = new Map([...names].filter((name) => plainName(name) === name).map((name) => [name, name]));
  const taken = new Set(plainOf.values());
  const freeName = freeNames((name) => taken.has(name));
  for (const [name, content] of [...submitted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    let above = '';
    for (const part of withFolders(name)) {
      const wanted = path.posix.join(above, plainName(path.posix.basename(part)));
      above = plainOf.get(part) ?? freeName(wanted);
      plainOf.set(part, above);
      taken.add(above);
    }
    files.set(above, content);
    if (above !== name) originals.set(above, name);
    if (above !== plainName(name)) numbered.add(above);
  }
  return { files, originals, numbered };
}

const plainName = (name: string) => name.replace(/[^\p{L}\p{N}._+/-]+/gu, '_');

/** `a`, `a/b`, `a/b/c.c`. */
function withFolders(name: string): string[] {
  const parts = name.split('/');
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}
