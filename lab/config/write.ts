/** Writes lab3.yaml: a new one with every setting explained, or an existing one changed in place. */
import { isCollection, isMap, isNode, isScalar, type Node, stringify, visit } from 'yaml';
import {
  type ConfigDocument,
  childrenOf,
  type LabConfig,
  type OptionValues,
  readDocument,
  toValues,
} from '../config.ts';
import { allowedOf, defaultOf, type Option, type OptionValue, options } from '../options.ts';

const heading = `# Settings of the lab. What is deleted here gets its default; flags of a command go before this file.
# \`lab3 setup\` asks for them, \`lab3 run --help\` names the flags.
`;

export const sections: Readonly<Record<string, string>> = {
  module: 'Your own module in place of the one that comes with lab3.',
  'module.params': 'What its parameters are called, where the names do not tell.',
  'module.lock_values': 'What its lock parameter is given for each kind of lock.',
  'module.patterns':
    'How it prints its results, where that is not recognised: printk formats as they stand in it.',
  sweep: 'The grid that `lab3 sweep` runs: every value with every other.',
  report: 'The report.',
};

/**
 * The text of lab3.yaml for `config`. An existing text keeps its comments, its order and its spelling; only
 * settings whose value differs are touched. Throws `ConfigInvalid` when the existing text has mistakes.
 */
export function writeConfig(existing: string | undefined, config: LabConfig, fileName = 'lab3.yaml'): string {
  const values = toValues(config);
  return existing === undefined || existing.trim() === ''
    ? newText(values)
    : changedText(existing, values, fileName);
}

function newText(values: OptionValues): string {
  return `${heading}\n${sectionText('', values, 0)}`;
}

function sectionText(path: string, values: OptionValues, depth: number): string {
  const indent = '  '.repeat(depth);
  const parts = childrenOf(path).map((name) => {
    const inner = path === '' ? name : `${path}.${name}`;
    const option = options.get(inner);
    if (option !== undefined) return optionText(option, name, values.get(inner), indent);
    return `${indent}# ${sections[inner] ?? ''}\n${indent}${name}:\n${sectionText(inner, values, depth + 1)}`;
  });
  return parts.join(depth === 0 ? '\n' : '');
}

function optionText(option: Option, name: string, value: OptionValue | undefined, indent: string): string {
  const line = value === undefined ? `# ${name}: ${option.example ?? ''}` : `${name}: ${valueText(value)}`;
  // Sections whose heading says it all need no line for each of their settings.
  if (/^module\.(?:params|lock_values)\./.test(option.path)) return `${indent}${line}\n`;
  const allowed = option.kind === 'text' ? '' : ` Allowed: ${allowedOf(option)}.`;
  return `${wrap(option.hint + allowed, indent)}${indent}${line}\n`;
}

function wrap(comment: string, indent: string): string {
  const lines = [''];
  for (const word of comment.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && indent.length + last.length + word.length > 100) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((line) => `${indent}# ${line}\n`).join('');
}

function valueText(value: OptionValue): string {
  if (typeof value === 'object') return `[${value.join(', ')}]`;
  // The plain style would let `6.10` come back as a number to other readers of YAML; ours keeps the text.
  return stringify(value, { lineWidth: 0 }).trimEnd();
}

function changedText(existing: string, values: OptionValues, fileName: string): string {
  let text = existing;
  let config = readDocument(text, fileName);
  for (const option of options.values()) {
    const { path } = option;
    const value = values.get(path);
    if (same(value, config.values.get(path) ?? defaultOf(option))) continue;
    const wanted = new Map(config.values);
    if (value === undefined) wanted.delete(path);
    else wanted.set(path, value);
    const ways = value === undefined ? [] : [replaced, uncommented, inserted];
    let next: string | undefined;
    for (const way of ways) {
      if (value !== undefined) next ??= confirmed(way(text, path, value, config), wanted, fileName);
    }
    text = next ?? rewritten(path, value, config);
    config = readDocument(text, fileName);
  }
  return text;
}

