/** How far the assignment is when feedback is written. */
import type { Rubric } from '../rubric/rubric.ts';
import { lastHandIn } from '../score/late.ts';
import type { Phase } from './visibility.ts';

export interface Occasion {
  /** By the clock, in ms since 1970. */
  readonly now: number;
  /** One submission, as an autograder takes it: the feedback goes out at once, and nobody has given out marks. */
  readonly single: boolean;
  /** The instructor says that marks are given out. */
  readonly published: boolean;
}

/**
 * As in Gradescope the due date has passed when nothing can be handed in late any more. A rubric that names none has nothing
 * to wait for. The feedback of a class is written to be given out, so after that date its marks are.
 */
export function phaseAt(
  rubric: Pick<Rubric, 'assignment' | 'late'>,
  { now, single, published }: Occasion,
): Phase {
  if (published) return 'after_published';
  const last = lastHandIn(rubric);
  if (last !== undefined && now <= last) return 'now';
  return single ? 'after_due_date' : 'after_published';
}
