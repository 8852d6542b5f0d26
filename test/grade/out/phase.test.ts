import { describe, expect, it } from 'vitest';
import { phaseAt } from '../../../grade/out/phase.ts';
import { rubricWith } from '../score/sample.ts';

const due = 'assignment: {due: 2027-03-28T12:00, time_zone: Europe/Berlin}\n';
const asked = (rubric: string, now: string, over: { single?: boolean; published?: boolean } = {}) =>
  phaseAt(rubricWith(rubric), { now: Date.parse(now), single: false, published: false, ...over });
const phases = (rubric: string, now: string) => [
  asked(rubric, now),
  asked(rubric, now, { single: true }),
  asked(rubric, now, { single: true, published: true }),
];

describe('the phase of a class, of one submission, and of one whose marks are given out', () => {
  // Noon in Berlin is 10:00 UTC that day: the clocks were set forward in the night.
  it.each([
    ['2027-03-28T09:59:59Z', 'now', 'now'],
    ['2027-03-28T10:00:00Z', 'now', 'now'],
    ['2027-03-28T10:00:01Z', 'after_published', 'after_due_date'],
  ])('at %s', (now, whole, one) => {
    const rubric = `${due}late: {grace_minutes: 0}\n`;
    expect(phases(rubric, now)).toEqual([whole, one, 'after_published']);
  });

  it('waits while something can still be handed in late', () => {
    const grace = `${due}late: {grace_minutes: 15}\n`;
    expect(asked(grace, '2027-03-28T10:15:00Z')).toBe('now');
    expect(asked(grace, '2027-03-28T10:15:01Z')).toBe('after_published');
    const days = `${due}late: {share: 0.1, grace_minutes: 15, cut_off_days: 3}\n`;
    expect(asked(days, '2027-03-31T10:00:00Z')).toBe('now');
    expect(asked(days, '2027-03-31T10:00:01Z', { single: true })).toBe('after_due_date');
  });

  it('has nothing to wait for without a due date', () => {
    expect(phases('', '1999-01-01T00:00:00Z')).toEqual([
      'after_published',
      'after_due_date',
      'after_published',
    ]);
  });
});
