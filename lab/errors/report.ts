import type { CatalogueEntry } from '../errors.ts';

export const reportErrors = {
  ReportResultMissing: {
    fault: 'usage',
    title: 'There is no result to report',
    message: (p: { folder: string }) => `The folder ${p.folder} holds no result.json.`,
    hint: () => 'Make one with `lab3 run`, or name the folder that `lab3 run` wrote.',
  },
  ReportFileBusy: {
    fault: 'computer',
    title: 'A file of the report cannot be replaced',
    message: (p: { path: string; code: string }) =>
      `${p.path} cannot be replaced (${p.code}): another program has it open, or it is protected. The old report is as it was.`,
    hint: () => 'Close the program that has the file open, then run `lab3 report`.',
  },
  ReportPathUnsafe: {
    fault: 'module',
    title: 'A source file’s name cannot be kept in the report',
    message: (p: { path: string }) =>
      `The source file ${p.path} would lie outside the report folder on some system.`,
    hint: () => 'Rename the file: letters, digits, `.`, `_`, `-` and folders below the module’s own.',
  },
} satisfies Record<string, CatalogueEntry>;
