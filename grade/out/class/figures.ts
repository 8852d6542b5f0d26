/** The numbers that class.html draws: how marks spread, and what was lost most often. */
import type { Grades, StudentResult } from '../../document.ts';
import type { Status } from '../../names.ts';
import { finalMark } from '../words.ts';

export interface Bin {
  /** Marks from this one on, up to the next bin's; the last holds `to` itself too. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Final marks of what was handed in: who handed nothing in says nothing of how hard the exercise was. */
const marksOf = (students: readonly StudentResult[]): number[] =>
  students.flatMap((student) => (student.status === 'not_submitted' ? [] : (finalMark(student) ?? [])));

/** Marks in at most 12 equal steps of a round width. */
export function distribution({ assignment, students }: Pick<Grades, 'assignment' | 'students'>): Bin[] {
  const marks = marksOf(students);
  const most = Math.max(assignment.points, ...marks);
  if (most <= 0) return [];
  const width = roundWidth(most / 12);
  const count = Math.max(1, Math.ceil(most / width - 1e-9));
  const bins = Array.from({ length: count }, (_, at) => ({
    from: round(at * width),
    to: round((at + 1) * width),
    count: 0,
  }));
  for (const mark of marks) {
    const bin = bins[Math.min(count - 1, Math.floor(mark / width + 1e-9))];
    if (bin !== undefined) bin.count += 1;
  }
  return bins;
}

/** 1, 2 or 5 times a power of ten, no smaller than `least`. */
function roundWidth(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((each) => each * power >= least - 1e-9) ?? 10;
  return factor * power;
}

const round = (value: number) => Math.round(value * 1000) / 1000;

export interface Summary {
  readonly median?: number;
  readonly mean?: number;
  /** Students by the state of their mark. */
  readonly counts: Readonly<Record<StudentResult['status'], number>>;
}

export function summary(students: readonly StudentResult[]): Summary {
  const counts = { graded: 0, review: 0, error: 0, not_submitted: 0 };
  for (const { status } of students) counts[status] += 1;
  const marks = marksOf(students).sort((a, b) => a - b);
  if (marks.length === 0) return { counts };
  const [low = 0, high = 0] = [marks[(marks.length - 1) >> 1], marks[marks.length >> 1]];
  return {
    counts,
    median: (low + high) / 2,
    mean: marks.reduce((sum, each) => sum + each, 0) / marks.length,
  };
}

export const groups = ['pass', 'partial', 'lost', 'open'] as const;
export type Group = (typeof groups)[number];

/** Four groups that can be told apart at a glance. Nothing handed in is in none. */
export const groupOf: Readonly<Record<Status, Group | undefined>> = {
  pass: 'pass',
  partial: 'partial',
  fail: 'lost',
  skipped: 'lost',
  inconclusive: 'open',
  review: 'open',
  error: 'open',
  not_submitted: undefined,
};

export interface CriterionCounts {
  /** Place in the rubric, from 0. */
  readonly at: number;
  readonly title: string;
  readonly counts: Readonly<Record<Group, number>>;
}

/** The one that most students lost comes first. */
export function lostMost({ criteria, students }: Pick<Grades, 'criteria' | 'students'>): CriterionCounts[] {
  return criteria
    .map(({ title }, at) => {
      const counts: Record<Group, number> = { pass: 0, partial: 0, lost: 0, open: 0 };
      for (const student of students) {
        const status = student.criteria[at]?.status;
        const group = status === undefined ? undefined : groupOf[status];
        if (group !== undefined) counts[group] += 1;
      }
      return { at, title, counts };
    })
    .sort((a, b) => b.counts.lost - a.counts.lost || b.counts.partial - a.counts.partial || a.at - b.at);
}
