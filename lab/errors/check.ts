import type { CatalogueEntry } from '../errors.ts';

/** Faults of what `lab3 check` left behind and reads again. */
export const checkErrors = {
  CheckInvalid: {
    fault: 'usage',
    title: 'This is no document of a check',
    message: (p: { file: string; path: string; problem: string }) =>
      `${p.file} is no document of \`lab3 check\`: ${p.path}: ${p.problem}.`,
    hint: () => 'Make it again with `lab3 check`; a file that was changed by hand cannot be read.',
  },
  CheckTooNew: {
    fault: 'usage',
    title: 'The check is of a newer lab3',
    message: (p: { file: string; schema: string; known: string }) =>
      `${p.file} says it is ${p.schema}; this lab3 knows ${p.known}.`,
    hint: () => 'Install a newer lab3, or make the check again with `lab3 check`.',
  },
} satisfies Record<string, CatalogueEntry>;
