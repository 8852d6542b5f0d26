import type { CatalogueEntry } from '../errors.ts';

/** Faults of what is asked of a class. */
export const gradeClassErrors = {
  GradeStudentUnknown: {
    fault: 'usage',
    title: 'Nobody of that name',
    message: (p: { key: string; known: readonly string[] }) =>
      `--only names "${p.key.slice(0, 100)}", and no student of this class has that key. There are ${p.known.slice(0, 8).join(', ')}${p.known.length > 8 ? ` and ${p.known.length - 8} more` : ''}.`,
    hint: () => 'Take the keys from class.html or results.json, e.g. `--only ivanov_ivan,petrova_anna`.',
  },
} satisfies Record<string, CatalogueEntry>;
