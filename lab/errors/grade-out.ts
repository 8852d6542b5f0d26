import type { CatalogueEntry } from '../errors.ts';

/** Faults of what `lab3 grade` reads and writes of marks: its own document, gradebooks of course systems. */
export const gradeOutErrors = {
  GradesInvalid: {
    fault: 'usage',
    title: 'This is no document of marks',
    message: (p: { file: string; path: string; problem: string }) =>
      `${p.file} is no document of \`lab3 grade\`: ${p.path}: ${p.problem}.`,
    hint: () => 'Make it again with `lab3 grade`; a file that was changed by hand cannot be read.',
  },
  GradesTooNew: {
    fault: 'usage',
    title: 'The marks are of a newer lab3',
    message: (p: { file: string; schema: string; known: string }) =>
      `${p.file} says it is ${p.schema}; this lab3 knows ${p.known}.`,
    hint: () => 'Install a newer lab3, or grade again with `lab3 grade`.',
  },
  GradesFileBusy: {
    fault: 'computer',
    title: 'A file of the marks cannot be replaced',
    message: (p: { path: string; code: string }) =>
      `${p.path} cannot be replaced (${p.code}): another program has it open, or it is protected. The old files are as they were.`,
    hint: () =>
      'Close the program that has the file open, then run the same `lab3 grade` again: nothing is graded twice.',
  },
  GradebookUnreadable: {
    fault: 'usage',
    title: 'The gradebook’s text cannot be read',
    message: (p: { file: string; problem: string }) => `${p.file} cannot be read: ${p.problem}.`,
    hint: () =>
      'Download it again and give it to `lab3 grade` as it came; a spreadsheet may save it as “CSV UTF-8”.',
  },
  CanvasExportUnknown: {
    fault: 'usage',
    title: 'This is no export of a Canvas gradebook',
    message: (p: { file: string; missing: string; header: string }) =>
      `${p.file} has no ${p.missing} where Canvas writes one; its first line is ${p.header}.`,
    hint: () =>
      'In Canvas: Grades, Export, Export Entire Gradebook. Give that file to `--canvas` as it came.',
  },
  CanvasColumnAmbiguous: {
    fault: 'usage',
    title: 'Several columns could be this assignment',
    message: (p: { file: string; title: string; columns: string }) =>
      `${p.file} has several columns for “${p.title}”: ${p.columns}.`,
    hint: () => 'Write the whole of one of them, number included, as the assignment’s title in the rubric.',
  },
  MoodleWorksheetUnknown: {
    fault: 'usage',
    title: 'This is no grading worksheet of Moodle',
    message: (p: { file: string; missing: string; header: string }) =>
      `${p.file} has no ${p.missing} where Moodle writes one; its first line is ${p.header}.`,
    hint: () =>
      'In Moodle, with “Offline grading worksheet” among the assignment’s feedback types: Submissions, Actions, Download grading worksheet. Give that file to `--moodle` as it came.',
  },
} satisfies Record<string, CatalogueEntry>;
