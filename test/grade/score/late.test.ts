import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candidate } from '../../../grade/intake/submission.ts';
import { latenessOf, noTimesRemark } from '../../../grade/score/late.ts';
import { earnedOf, less, sumOf } from '../../../grade/score/points.ts';
import { score } from '../../../grade/score/score.ts';
import { candidate, evidence, rubricWith } from './sample.ts';

const of = (late: string) =>
  rubricWith(`assignment: {due: 2027-03-28T12:00, time_zone: Europe/Berlin}\nlate: ${late}\n`);
const days = of('{per: day, share: 0.1, grace_minutes: 15, most: 0.5, cut_off_days: 10}');

describe('lateness', () => {
  // The clocks were set forward in the night: noon in Berlin is 10:00 UTC.
  test.each([
    ['2027-03-27T23:00:00Z', undefined],
    ['2027-03-28T10:00:00Z', undefined],
    ['2027-03-28T10:00:01Z', { seconds: 1, share: 0 }],
    ['2027-03-28T10:15:00Z', { seconds: 900, share: 0 }],
    ['2027-03-28T10:15:01Z', { seconds: 901, share: 0.1 }],
    ['2027-03-29T10:00:00Z', { seconds: 86_400, share: 0.1 }],
    ['2027-03-29T10:00:01Z', { seconds: 86_401, share: 0.2 }],
    ['2027-03-31T10:00:00Z', { seconds: 3 * 86_400, share: 0.3 }],
    ['2027-04-06T10:00:00Z', { seconds: 9 * 86_400, share: 0.5 }],
    ['2027-04-07T10:00:01Z', { seconds: 10 * 86_400 + 1, share: 1 }],
    [undefined, undefined],
    ['yesterday', undefined],
  ])('handed in %s: %j', (at, expected) => {
    expect(latenessOf(days, at)).toEqual(expected);
  });

  test('by the hour', () => {
    const hours = of('{per: hour, share: 0.05, grace_minutes: 0, most: 1}');
    expect(latenessOf(hours, '2027-03-28T12:30:00Z')).toEqual({ seconds: 9000, share: 0.15 });
    expect(latenessOf(hours, '2029-03-28T12:30:00Z')?.share).toBe(1);
  });

  test('without a due time nothing is late', () => {
    expect(latenessOf(rubricWith('late: {share: 0.5}'), '2099-01-01T00:00:00Z')).toBeUndefined();
  });

  test('raw stays beside final', () => {
    const { submission } = candidate;
    const handedIn = (submittedAt: string) =>
      score(
        days,
        submission ? { ...candidate, submission: { ...submission, submittedAt } } : candidate,
        evidence(),
      );
    expect(handedIn('2027-03-30T09:00:00Z')).toMatchObject({
      late: { seconds: 169_200, share: 0.2 },
      raw: 100,
      penalty: 20,
      final: 80,
      provisional: 80,
      status: 'graded',
    });
    expect(handedIn('2027-03-28T09:00:00Z')).not.toHaveProperty('late');
    expect(handedIn('2027-05-28T09:00:00Z')).toMatchObject({ raw: 100, penalty: 100, final: 0 });
  });
});

describe('hand-in times that nobody knows', () => {
  const { submission, ...absent } = candidate;
  const handedIn = (submittedAt?: string, doubts: Candidate['doubts'] = []): Candidate => ({
    ...absent,
    doubts,
    ...(submission && { submission: { ...submission, ...(submittedAt && { submittedAt }) } }),
  });
  const known = handedIn('2027-03-28T09:00:00Z');
  const unknown = handedIn();

  test('are said once for the class', () => {
    // Whose time is in doubt waits for a person, and does not count as in time.
    const all = [known, unknown, unknown, handedIn(undefined, ['time-unclear']), absent];
    expect(noTimesRemark(days, all)).toBe(
      'No hand-in time is known of 2 of 4 submissions: they count as in time. A roster (--roster FILE) tells it by a column with times, which the rubric names as submission: {roster: {submitted: COLUMN}}; Moodle’s worksheet has one.',
    );
  });

  test('are not said where all are known, nothing is due, or lateness costs nothing', () => {
    expect(noTimesRemark(days, [known, absent])).toBeUndefined();
    expect(noTimesRemark(rubricWith('late: {share: 0.5}'), [unknown])).toBeUndefined();
    expect(noTimesRemark(of('{share: 0}'), [unknown])).toBeUndefined();
    expect(noTimesRemark(of('{most: 0}'), [unknown])).toBeUndefined();
    expect(noTimesRemark(of('{share: 0, cut_off_days: 3}'), [unknown])).toContain('1 of 1 submissions');
  });
});

describe('points', () => {
  test('are whole thousandths', () => {
    expect(earnedOf(10, 1 / 3)).toBe(3.333);
    expect(earnedOf(1, 0.0001)).toBe(0.001);
    expect(earnedOf(0, 1)).toBe(0);
    expect(sumOf([0.1, 0.2])).toBe(0.3);
    expect(less(0.3, 0.1)).toBe(0.2);
    expect(less(1, 2)).toBe(0);
  });

  test('sum in any order to the same', () => {
    const points = fc.integer({ min: 0, max: 100_000 }).map((one) => one / 1000);
    fc.assert(
      fc.property(fc.array(points), (all) => {
        expect(sumOf(all)).toBe(sumOf(all.toReversed()));
      }),
    );
  });
});
