/** Lists: of words in one line, of sections one below the other. */
import { isScalar, isSeq, type Node } from 'yaml';
import { isEmpty } from '../../lab/config/syntax.ts';
import { offsetOf, resolved, type Shape } from './shape.ts';

const width = 110;

/** `[a, b]`, or one below the other; a single one may stand alone. */
export function list<T>(
  of: Shape<T>,
  { least = 0, most, what }: { least?: number; most: number; what: string },
): Shape<readonly T[]> {
  const allowed = `a list of ${least === 0 ? 'at most' : `${least} to`} ${most} ${what}`;
  return {
    allowed,
    schema: {
      anyOf: [
        { type: 'array', items: of.schema, ...(least === 0 ? {} : { minItems: least }), maxItems: most },
        of.schema,
      ],
    },
    read: (node, path, reader) => {
      const items = isSeq(node) ? (node.items as Node[]) : isScalar(node) ? [node] : undefined;
      if (items === undefined) {
        reader.report(offsetOf(node), { path, allowed, text: `${path} is a section, but it is a list` });
        return undefined;
      }
      if (items.length > most || items.length < least) {
        reader.report(offsetOf(node), { path, allowed, text: `${path} has ${items.length} ${what}` });
        return undefined;
      }
      const values: T[] = [];
      let whole = true;
      for (const [at, item] of items.entries()) {
        const inner = isSeq(node) ? `${path}[${at}]` : path;
        const meant = item === null ? undefined : resolved(item, reader);
        if (meant === undefined || isEmpty(meant)) {
          reader.report(item === null ? offsetOf(node) : offsetOf(item), {
            path: inner,
            allowed: of.allowed,
            text: `${inner} is empty`,
          });
          whole = false;
          continue;
        }
        reader.offsets.set(inner, offsetOf(item));
        const value = of.read(meant, inner, reader);
        if (value === undefined) whole = false;
        else values.push(value);
      }
      return whole ? values : undefined;
    },
    write: (values) => {
      const written = values.map((value) => of.write(value));
      const flat = written.filter((one) => typeof one === 'string').map(flowText);
      const line = `[${flat.join(', ')}]`;
      if (flat.length === written.length && line.length <= width - 24) return line;
      if (flat.length === written.length) return wrapped(flat);
      return written.flatMap((one) =>
        typeof one === 'string'
          ? [`- ${one}`]
          : one.map((text, at) => (at === 0 ? `- ${text}` : text === '' ? '' : `  ${text}`)),
      );
    },
  };
}

/** A text that stands in a `[…]`: some of its characters mean something there. */
function flowText(text: string): string {
  return /^["'[{]/.test(text) || !/[,[\]{}]/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** A list that is too long for one line, in as few as it needs. */
function wrapped(items: readonly string[]): string[] {
  const lines: string[] = ['['];
  for (const item of items) {
    const last = lines.at(-1) ?? '';
    if (lines.length > 1 && last.length + item.length + 2 <= width - 10)
      lines[lines.length - 1] = `${last} ${item},`;
    else lines.push(`  ${item},`);
  }
  return [...lines, ']'];
}
