import { describe, expect, test } from 'vitest';
import { instantOf, isTimeZone } from '../../../grade/rubric/zone.ts';

const iso = (text: string, zone: string) => {
  const instant = instantOf(text, zone);
  return instant === undefined ? undefined : new Date(instant).toISOString();
};

describe('local times', () => {
  test.each([
    ['2027-03-01T23:59', 'UTC', '2027-03-01T23:59:00.000Z'],
    ['2027-03-01T23:59', 'Europe/Moscow', '2027-03-01T20:59:00.000Z'],
    ['2027-01-15T12:00', 'America/New_York', '2027-01-15T17:00:00.000Z'],
    ['2027-07-15 12:00:30', 'America/New_York', '2027-07-15T16:00:30.000Z'],
    ['2027-01-15T12:00', 'Asia/Kathmandu', '2027-01-15T06:15:00.000Z'],
    ['2027-01-15T12:00+05:30', 'Europe/Moscow', '2027-01-15T06:30:00.000Z'],
    ['2027-01-15T12:00Z', 'Europe/Moscow', '2027-01-15T12:00:00.000Z'],
    // The hour that comes twice ends later, the hour that never comes as well.
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T01:30:00.000Z'],
    ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2028-02-29T00:00', 'UTC', '2028-02-29T00:00:00.000Z'],
  ])('%s in %s', (text, zone, expected) => {
    expect(iso(text, zone)).toBe(expected);
  });

  test.each([
    '2027-02-29T00:00',
    '2027-13-01T00:00',
    '2027-01-01',
    '2027-01-01T24:00',
    '2027-01-01T10:60',
    'now',
  ])('%s is none', (text) => {
    expect(iso(text, 'UTC')).toBeUndefined();
  });

  test('zones', () => {
    expect(['UTC', 'Europe/Moscow', 'Asia/Kolkata'].every(isTimeZone)).toBe(true);
    expect(['', '+03:00', 'Europe/Mosow', 'Europe Moscow'].some(isTimeZone)).toBe(false);
  });
});
