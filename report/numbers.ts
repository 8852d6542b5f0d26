/** Numbers as a person reads them. Totals may pass 2^53 and stay whole numbers in decimal text. */
import type { Inline } from './document.ts';

/** `part / whole` in percent, as decimal text with `digits` after the point; rounded half away from zero. */
export function percent(part: bigint, whole: bigint, digits = 2): string | undefined {
  if (whole === 0n) return undefined;
  const scale = 10n ** BigInt(digits);
  const numerator = part * 100n * scale;
  const negative = numerator < 0n !== whole < 0n && numerator !== 0n;
  const size = absolute(whole);
  const rounded = (absolute(numerator) * 2n + size) / (size * 2n);
  const fraction = String(rounded % scale).padStart(digits, '0');
  return `${negative && rounded !== 0n ? '-' : ''}${rounded / scale}${digits === 0 ? '' : `.${fraction}`}`;
}

export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

const units = [
  { unit: 's', ns: 1e9 },
  { unit: 'ms', ns: 1e6 },
  { unit: 'µs', ns: 1e3 },
  { unit: 'ns', ns: 1 },
] as const;

/** The unit in which `ns` has at least one digit before the point. */
export function timeUnit(ns: number): { unit: string; ns: number } {
  return units.find((each) => ns >= each.ns) ?? units[3];
}

/** A duration with three or four significant digits, e.g. `48.3 ms`. */
export function duration(ns: number): { number: string; unit: string } {
  const { unit, ns: size } = timeUnit(ns);
  return { number: decimal(ns / size), unit };
}

/** Three or four significant digits without an exponent. */
export function decimal(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** Digits of the whole part in groups of three; numbers of four digits or fewer stay together. */
export function grouped(number: string, separator: string): string {
  const [whole = '', ...fraction] = number.split('.');
  const digits = whole.replace(/^-/, '');
  if (digits.length <= 4) return number.replace(/^-/, '\u2212');
  const sign = whole.startsWith('-') ? '\u2212' : '';
  return [sign + digits.replace(/\B(?=(\d{3})+$)/g, separator), ...fraction].join('.');
}

/** For formats that cannot set digits apart by style. */
export function plainNumber({ number, unit }: { readonly number: string; readonly unit?: string }): string {
  return `${grouped(number, '\u00a0')}${unit === undefined ? '' : `\u00a0${unit}`}`;
}

export const none: Inline = '–';
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
