/**
 * Shapes of values: each reads its part of a rubric, says what is wrong there, describes itself to editors and writes
 * itself. One description, so that the three cannot disagree.
 */
import { isAlias, isScalar, isSeq, type Node, stringify } from 'yaml';
import { type Report, textOf, type YamlDocument } from '../../lab/config/syntax.ts';
import { nearest } from '../../lab/nearest.ts';
import { quote } from '../../lab/options.ts';
import { readInteger } from '../../lab/ranges.ts';

export type JsonSchema = { readonly [key: string]: unknown };

export interface Reader {
  readonly document: YamlDocument;
  readonly report: Report;
  /** Where the value of each path stands, for mistakes that show later. */
  readonly offsets: Map<string, number>;
}

export interface Shape<T> {
  /** In words, for errors: `a whole number from 1 to 64`. */
  readonly allowed: string;
  readonly schema: JsonSchema;
  /** What stands for a value that is not written, if its parts have defaults. */
  readonly standard?: T;
  /** Undefined where it was reported what is wrong. `node` is no alias. */
  read(node: Node, path: string, reader: Reader): T | undefined;
  /** The value on one line, or the lines that stand below its key. */
  write(value: T): string | string[];
}

/** The node that is meant where one stands. */
export function resolved(node: Node, { document }: Reader): Node | undefined {
  return isAlias(node) ? node.resolve(document) : node;
}

export function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

interface Refused {
  /** What is wrong, as it follows “which”. */
  readonly problem?: string;
  readonly nearest?: string | undefined;
}

const refused: Refused = {};

/** A value on one line: `read` answers the value, or what is wrong as it follows the path. */
function scalar<T>(shape: {
  allowed: string;
  schema: JsonSchema;
  read: (text: string) => { value: T } | Refused;
  write: (value: T) => string;
}): Shape<T> {
  return {
    allowed: shape.allowed,
    schema: shape.schema,
    write: shape.write,
    read: (node, path, { report }) => {
      if (!isScalar(node)) {
        const text = `${path} is ${isSeq(node) ? 'a list' : 'a section'}, but it is a value itself`;
        report(offsetOf(node), { path, allowed: shape.allowed, text });
        return undefined;
      }
      const text = textOf(node).trim();
      const answer = shape.read(text);
      if ('value' in answer) return answer.value;
      const { problem, nearest: near } = answer;
      report(offsetOf(node), {
        path,
        value: quote(text),
        allowed: shape.allowed,
        ...(near === undefined ? {} : { nearest: near }),
        text: `${path} is ${text === '' ? 'empty' : quote(text)}${problem === undefined ? '' : `, which ${problem}`}`,
      });
      return undefined;
    },
  };
}

export function integer(min: number, max: number): Shape<number> {
  return scalar({
    allowed: `a whole number from ${min} to ${max}`,
    // `500_000` is a text to readers of YAML 1.2.
    schema: {
      anyOf: [
        { type: 'integer', minimum: min, maximum: max },
        { type: 'string', pattern: '^[0-9_]+$' },
      ],
    },
    read: (text) => {
      const value = readInteger(text);
      return value === undefined || value < min || value > max ? refused : { value };
    },
    write: grouped,
  });
}

/** With at most three digits after the point, as points have. */
export function decimal(min: number, max: number): Shape<number> {
  return scalar({
    allowed: `a number from ${min} to ${max} with at most three digits after the point`,
    schema: { type: 'number', minimum: min, maximum: max },
    read: (text) => {
      const value = /^\d{1,9}(?:\.\d{1,3}0*)?$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? { value } : refused;
    },
    write: String,
  });
}

export function word<const W extends readonly string[]>(words: W): Shape<W[number]> {
  return scalar<W[number]>({
    allowed: `one of ${words.join(' ')}`,
    schema: { enum: words },
    read: (text) => (words.includes(text) ? { value: text } : { nearest: nearest(text, words) }),
    write: (value) => value,
  });
}

export const flag: Shape<boolean> = scalar({
  allowed: 'true or false',
  schema: { type: 'boolean' },
  read: (text) => (/^(?:true|false)$/i.test(text) ? { value: /^t/i.test(text) } : refused),
  write: String,
});

/**
 * `check` answers true, false, or what is wrong with the text as it follows “which”; `known` are words that may be
 * meant where it is wrong.
 */
export function text(
  allowed: string,
  check: (text: string) => boolean | string,
  schema: JsonSchema = {},
  known: () => readonly string[] = () => [],
): Shape<string> {
  return scalar({
    allowed,
    // What stands there is taken as it is written: `0` and `yes` are words too.
    schema: { type: ['string', 'number', 'boolean'], ...schema },
    read: (typed) => {
      const answer = typed === '' ? false : check(typed);
      if (answer === true) return { value: typed };
      const near = nearest(typed, known());
      return { ...(typeof answer === 'string' ? { problem: answer } : refused), nearest: near };
    },
    // Quoted where it could be read as something else: by other readers of YAML too.
    write: (value) => stringify(value, { lineWidth: 0, singleQuote: true }).trimEnd(),
  });
}

export const matching = (allowed: string, pattern: RegExp): Shape<string> =>
  text(allowed, (typed) => pattern.test(typed), { pattern: pattern.source });

export const oneLine = (allowed: string, most = 200): Shape<string> =>
  text(allowed, (typed) => typed.length <= most && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(typed), {
    maxLength: most,
  });

/** `500_000`: easier to read, and YAML readers that do not know it read a text that we take as well. */
export function grouped(value: number): string {
  return value < 10_000 ? String(value) : String(value).replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, '_');
}
