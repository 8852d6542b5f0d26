/** Lists of whole numbers as people write them: `1,2,4,8`, `1..8`, `10..100 +10`, `1e3..1e6 x10`. */

/** More values than this on one axis are a slip of the keyboard, not a question. */
export const mostValues = 64;

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

const number = String.raw`[-+]?[\d_]{1,40}(?:\.0+)?(?:[eE]\+?\d{1,3})?`;
const single = new RegExp(`^${number}$`);
const range = new RegExp(`^(${number}) *\\.\\. *(${number})(?: *([x*+]) *(${number}))?$`);

/**
 * The numbers in ascending order, each once; or what is wrong, as it follows the option's name. A range goes from its
 * first number in steps of 1, or as `+10` or `x10` say, and ends where the next one would pass its last. It is counted
 * before it is made, so that `1..1e9` costs nothing.
 */
export function readIntegers(
  items: readonly string[],
  { min, max }: Bounds,
): { accepted: number[] } | { problem: string; item: string } {
  const found = new Set<number>();
  for (const item of items) {
    const values = valuesOf(item);
    if (values === undefined) return { item, problem: 'which is no number and no range' };
    if (typeof values === 'string') return { item, problem: values };
    const outside = values.find((value) => !(value >= min && value <= max));
    if (outside !== undefined) return { item, problem: `which is outside of ${min} to ${max}` };
    for (const value of values) found.add(value);
    if (found.size > mostValues) return { item, problem: tooMany };
  }
  return { accepted: [...found].sort((a, b) => a - b) };
}

const tooMany = `which makes more than ${mostValues} values`;

/** Undefined: not understood; a text: what is wrong with it. */
function valuesOf(item: string): number[] | string | undefined {
  if (single.test(item)) {
    const value = readInteger(item);
    return value === undefined ? undefined : [value];
  }
  const [, from, to, sign = '+', by = '1'] = range.exec(item) ?? [];
  const [first, last, step] = [from, to, by].map((text) => readInteger(text ?? ''));
  if (first === undefined || last === undefined || step === undefined) return undefined;
  if (first > last) return `which goes down: write ${last}..${first}`;
  if (sign === '+' ? step < 1 : step < 2 || first < 1) return 'which never gets to its end';
  const values: number[] = [];
  for (let value = first; value <= last; value = sign === '+' ? value + step : value * step) {
    values.push(value);
    if (values.length > mostValues) return tooMany;
  }
  return values;
}

/** Whole number in the ways people write one; undefined if it is none. Far out of range stays a number. */
export function readInteger(text: string): number | undefined {
  const plain = text.replaceAll(/(?<=\d)_(?=\d)/g, '');
  if (!/^[-+]?\d{1,40}(?:\.0*)?(?:[eE]\+?\d{1,3})?$/.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isInteger(value) || !Number.isFinite(value) ? value : undefined;
}
