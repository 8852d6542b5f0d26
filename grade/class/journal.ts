/** What has been found out about one submission so far, step by step. */
import { z } from 'zod';
import type { JournalKind } from '../../provision/journal.ts';

export const gradeJournal: JournalKind<{ step: string; json?: unknown }> = {
  schema: 'lab3.grade-journal/1',
  what: 'The journal of a submission',
  entry: z.object({ step: z.string(), json: z.unknown() }),
  sync: true,
};
