/** The words of grading: rubrics, results and gradebooks agree on them. The names are permanent. */

/** What a criterion can look at. */
export const checkNames = [
  'builds',
  'warnings',
  'parameters',
  'threads',
  'total',
  'race-shown',
  'list',
  'own-lock',
  'no-race',
  'lock-misuse',
  'leaks',
  'early-unload',
  'reload',
  'nothing-left',
  'style',
  'report',
  'manual',
] as const;
export type CheckName = (typeof checkNames)[number];

/**
 * `fail` and `not_submitted` alone are worth nothing. `skipped`: what it needs did not pass, so it was not tried.
 * `inconclusive`: tried, and neither shown nor refuted. `review`: a person must look. `error`: not judged, by
 * this computer's doing or because `--only` named others.
 */
export const statuses = [
  'pass',
  'partial',
  'fail',
  'skipped',
  'inconclusive',
  'review',
  'error',
  'not_submitted',
] as const;
export type Status = (typeof statuses)[number];

/** What may be in doubt about a submission as a whole, whatever its criteria come to. */
export const doubts = ['identity-unclear', 'time-unclear', 'names-unclear'] as const;
export type Doubt = (typeof doubts)[number];

/** Who sees a criterion or a case, and when: Gradescope's words. */
export const visibilities = ['visible', 'after_due_date', 'after_published', 'hidden'] as const;
export type Visibility = (typeof visibilities)[number];

/** What a module is for in a submission: threads kept apart or not. */
export const roles = ['unlocked', 'locked'] as const;
export type Role = (typeof roles)[number];
