import type { CatalogueEntry } from '../errors.ts';
import { type ConfigProblem, listProblems } from './usage.ts';

/** Faults of what an instructor writes for grading. */
export const gradeErrors = {
  RubricInvalid: {
    fault: 'usage',
    title: 'A mistake in the rubric',
    message: listProblems,
    hint: (p: { file: string; problems: readonly ConfigProblem[] }) =>
      `Correct ${p.file} at the lines named and try it with \`lab3 grade --check-rubric\`; \`lab3 grade --new-rubric\` writes one with every setting explained.`,
  },
  DecisionsUnreadable: {
    fault: 'usage',
    title: 'The list of decisions cannot be read',
    message: (p: { file: string; why: string }) =>
      `The list of decisions ${p.file} cannot be read: ${p.why}.`,
    hint: () =>
      'Correct it, or export it anew as CSV with the first line `student,criterion,points,comment`, and repeat the command.',
  },
  DecisionsInvalid: {
    fault: 'usage',
    title: 'A mistake in the list of decisions',
    message: listProblems,
    hint: (p: { file: string; problems: readonly ConfigProblem[] }) =>
      `Correct ${p.file} at the rows and columns named: student, criterion, points, comment.`,
  },
} satisfies Record<string, CatalogueEntry>;
