/**
 * Templates of a module's output, in the words of its own printk: `Global_Counter = %i`, `thread {index}: {value}`.
 * A student pastes the format string; a file that came with a submission never brings a regular expression of
 * its own, so no template can make matching slow: every hole is followed by something it cannot contain.
 */

/** What a hole can be called. A bare `%d` is the value unless `{value}` stands elsewhere. */
const holeNames = ['value', 'values', 'index', 'cpu', 'time_ns', 'time_us', 'time_ms'] as const;
export type HoleName = (typeof holeNames)[number];

/** Which holes a template of each kind must have: one of these. */
const needed = {
  total: ['value'],
  thread: ['value'],
  list: ['value', 'values'],
  time: ['time_ns', 'time_us', 'time_ms'],
} as const satisfies Record<string, readonly HoleName[]>;
export type TemplateKind = keyof typeof needed;

export interface Template {
  readonly kind: TemplateKind;
  readonly source: string;
  /** What the holes hold in this line, if the line has the template's shape. Numbers are decimal text. */
  match(line: string): Partial<Record<HoleName, string>> | undefined;
}

const maxLength = 200;
const maxHoles = 8;
const maxLine = 1000;
const digits = '\\d{1,20}';
const space = '\\s{1,20}';
const number = `[-+]?${digits}`;
const conversion = /%(?:%|[-+ 0#]*\d*(?:\.\d+)?(hh|h|ll|l|z|t|j)?([diuxXpsc]))|\{(\w*)\}/g;

type Part = { text: string } | { hole: HoleName | 'number' | 'word' };

/** Reads a template, or says in words what is wrong with it. */
export function readTemplate(kind: TemplateKind, source: string): Template | { problem: string } {
  const text = source.replace(/^\s*(?:KERN_[A-Z]+\s*)?"?\s*/, '').replace(/(?:\\n|\s)*"?$/, '');
  if (text.length > maxLength) return { problem: `is longer than ${maxLength} characters` };
  const parts = split(text);
  if ('problem' in parts) return parts;
  const holes = parts.filter((part) => 'hole' in part);
  if (holes.length > maxHoles) return { problem: `has more than ${maxHoles} holes` };
  const wanted: readonly HoleName[] = needed[kind];
  const named = holes.filter((part) => wanted.some((name) => name === part.hole));
  if (named.length === 0) {
    const bare = holes.filter((part) => part.hole === 'number');
    const [only] = bare;
    if (only === undefined) return { problem: `has no number to read; write ${mark(kind)} in its place` };
    if (bare.length > 1) {
      return { problem: `has ${bare.length} numbers; write ${mark(kind)} in place of the one that is meant` };
    }
    only.hole = wanted[0] ?? 'value';
  }
  const names = holes.map((part) => part.hole).filter((name) => name !== 'number' && name !== 'word');
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) return { problem: `has {${twice}} twice` };
  const expression = compile(parts);
  if (typeof expression !== 'string') return expression;
  const regex = new RegExp(expression);
  return {
    kind,
    source,
    match: (line) => {
      const groups = regex.exec(line.slice(0, maxLine))?.groups;
      return groups === undefined ? undefined : { ...groups };
    },
  };
}

function mark(kind: TemplateKind): string {
  return needed[kind].map((name) => `{${name}}`).join(' or ');
}

function split(text: string): Part[] | { problem: string } {
  const parts: Part[] = [];
  const literal = (piece: string) => {
    const last = parts.at(-1);
    if (piece === '') return;
    if (last !== undefined && 'text' in last) last.text += piece;
    else parts.push({ text: piece });
  };
  let from = 0;
  for (const found of text.matchAll(conversion)) {
    literal(text.slice(from, found.index));
    from = found.index + found[0].length;
    const name = found[3];
    if (found[0] === '%%') literal('%');
    else if (name === undefined) parts.push({ hole: /[diu]/.test(found[2] ?? '') ? 'number' : 'word' });
    else if (isHoleName(name)) parts.push({ hole: name });
    else
      return {
        problem: `has {${name}}, which is none of ${holeNames.map((known) => `{${known}}`).join(' ')}`,
      };
  }
  literal(text.slice(from));
  return parts;
}

function isHoleName(name: string): name is HoleName {
  return holeNames.some((known) => known === name);
}

/** The regular expression: whatever follows a hole cannot be part of it, so there is nothing to backtrack into. */
function compile(parts: readonly Part[]): string | { problem: string } {
  if (!parts.some((part) => 'text' in part && /\S/.test(part.text))) {
    return { problem: 'has no text beside its numbers, so it would match any line' };
  }
  let expression = '';
  for (const [at, part] of parts.entries()) {
    if ('text' in part) {
      expression += part.text.split(/\s+/).map(escapeRegex).join(space);
      continue;
    }
    const next = parts[at + 1];
    if (next !== undefined && 'hole' in next) return { problem: 'has two holes with nothing between them' };
    const after = next?.text[0];
    if (part.hole === 'word') {
      const stop = after === undefined || /\s/.test(after) ? '' : `\\u${hex(after)}`;
      expression += `[^\\s${stop}]{1,100}`;
      continue;
    }
    if (after !== undefined && /\d/.test(after)) return { problem: 'has a digit straight after a number' };
    const values = part.hole === 'values' ? `(?:[^\\dA-Za-z]{1,8}${digits}){0,1100}` : '';
    const name = part.hole === 'number' ? '?:' : `?<${part.hole}>`;
    // A padded number (%5d) brings its own spaces, unless those of the text take them already.
    const padding = expression.endsWith(space) ? '' : '\\s{0,20}';
    expression += `${padding}(${name}${number}${values})${after === undefined ? '(?!\\d)' : ''}`;
  }
  return expression;
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0');
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
