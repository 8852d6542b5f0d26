import type { CatalogueEntry } from '../errors.ts';

/** One mistake in lab3.yaml; line and column from 1. */
export interface ConfigProblem {
  readonly line: number;
  readonly column: number;
  /** Setting, e.g. `module.params.lock`. */
  readonly path?: string;
  /** As shown: bounded and quoted. */
  readonly value?: string;
  readonly allowed?: string;
  readonly nearest?: string;
  readonly text: string;
}

const wanted = (p: { allowed?: string | undefined; nearest?: string | undefined }) =>
  `${p.allowed === undefined ? '' : `; allowed: ${p.allowed}`}${p.nearest === undefined ? '' : `; did you mean ${p.nearest}?`}`;

const locate = (file: string, p: ConfigProblem) => `${file}:${p.line}:${p.column}: ${p.text}${wanted(p)}`;

/** Mistakes of a file, one on each line. */
export const listProblems = (p: { file: string; problems: readonly ConfigProblem[]; more?: number }) =>
  `${p.problems.map((problem) => locate(p.file, problem)).join('\n')}${p.more ? `\nand ${p.more} more` : ''}`;

/** Mistakes in lab3.yaml, in flags, and in files a person hands us. */
export const usageErrors = {
  ConfigInvalid: {
    fault: 'usage',
    title: 'A mistake in lab3.yaml',
    message: listProblems,
    hint: (p: { file: string; problems: readonly ConfigProblem[] }) =>
      `Correct ${p.file} at the lines named; a setting that is deleted gets its default.`,
  },
  ConfigTooLarge: {
    fault: 'usage',
    title: 'lab3.yaml is too large',
    message: (p: { file: string; chars: number; limit: number }) =>
      `${p.file} has ${p.chars} characters, and more than ${p.limit} are not read.`,
    hint: (p: { file: string }) =>
      `Move ${p.file} away and let \`lab3 setup\` write a new one; it needs two dozen lines.`,
  },
  FlagInvalid: {
    fault: 'usage',
    title: 'A flag has a value that is not allowed',
    message: (p: {
      flag: string;
      problem: string;
      value: string;
      allowed?: string | undefined;
      nearest?: string | undefined;
    }) => `${p.flag} ${p.problem}${wanted(p)}`,
    hint: (p: { flag: string; nearest?: string | undefined }) =>
      p.nearest === undefined ? `Give ${p.flag} a value that is allowed.` : `Write ${p.flag} ${p.nearest}.`,
  },
  ParameterNotFound: {
    fault: 'usage',
    title: 'The module has no such parameter',
    message: (p: { module: string; parameter: string; meaning: string; has: readonly string[] }) =>
      `lab3.yaml says that ${p.meaning} is the parameter ${p.parameter} of ${p.module}, which has ${p.has.length === 0 ? 'no parameters' : `only ${p.has.join(' ')}`}.`,
    hint: (p: { meaning: string; parameter: string }) =>
      `Correct module.params.${p.meaning} in lab3.yaml, or add module_param(${p.parameter}, …) to the module.`,
  },
  ParameterAmbiguous: {
    fault: 'usage',
    title: 'A parameter of the module cannot be told by its name',
    message: (p: { module: string; meaning: string; candidates: readonly string[] }) =>
      `In ${p.module} each of ${p.candidates.join(', ')} may be the parameter that means ${p.meaning}.`,
    hint: (p: { meaning: string; candidates: readonly string[] }) =>
      `Say which in lab3.yaml under module: params: {${p.meaning}: ${p.candidates[0] ?? 'NAME'}}.`,
  },
  LockNotSelectable: {
    fault: 'usage',
    title: 'The module has no parameter that chooses the lock',
    message: (p: { module: string; locks: readonly string[]; has: readonly string[] }) =>
      `Runs with ${p.locks.join(' and ')} were asked for, but none of the parameters of ${p.module} chooses the lock (${p.has.length === 0 ? 'it has none' : p.has.join(' ')}).`,
    hint: () =>
      'Name it in lab3.yaml under module: params: {lock: NAME}, or run what the module does as it is: `lab3 run --lock own`.',
  },
  ResultInvalid: {
    fault: 'usage',
    title: 'A result file cannot be used',
    message: (p: { file: string; path: string; value: string; problem: string }) =>
      `${p.file}: ${p.path} is ${p.value}: ${p.problem}.`,
    hint: () => 'Make it again with `lab3 run`; a result is not meant to be edited.',
  },
  ResultTooNew: {
    fault: 'usage',
    title: 'A result was written by a newer lab3',
    message: (p: { file: string; schema: string; known: string }) =>
      `${p.file} says ${p.schema}, and this lab3 reads ${p.known}.`,
    hint: () => 'Install a newer lab3, or make the result again with `lab3 run`.',
  },
  CommandLineInvalid: {
    fault: 'usage',
    title: 'The command line is not understood',
    message: (p: { problem: string; nearest?: string | undefined; command?: string | undefined }) =>
      `${p.problem}${p.nearest === undefined ? '' : ` (did you mean ${p.nearest}?)`}.`,
    hint: (p: { command?: string | undefined }) =>
      `\`lab3 ${p.command === undefined ? '' : `${p.command} `}--help\` shows what can be typed.`,
  },
  CacheNotOurs: {
    fault: 'usage',
    title: 'The cache folder holds other things',
    message: (p: { path: string }) =>
      `LAB3_CACHE is ${p.path}, a folder with files in it that lab3 did not make; it is left alone.`,
    hint: (p: { path: string }) =>
      `Name a folder that is empty or does not exist yet, such as LAB3_CACHE=${p.path.replace(/[\\/]+$/, '')}/lab3.`,
  },
  LabAbove: {
    fault: 'usage',
    title: 'This folder belongs to a lab above it',
    message: (p: { file: string; command: string }) =>
      `${p.file} names this folder as its module; \`lab3 ${p.command}\` here would begin another lab. Nothing was written.`,
    hint: (p: { file: string; command: string }) =>
      `Go to the folder of ${p.file} and run \`lab3 ${p.command}\` there; \`lab3 run\` and the like work in this one too.`,
  },
  FileInTheWay: {
    fault: 'usage',
    title: 'A file is in the way',
    message: (p: { path: string; more: number }) =>
      `${p.path}${p.more > 0 ? ` and ${p.more} more` : ''} would be overwritten; nothing was written.`,
    hint: () =>
      'Give another folder (`lab3 init FOLDER`), or move what is there away; `lab3 init --editor FOLDER` adds to sources that are there what an editor needs.',
  },
  WorkingFolderGone: {
    fault: 'usage',
    title: 'The working folder is gone',
    message: () => 'The folder in which this command was started has been removed.',
    hint: () => 'Go to a folder that exists and run the command again.',
  },
} satisfies Record<string, CatalogueEntry>;
