/** Marks and statuses as people and gradebooks read them. */
import type { Tone } from '../../report/document.ts';
import type { StudentResult } from '../document.ts';
import type { Status } from '../names.ts';

/** At most three digits after the point, and none that say nothing. */
export function pointsText(points: number): string {
  return String(Math.round(points * 1000) / 1000);
}

/** The mark that goes into a gradebook: none while it is not final, which is never a zero. */
export function finalMark({ status, final }: Pick<StudentResult, 'status' | 'final'>): number | undefined {
  return status === 'review' || status === 'error' ? undefined : (final ?? undefined);
}

export const statusWords: Readonly<Record<Status, string>> = {
  pass: 'passed',
  partial: 'partly',
  fail: 'failed',
  skipped: 'not tried',
  inconclusive: 'inconclusive',
  review: 'to be reviewed',
  error: 'not judged yet',
  not_submitted: 'not handed in',
};

export const statusTones: Readonly<Record<Status, Tone>> = {
  pass: 'good',
  partial: 'unknown',
  fail: 'bad',
  skipped: 'unknown',
  inconclusive: 'unknown',
  review: 'unknown',
  error: 'unknown',
  not_submitted: 'bad',
};

export const markWords: Readonly<Record<StudentResult['status'], string>> = {
  graded: 'graded',
  review: 'to be reviewed',
  error: 'not judged yet',
  not_submitted: 'not handed in',
};

/** `2 days 3 h`, `45 min`: the two units that matter. */
export function delayText(seconds: number): string {
  const units = [
    { size: 86_400, one: ' day', many: ' days' },
    { size: 3_600, one: ' h', many: ' h' },
    { size: 60, one: ' min', many: ' min' },
  ];
  const first = units.findIndex(({ size }) => seconds >= size);
  if (first < 0) return `${Math.round(seconds)} s`;
  let left = seconds;
  const parts: string[] = [];
  for (const { size, one, many } of units.slice(first, first + 2)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count}${count === 1 ? one : many}`);
  }
  return parts.join(' ');
}
