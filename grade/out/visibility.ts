/** What a student may see of their own marks, and when. */
import type { CriterionResult, GradeDetail, Grades, StudentResult } from '../document.ts';
import type { Status, Visibility } from '../names.ts';

/** How far the assignment is: open, closed, or its marks given out. */
export const phases = ['now', 'after_due_date', 'after_published'] as const;
export type Phase = (typeof phases)[number];

/** Whether what has this visibility is shown in this phase. Gradescope's rule: `hidden` never is. */
export function isShown(visibility: Visibility, phase: Phase): boolean {
  if (visibility === 'hidden') return false;
  return visibility === 'visible' || phases.indexOf(visibility) <= phases.indexOf(phase);
}

export type SeenCriterion =
  /** Its status alone is known, not even its title. */
  | { readonly shown: false; readonly status: Status }
  | {
      readonly shown: true;
      readonly id: string;
      readonly title: string;
      readonly points: number;
      readonly status: Status;
      readonly earned: number | null;
      /** Absent where the sentence rests on what is hidden too. */
      readonly what?: string;
      readonly hint?: string;
      readonly details: readonly GradeDetail[];
      /** Details that are left out. */
      readonly hidden: number;
    };

export interface SeenStudent extends Pick<StudentResult, 'name' | 'status' | 'late' | 'submission'> {
  /** Absent while a part of the mark may not be seen yet: it could be told from the sum. */
  readonly total?: Pick<StudentResult, 'raw' | 'penalty' | 'final' | 'provisional'>;
  readonly criteria: readonly SeenCriterion[];
}

/** Reviews stay with the instructor; so do identities and the key. */
export function visibleTo(
  student: StudentResult,
  phase: Phase,
  { criteria }: Pick<Grades, 'criteria'>,
): SeenStudent {
  const { name, status, late, submission, raw, penalty, final, provisional } = student;
  const seen = student.criteria.map((result): SeenCriterion => {
    const criterion = criteria.find(({ id }) => id === result.id);
    if (criterion === undefined || !isShown(criterion.visibility, phase))
      return { shown: false, status: result.status };
    return seenCriterion(result, criterion.title, criterion.points, (detail) =>
      isShown(detail.visibility, phase),
    );
  });
  const whole = phase === 'after_published' || seen.every(({ shown }) => shown);
  return {
    name,
    status,
    ...(late && { late }),
    ...(submission && { submission }),
    ...(whole && { total: { raw, penalty, final, provisional } }),
    criteria: seen,
  };
}

/** A criterion's own sentence speaks of all its details, so it is left out with any of them. */
export function seenCriterion(
  { id, status, earned, what, hint, details: all }: CriterionResult,
  title: string,
  points: number,
  mayBeSeen: (detail: GradeDetail) => boolean,
): Extract<SeenCriterion, { shown: true }> {
  const details = all.filter(mayBeSeen);
  const hidden = all.length - details.length;
  // Advice about a fault that only a hidden case has would say what the case is.
  const advise = hint !== undefined && (hidden === 0 || details.some((detail) => detail.status !== 'pass'));
  return {
    shown: true,
    id,
    title,
    points,
    status,
    earned,
    ...(hidden === 0 && { what }),
    ...(advise && { hint }),
    details,
    hidden,
  };
}

/** What the instructor must know where feedback leaves out what will be shown later; a sentence, or none. */
export function keptBackNotes({ criteria, students }: Grades, phase: Phase): string[] {
  const details = students.flatMap((student) => student.criteria.flatMap((one) => one.details));
  const isLater = ({ visibility }: { readonly visibility: Visibility }) =>
    visibility !== 'hidden' && !isShown(visibility, phase);
  if (!criteria.some(isLater) && !details.some(isLater)) return [];
  return [
    phase === 'now'
      ? 'The feedback leaves out what the rubric shows after the due date: run the same command then, or with `--published` now.'
      : 'The feedback leaves out what the rubric shows once marks are given out: `--published` says that they are.',
  ];
}
