/** What a sweep has done so far, run by run. */
import { type SweepRun, sweepRunSchema } from '../../lab/sweep/document.ts';
import type { JournalKind } from '../journal.ts';

/** A run takes a second: who loses the last ones with the computer's power makes them again. */
export const sweepJournal: JournalKind<SweepRun> = {
  schema: 'lab3.sweep-journal/2',
  what: 'The journal of the sweep',
  entry: sweepRunSchema,
  sync: false,
};
