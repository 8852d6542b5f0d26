/** What a check answers, and how answers of cases become one. */
import type { GradeDetail, GradePlace } from '../document.ts';
import type { Evidence } from '../engine/evidence.ts';
import type { Status, Visibility } from '../names.ts';
import type { Criterion, Remark, Rubric } from '../rubric/rubric.ts';
import { introduced } from './words.ts';

export interface Question {
  readonly rubric: Rubric;
  readonly criterion: Criterion;
  readonly evidence: Evidence;
}

export interface Judgement {
  readonly status: Status;
  /** Of the points; null where there is nothing to count. */
  readonly share: number | null;
  /** In a sentence, without the numbers of hidden cases. */
  readonly what: string;
  readonly hint?: string;
  readonly details: readonly GradeDetail[];
}

export type Check = (question: Question) => Judgement;

type Rest = { readonly hint?: string | undefined; readonly details?: readonly GradeDetail[] };

function judgement(
  status: Status,
  share: number | null,
  what: string,
  { hint, details = [] }: Rest,
): Judgement {
  return { status, share, what, ...(hint === undefined ? {} : { hint }), details };
}

export const pass = (what: string, details: readonly GradeDetail[] = []): Judgement =>
  judgement('pass', 1, what, { details });

export const fail = (what: string, rest: Rest = {}): Judgement => judgement('fail', 0, what, rest);

/** This computer's doing, or ours: tried again, never a mark. */
export const failed = (what: string, details: readonly GradeDetail[] = []): Judgement =>
  judgement('error', null, what, { details });

export const review = (what: string, rest: Rest = {}): Judgement => judgement('review', null, what, rest);

export const inconclusive = ({ criterion }: Question, what: string, rest: Rest = {}): Judgement =>
  judgement('inconclusive', criterion.inconclusive, what, rest);

/** `pass`, `partial` or `fail`, as the share says. */
export function graded(share: number, what: string, rest: Rest = {}): Judgement {
  if (share >= 1) return pass(what, rest.details);
  return share <= 0 ? fail(what, rest) : judgement('partial', share, what, rest);
}

/** What a remark does to a case or a criterion: a person has to look, unless the rubric lets it pass as it is. */
export function opened({ rubric }: Question, remark: Remark): 'review' | 'inconclusive' {
  return rubric.review.includes(remark) ? 'review' : 'inconclusive';
}

export function open(question: Question, remark: Remark, what: string, rest: Rest = {}): Judgement {
  return opened(question, remark) === 'review' ? review(what, rest) : inconclusive(question, what, rest);
}

const strictness: readonly Visibility[] = ['visible', 'after_due_date', 'after_published', 'hidden'];

export function stricter(a: Visibility, b: Visibility): Visibility {
  return strictness[Math.max(strictness.indexOf(a), strictness.indexOf(b))] ?? 'hidden';
}

/** A detail that belongs to no case. */
export function detail(
  { criterion }: Question,
  status: Status,
  what: string,
  rest: { places?: readonly GradePlace[]; raw?: string } = {},
): GradeDetail {
  const { places = [], raw = '' } = rest;
  return {
    visibility: criterion.visibility,
    status,
    what,
    ...(places.length === 0 ? {} : { places: [...places] }),
    ...(raw === '' ? {} : { raw }),
  };
}

interface Words {
  /** Everything passed. */
  readonly all: string;
  /** The end of `3 of 4 cases …`. */
  readonly some: string;
  readonly hint: string;
}

/** The worst of its runs speaks for a case. */
const worst: readonly Status[] = ['fail', 'error', 'review', 'inconclusive', 'partial', 'pass'];

/** From details with a case each to the criterion, as its credit says. */
export function fromCases(question: Question, details: readonly GradeDetail[], words: Words): Judgement {
  const { criterion } = question;
  const cases = new Map<string, Status>();
  for (const { case: id = '', status } of details) {
    const known = cases.get(id);
    if (known === undefined || worst.indexOf(status) < worst.indexOf(known)) cases.set(id, status);
  }
  const count = (status: Status) => [...cases.values()].filter((one) => one === status).length;
  const total = cases.size;
  const passes = count('pass');
  const said = `${passes} of ${total} ${total === 1 ? 'case' : 'cases'} ${words.some}`;
  const rest = { hint: words.hint, details };
  const because = reason(details);
  const all = criterion.credit === 'all';
  if (all && count('fail') > 0) return fail(join(said, because), rest);
  if (count('error') > 0) return failed(join(said, because), details);
  if (count('review') > 0) return review(join(said, because), rest);
  if (passes === total) return pass(words.all, details);
  if (count('fail') === 0) {
    const share = all ? criterion.inconclusive : mean(passes, count('inconclusive'), total, criterion);
    return { ...inconclusive(question, join(said, because), rest), share };
  }
  return graded(mean(passes, count('inconclusive'), total, criterion), join(said, because), rest);
}

const mean = (passes: number, open: number, total: number, { inconclusive: share }: Criterion): number =>
  (passes + open * share) / total;

const join = (said: string, because: string) => `${said}. ${because}`;

/** What the first case that did not pass came to; of a hidden one only that there is one. */
function reason(details: readonly GradeDetail[]): string {
  const bad = details
    .filter(({ status }) => status !== 'pass')
    .sort((a, b) => worst.indexOf(a.status) - worst.indexOf(b.status));
  const shown = bad.find(({ visibility, status }) => visibility === 'visible' && status === bad[0]?.status);
  if (shown !== undefined) return introduced(shown);
  return `${bad.length === 1 ? 'The one that did not is' : 'Those that did not are'} hidden.`;
}
