/** Times in the languages of Moodle, none of whose words are ours. */
import { expect, test } from 'vitest';
import { readWrittenTime } from '../../../grade/intake/people/written-time.ts';

const read = (text: string, zone = 'UTC') => {
  const instant = readWrittenTime(text, zone);
  return instant === undefined ? undefined : new Date(instant).toISOString().slice(0, 16);
};

test.each([
  'Wednesday, 18 September 2024, 9:33 PM',
  'Wednesday, September 18, 2024, 9:33 PM',
  'Mittwoch, 18. September 2024, 21:33',
  'Mittwoch, 18. September 2024, 21:33 Uhr',
  'среда, 18 сентября 2024, 21:33',
  'середа, 18 вересня 2024, 21:33',
  'mercredi 18 septembre 2024, 21:33',
  'Mercredi 18 septembre 2024 à 21 h 33',
  'miércoles, 18 de septiembre de 2024, 21:33',
  'miércoles, 18 de septiembre de 2024, 9:33 p. m.',
  'quarta-feira, 18 de setembro de 2024, 21:33',
  'mercoledì, 18 settembre 2024, 21:33',
  'środa, 18 września 2024, 21:33',
  'keskiviikko 18. syyskuuta 2024, 21.33',
  'onsdag den 18. september 2024 21:33',
  'dimecres, 18 de setembre 2024, 21:33',
  'Τετάρτη, 18 Σεπτεμβρίου 2024, 9:33 μ.μ.',
  '18 September 2024, 21:33',
])('%s', (text) => expect(read(text)).toBe('2024-09-18T21:33'));

test.each([
  ['Sunday, 1 December 2024, 12:05 AM', '2024-12-01T00:05'],
  ['dimanche 1 décembre 2024, 00:05', '2024-12-01T00:05'],
  // The same word for two months; the day of the week is of one language.
  ['czwartek, 7 listopada 2024, 21:33', '2024-11-07T21:33'],
  ['ponedjeljak, 7. listopada 2024., 21:33', '2024-10-07T21:33'],
  ['dijous, 18 d’abril 2024, 21:33', '2024-04-18T21:33'],
])('%s is %s', (text, expected) => expect(read(text)).toBe(expected));

test('by the clocks of the course, in summer and in winter', () => {
  expect(read('Mittwoch, 18. September 2024, 21:33', 'Europe/Berlin')).toBe('2024-09-18T19:33');
  expect(read('Mittwoch, 18. Dezember 2024, 21:33', 'Europe/Berlin')).toBe('2024-12-18T20:33');
});

test.each([
  '7 listopada 2024, 21:33',
  'Monday, 18 September 2024, 21:33',
  '18/09/24, 21:33',
  '18. 9. 2024, 21:33',
  'Wednesday, 18 Septober 2024, 9:33 PM',
  'Wednesday, 31 September 2024, 9:33 PM',
  'Wednesday, 18 September 2024, 9:33 xx',
  'Wednesday, 18 September 2024, 25:33',
  'Wednesday, 18 September 2024, 13:33 PM',
  'Wednesday, 18 September 2024',
  'พุธ, 18 กันยายน 2567, 21:33',
  '-',
  '',
  '9'.repeat(100_000),
])('no time: %j', (text) => expect(read(text)).toBeUndefined());
