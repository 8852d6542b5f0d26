/** What lateness costs. */
import type { Candidate } from '../intake/submission.ts';
import type { Rubric } from '../rubric/rubric.ts';
import { instantOf } from '../rubric/zone.ts';

export interface Lateness {
  readonly seconds: number;
  /** Of the mark, taken off. */
  readonly share: number;
}

const unitSeconds = { hour: 3600, day: 86_400 } as const;

/**
 * Undefined for what is in time, and where nobody knows. Within the grace it is late and costs nothing; after it each
 * day or hour begun counts, from the due time on.
 */
export function latenessOf(
  { assignment, late }: Pick<Rubric, 'assignment' | 'late'>,
  submittedAt: string | undefined,
): Lateness | undefined {
  if (assignment.due === undefined || submittedAt === undefined) return undefined;
  const due = instantOf(assignment.due, assignment.timeZone);
  const handedIn = Date.parse(submittedAt);
  if (due === undefined || Number.isNaN(handedIn)) return undefined;
  const seconds = Math.ceil((handedIn - due) / 1000);
  if (seconds <= 0) return undefined;
  if (seconds <= late.graceMinutes * 60) return { seconds, share: 0 };
  if (late.cutOffDays !== undefined && seconds > late.cutOffDays * unitSeconds.day)
    return { seconds, share: 1 };
  const begun = Math.ceil(seconds / unitSeconds[late.per]);
  // In thousandths, so that 3 × 0.1 is 0.3.
  const share = Math.round(begun * Math.round(late.share * 1000)) / 1000;
  return { seconds, share: Math.min(share, late.most) };
}

/** The last moment at which what is handed in counts, in ms since 1970; the end of the grace where nothing cuts it off. */
export function lastHandIn({ assignment, late }: Pick<Rubric, 'assignment' | 'late'>): number | undefined {
  const due = assignment.due === undefined ? undefined : instantOf(assignment.due, assignment.timeZone);
  if (due === undefined) return undefined;
  const seconds = Math.max(late.graceMinutes * 60, (late.cutOffDays ?? 0) * unitSeconds.day);
  return due + seconds * 1000;
}

/**
 * Said once for the class where lateness would cost something and nobody knows who was late: marks would look as if all had
 * been in time. A commit's time is no help: it is the student's word.
 */
export function noTimesRemark(
  { assignment, late }: Pick<Rubric, 'assignment' | 'late'>,
  candidates: readonly Candidate[],
): string | undefined {
  const isFree = late.cutOffDays === undefined && (late.share === 0 || late.most === 0);
  if (assignment.due === undefined || isFree) return undefined;
  const handedIn = candidates.filter(({ submission }) => submission !== undefined);
  const unknown = handedIn.filter(
    ({ submission, doubts = [] }) =>
      submission?.submittedAt === undefined && !doubts.includes('time-unclear'),
  );
  if (unknown.length === 0) return undefined;
  return `No hand-in time is known of ${unknown.length} of ${handedIn.length} submissions: they count as in time. A roster (--roster FILE) tells it by a column with times, which the rubric names as submission: {roster: {submitted: COLUMN}}; Moodle’s worksheet has one.`;
}