/** An edit of text is taken only if it reads back as what was meant. */
function confirmed(text: string | undefined, wanted: OptionValues, fileName: string): string | undefined {
  if (text === undefined) return undefined;
  try {
    const { values } = readDocument(text, fileName);
    const alike =
      values.size === wanted.size && [...wanted].every(([path, value]) => same(value, values.get(path)));
    return alike ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The old value's characters exchanged for the new ones. */
function replaced(
  text: string,
  path: string,
  value: OptionValue,
  { nodes }: ConfigDocument,
): string | undefined {
  const range = nodes.get(path)?.range;
  if (!range) return undefined;
  const [from, to] = range;
  // A block list ends behind its last newline; the value that takes its place does not.
  const newline = /\r?\n$/.exec(text.slice(from, to))?.[0] ?? '';
  return text.slice(0, from) + valueText(value) + newline + text.slice(to);
}

/** The setting's own line, if it stands there as a comment (`# mirror: …`), as it does in a file of ours. */
function uncommented(text: string, path: string, value: OptionValue): string | undefined {
  const keys = path.split('.');
  const key = keys.at(-1) ?? '';
  const indent = '  '.repeat(keys.length - 1);
  const lines = new RegExp(`^${indent}# ${key}:[^\\r\\n]*`, 'gm');
  if ((text.match(lines) ?? []).length !== 1) return undefined;
  return text.replace(lines, () => `${indent}${key}: ${valueText(value)}`);
}

/** A new line at the end of the section, or of the file with the sections that are missing. */
function inserted(
  text: string,
  path: string,
  value: OptionValue,
  { document, nodes }: ConfigDocument,
): string | undefined {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const keys = path.split('.');
  const parent = keys.slice(0, -1).join('.');
  const section = nodes.get(parent);
  if (parent === '' || !document.has(keys[0])) {
    const lines = keys.map((key, depth) => `${'  '.repeat(depth)}${key}:`).join(eol);
    const body = text === '' || text.endsWith('\n') ? text : text + eol;
    return `${body}${lines} ${valueText(value)}${eol}`;
  }
  if (section === undefined) {
    const heading = new RegExp(
      `^${'  '.repeat(keys.length - 2)}${keys.at(-2)}:[ \\t]*(?:#[^\\r\\n]*)?(?=\\r?$)`,
      'gm',
    );
    if ((text.match(heading) ?? []).length !== 1) return undefined;
    const line = `${'  '.repeat(keys.length - 1)}${keys.at(-1)}: ${valueText(value)}`;
    return text.replace(heading, (found) => found + eol + line);
  }
  if (!isMap(section) || section.flow) return undefined;
  const first = section.items[0]?.key as Node | undefined;
  const last = section.items.at(-1)?.value;
  const end = isNode(last) ? last.range?.[1] : undefined;
  if (!first?.range || end === undefined) return undefined;
  const indent = /[^\n]*$/.exec(text.slice(0, first.range[0]))?.[0] ?? '';
  const lineEnd = text.indexOf('\n', end);
  const at = text[end - 1] === '\n' ? end : lineEnd < 0 ? text.length : lineEnd + 1;
  const before = text.slice(0, at);
  const line = `${indent}${keys.at(-1) ?? ''}: ${valueText(value)}${eol}`;
  return (before.endsWith('\n') ? before : before + eol) + line + text.slice(at);
}

/** Through YAML's own document: comments and order stay, spacing may not. */
function rewritten(path: string, value: OptionValue | undefined, { document }: ConfigDocument): string {
  const keys = path.split('.');
  // What an alias points at may be what changes, so each becomes a value of its own.
  visit(document, {
    Alias: (_, alias) => {
      const copy = alias.resolve(document)?.clone();
      if (isScalar(copy) || isCollection(copy)) delete copy.anchor;
      return isNode(copy) ? copy : undefined;
    },
  });
  if (value === undefined) document.deleteIn(keys);
  else {
    for (let depth = 1; depth < keys.length; depth++) {
      const parent = keys.slice(0, depth);
      if (!isMap(document.getIn(parent, true))) document.setIn(parent, document.createNode({}));
    }
    document.setIn(keys, document.createNode(value, { flow: typeof value === 'object' }));
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function same(a: OptionValue | undefined, b: OptionValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
