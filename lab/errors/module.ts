import type { CatalogueEntry } from '../errors.ts';
import type { Diagnostic } from '../result.ts';

const some = (names: readonly string[]) =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');

/** Faults of the module: its source, its build, its behaviour in the kernel. */
export const moduleErrors = {
  NoModuleSource: {
    fault: 'usage',
    title: 'No module source found',
    message: (p: { folder: string; why: string }) => `No kernel module was found in ${p.folder}: ${p.why}.`,
    hint: () =>
      'Name the folder that holds the .c files with --module FOLDER; `lab3 init` writes a skeleton.',
  },
  SeveralSources: {
    fault: 'usage',
    title: 'Which file is the module?',
    message: (p: { folder: string; files: readonly string[] }) =>
      `${p.folder} has several .c files and no Makefile that says which make up the module: ${some(p.files)}.`,
    hint: (p: { folder: string; files: readonly string[] }) =>
      `Add a file Makefile with one line, e.g. \`obj-m := ${stem(p.files[0] ?? 'lab3.c')}.o\`; for a module of several files also \`NAME-y := a.o b.o\`.`,
  },
  SeveralModules: {
    fault: 'usage',
    title: 'Which module is meant?',
    message: (p: { folder: string; modules: readonly string[]; wanted?: string }) =>
      p.wanted === undefined
        ? `The Makefile in ${p.folder} makes several modules: ${some(p.modules)}.`
        : `The Makefile in ${p.folder} makes no module ${p.wanted}; it makes ${some(p.modules)}.`,
    hint: () => 'Leave one name in obj-m, or point --module at a folder that holds the one to run.',
  },
  ModuleObjectWithoutSource: {
    fault: 'module',
    title: 'The Makefile names a file that is not there',
    message: (p: { makefile: string; object: string; source: string; files: readonly string[] }) =>
      `${p.makefile} names ${p.object}, but there is no ${p.source}. The .c files are: ${some(p.files)}.`,
    hint: (p: { makefile: string; source: string; files: readonly string[] }) => {
      const [only = '', ...others] = p.files;
      // kbuild takes no blanks and brackets, so that no name in the Makefile can stand for such a file.
      const odd = others.length === 0 && /[^\w./+-]/.test(only);
      const to = /[^\w./+-]/.test(p.source) ? 'lab3.c' : p.source;
      return odd
        ? `Rename “${only}” to ${to}, and write \`obj-m := ${stem(to)}.o\` in ${p.makefile}: names of sources have no blanks or brackets.`
        : `Mend the name in ${p.makefile}: paths in obj-m and NAME-y are relative to the folder of that file.`;
    },
  },
  ModuleNamedModule: {
    fault: 'module',
    title: 'A module cannot be called "module"',
    message: (p: { folder: string }) =>
      `The module in ${p.folder} is called module: the kernel has a built-in part of that name and refuses module.ko at every load.`,
    hint: () => 'Rename module.c, e.g. to lab3.c, and write `obj-m := lab3.o` in the Makefile.',
  },
  ModuleNameInvalid: {
    fault: 'module',
    title: 'This name cannot be a module name',
    message: (p: { folder: string; name: string }) =>
      `The module in ${p.folder} is called "${p.name}"; a module name has 1 to 55 letters a-z, digits, _ and -.`,
    hint: () => 'Rename the .c file, e.g. to lab3.c, and write `obj-m := lab3.o` in the Makefile.',
  },
  SourceTooLarge: {
    fault: 'module',
    title: 'The source is too large',
    message: (p: { folder: string; what: string; limit: string }) =>
      `In ${p.folder}, ${p.what} is above the limit of ${p.limit}.`,
    hint: () => 'Point --module at the folder of the module alone, without other projects or data in it.',
  },
  ModuleDoesNotCompile: {
    fault: 'module',
    title: 'The module does not compile',
    message: (p: {
      module: string;
      kernel: string;
      errors: number;
      first?: string;
      advice?: readonly string[];
      /** All that the compiler said, for who shows more than the first. */
      diagnostics?: readonly Diagnostic[];
    }) =>
      `${p.module} does not compile against Linux ${p.kernel}: ${count(p.errors)}${p.first ? `, the first: ${p.first}` : ''}.`,
    hint: (p: { advice?: readonly string[] }) =>
      p.advice && p.advice.length > 0
        ? p.advice.join('\n')
        : "Mend the first error and run `lab3 build` again; the compiler's own lines are below.",
  },
  MissingLicense: {
    fault: 'module',
    title: 'The module has no MODULE_LICENSE',
    message: (p: { module: string }) =>
      `${p.module} does not name its licence, and kbuild refuses such a module ("missing MODULE_LICENSE()").`,
    hint: () => 'Add one line to the .c file, at its end: MODULE_LICENSE("GPL");',
  },
  BuildTooSlow: {
    fault: 'module',
    title: 'The build does not end',
    message: (p: { module: string; seconds: number }) =>
      `The build of ${p.module} was stopped after ${p.seconds} s; a module of this size takes a few.`,
    hint: () => 'Look for a file that includes itself, or for macros that expand without end.',
  },
  BuildFloods: {
    fault: 'module',
    title: 'The build prints without end',
    message: (p: { module: string; mebibytes: number }) =>
      `The build of ${p.module} was stopped after ${p.mebibytes} MiB of messages.`,
    hint: () => 'Mend the first error below: the rest follows from it.',
  },
  BuildOutOfMemory: {
    fault: 'module',
    title: 'The compiler ran out of memory',
    message: (p: { module: string; mebibytes: number }) =>
      `The compiler needed more than ${p.mebibytes} MiB for ${p.module} and was stopped.`,
    hint: () => 'Look for very large arrays with initialisers, or macros that expand into millions of lines.',
  },
  ModuleFailed: {
    fault: 'module',
    title: 'The module is at fault',
    message: (p: { module: string; sentences: readonly string[]; advice?: readonly string[] }) =>
      `${p.module} did not do what the exercise asks:\n${p.sentences.join('\n')}`,
    hint: (p: { advice?: readonly string[] }) =>
      p.advice && p.advice.length > 0
        ? p.advice.join('\n')
        : 'Mend the module and run `lab3 run` again; lab3-report/dmesg.txt has the whole log.',
  },
} satisfies Record<string, CatalogueEntry>;

const stem = (file: string) => file.replace(/\.c$/, '');
const count = (errors: number) => (errors === 1 ? '1 error' : `${errors} errors`);
