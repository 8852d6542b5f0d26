import type { CatalogueEntry } from '../errors.ts';

/** Reading what was handed in. What a single student did wrong is never an error here: it is said in the results. */
export const gradeIntakeErrors = {
  GradeFolderMissing: {
    fault: 'usage',
    title: 'There is nothing to grade at this place',
    message: (p: { folder: string; why: string }) => `${p.folder} cannot be graded: ${p.why}.`,
    hint: () =>
      'Name the folder that you downloaded from the course system, or one archive of it: `lab3 grade submissions/`.',
  },
  GradeFolderEmpty: {
    fault: 'usage',
    title: 'Nobody has handed anything in here',
    message: (p: { folder: string; passedOver: readonly string[] }) =>
      `${p.folder} holds no submission${p.passedOver.length === 0 ? '' : `; what is in it is none: ${p.passedOver.join(', ')}`}.`,
    hint: () =>
      'A submission is a folder, an archive (.zip, .tar, .tar.gz, .tar.xz) or a .c file, one or more for each student.',
  },
  NotASubmission: {
    fault: 'usage',
    title: 'This file is no submission',
    message: (p: { file: string }) => `${p.file} is neither a folder, an archive nor a .c file.`,
    hint: () => 'Name a folder, an archive (.zip, .tar, .tar.gz, .tar.xz) or a .c file.',
  },
  ClassArchiveRefused: {
    fault: 'usage',
    title: 'The archive of the class cannot be read',
    message: (p: { file: string; why: string }) => `${p.file} cannot be read: ${p.why}.`,
    hint: () => 'Download it again; or unpack it yourself and name the folder.',
  },
  ClassTooLarge: {
    fault: 'usage',
    title: 'The submissions are too large to be held together',
    message: (p: { folder: string; limit: string }) =>
      `The sources of the submissions in ${p.folder} are over the limit of ${p.limit} in all.`,
    hint: () => 'Grade the class in two folders.',
  },
  GradeFileUnreadable: {
    fault: 'computer',
    title: 'A file that was handed in cannot be read',
    message: (p: { file: string; why: string }) => `${p.file} cannot be read: ${p.why}.`,
    hint: () => 'Give yourself the right to read it (`chmod -R u+rX FOLDER`), then repeat the command.',
  },
  GradeInputMissing: {
    fault: 'usage',
    title: 'A file that the command names is none',
    message: (p: { file: string; why: string }) => `${p.file}: ${p.why}.`,
    hint: () =>
      'Name a file that exists, as the shell sees it from this folder; `lab3 grade --help` says what each option takes.',
  },
  GradescopeListUnreadable: {
    fault: 'usage',
    title: 'Gradescope’s list of submissions cannot be read',
    message: (p: { file: string; why: string }) =>
      `${p.file} says whose the folders are, and cannot be read: ${p.why}.`,
    hint: () => 'Export the submissions again; or take the file away, and the folders go by their own names.',
  },
  RosterUnreadable: {
    fault: 'usage',
    title: 'The roster cannot be read',
    message: (p: { file: string; why: string }) => `The roster ${p.file} cannot be read: ${p.why}.`,
    hint: () => 'Export it as CSV, with a first line that names the columns.',
  },
  RosterColumnMissing: {
    fault: 'usage',
    title: 'The roster has no such column',
    message: (p: { file: string; column: string; columns: readonly string[] }) =>
      `The roster ${p.file} has no column ${p.column}; its columns are ${p.columns.join(', ')}.`,
    hint: () => 'Name the columns in the rubric as the roster’s first line does.',
  },
} satisfies Record<string, CatalogueEntry>;
