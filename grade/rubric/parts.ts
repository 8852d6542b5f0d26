/** Shapes that several sections of a rubric have. */
import { visibilities } from '../names.ts';
import { list } from './list.ts';
import { decimal, matching, oneLine, word } from './shape.ts';

export const mostPattern = 200;
export const patterns = list(oneLine('a pattern such as *.c or src/**/*.h', mostPattern), {
  most: 100,
  what: 'patterns',
});
export const name = matching('a name: small letters, digits and -', /^[a-z][a-z0-9-]{0,39}$/);
export const share = decimal(0, 1);
export const visibility = word(visibilities);
