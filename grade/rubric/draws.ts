/** What a number may be drawn from, as it is written: `7`, `2..16`, `10_000..50_000 +1_000`, `[2, 4, 8]`. */
import { isScalar, isSeq, type Node } from 'yaml';
import { textOf } from '../../lab/config/syntax.ts';
import { quote } from '../../lab/options.ts';
import { readInteger } from '../../lab/ranges.ts';
import type { Draw } from './rubric.ts';
import { grouped, integer, offsetOf, resolved, type Shape } from './shape.ts';

const mostChoices = 64;
const range = /^([\d_eE+]{1,40}) *\.\. *([\d_eE+]{1,40}?)(?: *\+ *([\d_]{1,40}))?$/;

export function draw(min: number, max: number): Shape<Draw> {
  const allowed = `a whole number from ${min} to ${max}, a range as ${min}..${max}, or a list`;
  const inside = (value: number | undefined): value is number =>
    value !== undefined && value >= min && value <= max;
  const number = integer(min, max).schema;
  const single = (typed: string): number | undefined => {
    const value = readInteger(typed);
    return inside(value) ? value : undefined;
  };
  return {
    allowed,
    schema: {
      anyOf: [
        number,
        { type: 'string', pattern: String.raw`^[\d_eE+]+ *\.\. *[\d_eE+]+( *\+ *[\d_]+)?$` },
        { type: 'array', items: number, minItems: 1, maxItems: mostChoices },
      ],
    },
    read: (node, path, reader) => {
      const bad = (at: Node, typed: string, problem = '') => {
        reader.report(offsetOf(at), {
          path,
          value: quote(typed),
          allowed,
          text: `${path} is ${typed === '' ? 'empty' : quote(typed)}${problem}`,
        });
        return undefined;
      };
      if (isSeq(node)) {
        const items = (node.items as Node[]).map((item) => item && resolved(item, reader));
        if (items.length === 0 || items.length > mostChoices) {
          return bad(node, `${items.length} numbers`);
        }
        const values = items.map((item) => (isScalar(item) ? single(textOf(item).trim()) : undefined));
        const wrong = values.indexOf(undefined);
        const item = items[wrong];
        if (wrong >= 0) return bad(item ?? node, isScalar(item) ? textOf(item) : 'a list');
        return { oneOf: values.filter((value) => value !== undefined) };
      }
      if (!isScalar(node)) return bad(node, 'a section');
      const typed = textOf(node).trim();
      const only = single(typed);
      if (only !== undefined) return { oneOf: [only] };
      const [, first, last, by = '1'] = range.exec(typed) ?? [];
      const from = single(first ?? '');
      const to = single(last ?? '');
      const step = readInteger(by);
      if (from === undefined || to === undefined || step === undefined) return bad(node, typed);
      if (from > to) return bad(node, typed, `, which goes down: write ${to}..${from}`);
      if (step < 1) return bad(node, typed, ', which never gets to its end');
      return { from, to, step };
    },
    write: (value) => {
      if ('oneOf' in value) {
        const [only] = value.oneOf;
        return value.oneOf.length === 1 && only !== undefined
          ? grouped(only)
          : `[${value.oneOf.map(grouped).join(', ')}]`;
      }
      const { from, to, step } = value;
      return `${grouped(from)}..${grouped(to)}${step === 1 ? '' : ` +${grouped(step)}`}`;
    },
  };
}

/** How many different numbers can come of it. */
export function choices(value: Draw): number {
  return 'oneOf' in value ? value.oneOf.length : Math.floor((value.to - value.from) / value.step) + 1;
}

/** The one with number `at`, from 0. */
export function choice(value: Draw, at: number): number {
  return 'oneOf' in value ? (value.oneOf[at] ?? 0) : value.from + at * value.step;
}
