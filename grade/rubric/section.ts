/** Sections: named fields, each with its shape, its default and what it means. */
import { isMap, isScalar, type Node, type ParsedNode } from 'yaml';
import { isEmpty, textOf } from '../../lab/config/syntax.ts';
import { nearest } from '../../lab/nearest.ts';
import { quote } from '../../lab/options.ts';
import { type JsonSchema, offsetOf, type Reader, resolved, type Shape } from './shape.ts';

export interface Field<T> {
  readonly shape: Shape<T>;
  /** What it is, in a sentence or two: a comment of a new rubric, and an editor's help. */
  readonly hint: string;
  /** Absent: the shape's own, or the field may be missing. */
  readonly standard?: T;
  readonly required?: true;
  /** Missing where it is not written, even if the shape has a default of its own. */
  readonly optional?: true;
  /** Written into a new rubric as a comment where there is no default. */
  readonly example?: string;
}
export type Fields<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> };

interface SectionOptions {
  /** Whether each field has its hint above it in a new rubric; for items of a list once is enough. */
  readonly comments?: boolean;
  /** Whether fields that have their default are left out. */
  readonly brief?: boolean;
}

/** Names of fields are those of the type, written as in YAML: `nThreads` is `n_threads`. */
export function section<T extends object>(fields: Fields<T>, options: SectionOptions = {}): Shape<T> {
  const entries = Object.entries(fields) as [string, Field<unknown>][];
  const byName = new Map(entries.map(([key, field]) => [snake(key), { key, ...field }]));
  const names = [...byName.keys()];
  const allowed = `a section with ${names.join(' ')}`;
  const standard = standardsOf<T>(entries);
  return {
    allowed,
    schema: sectionSchema(entries),
    ...(standard === undefined ? {} : { standard }),
    read: (node, path, reader) => {
      if (!isMap(node)) {
        const text = `${path} is a section: its settings are written below it, indented by two spaces`;
        reader.report(offsetOf(node), { path, allowed: `one or more of ${names.join(' ')}`, text });
        return undefined;
      }
      const value: Record<string, unknown> = {};
      const seen = new Set<string>();
      let whole = true;
      for (const item of node.items as { key: ParsedNode | null; value: Node | null }[]) {
        const name = isScalar(item.key) ? textOf(item.key) : '';
        const field = byName.get(name);
        const at = item.key?.range?.[0] ?? offsetOf(node);
        if (field === undefined) {
          reportUnknown(name, path, names, at, reader);
          whole = false;
          continue;
        }
        const meant = item.value === null ? undefined : resolved(item.value, reader);
        if (meant === undefined || isEmpty(meant)) continue;
        const inner = path === '' ? name : `${path}.${name}`;
        reader.offsets.set(inner, item.value === null ? at : offsetOf(item.value));
        seen.add(name);
        const read = field.shape.read(meant, inner, reader);
        if (read === undefined) whole = false;
        else value[field.key] = read;
      }
      for (const [name, { required, shape, ...field }] of byName) {
        if (seen.has(name)) continue;
        if (required) {
          reader.report(offsetOf(node), {
            path,
            allowed: shape.allowed,
            text: `${path === '' ? 'the rubric' : path} has no ${name}`,
          });
          whole = false;
        }
        const filled = standardOf({ shape, ...field });
        if (filled !== undefined) value[field.key] = filled;
      }
      return whole ? (ordered(value, entries) as T) : undefined;
    },
    write: (value) => writeSection(value as Record<string, unknown>, entries, options),
  };
}

/** A section that has the same kind of value under each of `names`. */
export function record<const N extends readonly string[], T>(
  names: N,
  field: (name: N[number]) => Field<T>,
  options: SectionOptions = {},
): Shape<Readonly<Record<N[number], T>>> {
  const fields = Object.fromEntries(names.map((name) => [name, field(name)]));
  return section(fields as unknown as Fields<Record<N[number], T>>, options);
}

function reportUnknown(
  name: string,
  path: string,
  names: readonly string[],
  at: number,
  reader: Reader,
): void {
  const near = nearest(name, names);
  reader.report(at, {
    path: path === '' ? name : `${path}.${name}`,
    value: quote(name),
    allowed: `one of ${names.join(' ')}`,
    ...(near === undefined ? {} : { nearest: near }),
    text: `there is no setting ${quote(name)}${path === '' ? '' : ` in ${path}`}`,
  });
}

/** In the order of the table, so that equal rubrics are equal as JSON text too. */
function ordered(value: Record<string, unknown>, entries: readonly [string, unknown][]): object {
  return Object.fromEntries(
    entries.flatMap(([key]) => (Object.hasOwn(value, key) ? [[key, value[key]]] : [])),
  );
}

function standardOf({ standard, shape, optional }: Field<unknown>): unknown {
  return standard ?? (optional ? undefined : shape.standard);
}

function standardsOf<T>(entries: readonly [string, Field<unknown>][]): T | undefined {
  if (entries.some(([, { required }]) => required)) return undefined;
  return Object.fromEntries(
    entries.flatMap(([key, field]) => {
      const value = standardOf(field);
      return value === undefined ? [] : [[key, value]];
    }),
  ) as T;
}

function sectionSchema(entries: readonly [string, Field<unknown>][]): JsonSchema {
  const required = entries.filter(([, field]) => field.required).map(([key]) => snake(key));
  return {
    // A heading with nothing below it is what it is by default.
    type: ['object', 'null'],
    properties: Object.fromEntries(
      entries.map(([key, { shape, hint }]) => [snake(key), { ...shape.schema, description: hint }]),
    ),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

function writeSection(
  value: Record<string, unknown>,
  entries: readonly [string, Field<unknown>][],
  { comments = true, brief = false }: SectionOptions,
): string[] {
  return entries.flatMap(([key, field]) => {
    const { shape, hint, example } = field;
    const one = value[key];
    const name = snake(key);
    const hints = comments && hint !== '' ? wrapComment(hint) : [];
    if (one === undefined) return brief || example === undefined ? [] : [...hints, `# ${name}: ${example}`];
    if (brief && JSON.stringify(one) === JSON.stringify(standardOf(field))) return [];
    const written = shape.write(one);
    if (typeof written === 'string') return [...hints, `${name}: ${written}`];
    return [...hints, `${name}:`, ...written.map((line) => (line === '' ? '' : `  ${line}`))];
  });
}

export function wrapComment(comment: string): string[] {
  const lines: string[] = [];
  for (const word of comment.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length > 98) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

export function snake(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
