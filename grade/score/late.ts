/** What lateness costs. */
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
