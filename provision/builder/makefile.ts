/**
 * Reads the few things a kbuild Makefile says about a module, as text. A student's Makefile is never run: it can
 * hold any command. What is understood: assignments, `\` continuations, variables, substitution references
 * and a handful of pure text functions; conditionals are ignored, so every branch counts. Anything that would
 * start a program is dropped and noted.
 */
import path from 'node:path';

export interface KbuildWords {
  /** Objects that become modules, as written: `lab3.o`, `src/lab3.o`. */
  readonly modules: readonly string[];
  /** Folders to descend into (`obj-m += src/`). */
  readonly folders: readonly string[];
  /** `<name>-objs`, `<name>-y`, `<name>-m`: the objects a module is linked from. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  /** Compiler flags for all files. */
  readonly flags: readonly string[];
  /** Compiler flags by object, from `CFLAGS_lab3.o`. */
  readonly flagsOf: ReadonlyMap<string, readonly string[]>;
  /** What was left out, in words. */
  readonly notes: readonly string[];
}

// A name may hold references with spaces and `:` in them. Each character can be taken in one way only: a line that is no
// assignment is found out in time that grows with its length alone.
const assignment =
  /^(?:override\s+|export\s+)*((?:[^\s:=+?!#(]|\([^()]*\)|\((?![^()]*\)))+)\s*(:{0,3}=|\+=|\?=|!=)\s*(.*)$/;
const maxDepth = 16;
const maxWords = 1000;
/** Fifty times what any Makefile of a module has. */
export const maxText = 64 * 1024;
const maxLine = 8192;
/** In characters: the shortest lines are the most that fit. */
const lineCost = 32;
const maxNotes = 50;
const maxNoted = 100;

/** What may be spent on Makefiles. One for all of a submission: it can hold ten thousand of them. */
export interface Allowance {
  /** Characters still to be read and made; below zero nothing is read any more. */
  left: number;
  /** The Makefile at which it ended. */
  endedAt?: string;
}

/**
 * Many times what the Makefiles of any course need, and some hundredths of a second. Without it, what refers to itself
 * ten times over grows tenfold at each level.
 */
export const fullAllowance = (): Allowance => ({ left: 1_000_000 });

/** The note on a Makefile at which the allowance ended. */
export const tooIntricate = 'it is too intricate to be read: what is left of it is ignored';

/**
 * @param text the Makefile or Kbuild
 * @param files every source file, relative to the Makefile's folder, for `$(wildcard …)`
 */
export function readKbuild(
  text: string,
  files: readonly string[],
  allowance: Allowance = fullAllowance(),
): KbuildWords {
  const variables = new Map<string, string>();
  const notes = new Set<string>();
  const scope: Scope = { variables, files, notes, allowance };
  const expand = (value: string) => expandText(value, scope, 0);
  if (text.length > maxText) notes.add(`only the first ${maxText / 1024} KiB of it are read`);

  const read = text.slice(0, maxText);
  allowance.left -= read.length;
  for (const line of allowance.left < 0 ? [] : logicalLines(read)) {
    if (!spend(scope, lineCost)) break;
    const [, rawName, operator, value] = assignment.exec(line) ?? [];
    if (rawName === undefined || operator === undefined || value === undefined) continue;
    const name = expand(rawName);
    if (operator === '!=') {
      note(scope, `${name.slice(0, maxNoted)} != … runs a command: ignored`);
      continue;
    }
    const before = variables.get(name);
    if (operator === '?=' && before !== undefined) continue;
    // Recursive assignments are expanded when used; `:=` at once, so that `A := $(A) b` ends.
    const now = operator.startsWith(':') ? expand(value) : value;
    variables.set(name, operator === '+=' && before !== undefined ? `${before} ${now}` : now);
  }

  const words = (name: string): string[] =>
    expand(variables.get(name) ?? '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .slice(0, maxWords);
  // `obj-$(CONFIG_X)` outside a kernel tree is `obj-`: what its author meant is a module.
  const targets = ['obj-m', 'obj-', 'obj-y'].map(words).find((found) => found.length > 0) ?? [];
  const parts = new Map<string, string[]>();
  const flagsOf = new Map<string, string[]>();
  for (const name of variables.keys()) {
    const [, module] = /^([\w.+/-]+)-(?:objs|y|m)$/.exec(name) ?? [];
    if (module !== undefined && !['obj', 'ccflags', 'asflags', 'ldflags', 'subdir', 'lib'].includes(module)) {
      parts.set(module, [...(parts.get(module) ?? []), ...words(name)]);
    }
    const [, object] = /^CFLAGS_([\w.+/-]+\.o)$/.exec(name) ?? [];
    if (object !== undefined) flagsOf.set(object, words(name));
  }
  const flags = ['EXTRA_CFLAGS', 'ccflags-y', 'ccflags-m', 'ccflags-'].flatMap(words);
  if (allowance.left < 0) notes.add(tooIntricate);
  return {
    modules: [...new Set(targets.filter((word) => word.endsWith('.o')).map(tidy))],
    folders: [...new Set(targets.filter((word) => word.endsWith('/')).map(tidy))],
    parts,
    flags,
    flagsOf,
    notes: [...notes],
  };
}

const tidy = (word: string) => path.posix.normalize(word).replace(/^\/+/, '');

/** Joins continuations, drops comments and the recipes of rules. */
function* logicalLines(text: string): Generator<string> {
  let inRule = false;
  for (const raw of text.replace(/\\\n[ \t]*/g, ' ').split('\n')) {
    // A tab starts a recipe only below a rule; before the first rule make reads such a line as any other.
    if (raw.startsWith('\t') && inRule) continue;
    // Not by a pattern that reads on to the end of the line: where that fails, it would at each `#` anew.
    const comment = raw.search(/(?<!\\)#/);
    const line = (comment < 0 ? raw : raw.slice(0, comment)).trim();
    if (line === '' || line.length > maxLine) continue;
    if (/^(ifn?eq|ifn?def|else|endif|define|endef|include|-include)\b/.test(line)) continue;
    if (assignment.test(line)) {
      inRule = false;
      yield line;
    } else if (line.includes(':')) inRule = true;
  }
}

interface Scope {
  readonly variables: ReadonlyMap<string, string>;
  readonly files: readonly string[];
  readonly notes: Set<string>;
  readonly allowance: Allowance;
}

/** Takes from what is left; false where that is not enough. */
function spend({ allowance }: Scope, characters: number): boolean {
  allowance.left -= characters;
  return allowance.left >= 0;
}

function note({ notes }: Scope, text: string): void {
  if (notes.size < maxNotes) notes.add(text);
}

function expandText(text: string, scope: Scope, depth: number): string {
  if (!spend(scope, text.length + 1) || depth > maxDepth) return '';
  const out = expanded(text, scope, depth);
  return spend(scope, out.length) ? out : '';
}

function expanded(text: string, scope: Scope, depth: number): string {
  let out = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char !== '$') {
      out += char;
      continue;
    }
    const open = text[at + 1];
    if (open === '$') {
      out += '$';
      at += 1;
    } else if (open === '(' || open === '{') {
      const end = closing(text, at + 1);
      if (end < 0) return out;
      out += reference(text.slice(at + 2, end), scope, depth + 1);
      at = end;
    } else at += 1; // $@ and its kind mean nothing outside a rule
    if (out.length > scope.allowance.left) break;
  }
  return out;
}

/** Index of the bracket that closes the one at `open`, or -1. */
function closing(text: string, open: number): number {
  const [left, right] = text[open] === '(' ? ['(', ')'] : ['{', '}'];
  for (let at = open, level = 0; at < text.length; at += 1) {
    if (text[at] === left) level += 1;
    else if (text[at] === right) {
      level -= 1;
      if (level === 0) return at;
    }
  }
  return -1;
}

/** Folders that kbuild and make name; all of them are the module's own folder here. */
const ownFolder = new Set(['src', 'obj', 'M', 'PWD', 'CURDIR', 'KBUILD_EXTMOD', 'srctree/$(src)']);

function reference(body: string, scope: Scope, depth: number): string {
  const [, name = '', rest = ''] = /^([a-z-]+)\s+([\s\S]*)$/.exec(body) ?? [];
  const call = functions[name];
  if (call !== undefined) {
    const values = splitArguments(rest).map((argument) => expandText(argument, scope, depth));
    // What a function can make of them at most: each character of the last by all of the others.
    const others = values.slice(0, -1).reduce((sum, value) => sum + value.length, 1);
    return spend(scope, others * (values.at(-1)?.length ?? 0)) ? call(values, scope) : '';
  }
  if (name !== '') {
    const what = name === 'shell' ? '$(shell …) runs a command' : `$(${name} …) is not understood`;
    note(scope, `${what}: ignored`);
    return '';
  }
  const [, variable, from, to] = /^([^:]+):([^=]*)=(.*)$/.exec(body) ?? [];
  if (variable !== undefined && from !== undefined && to !== undefined) {
    const pattern = from.includes('%') ? from : `%${from}`;
    const target = from.includes('%') ? to : `%${to}`;
    const value = expandText(`$(${variable})`, scope, depth);
    return spend(scope, value.length * (pattern.length + target.length))
      ? patsubst(pattern, target, value)
      : '';
  }
  const key = expandText(body, scope, depth);
  const value = scope.variables.get(key);
  if (value !== undefined) return expandText(value, scope, depth);
  return ownFolder.has(key) ? '.' : '';
}

function splitArguments(text: string): string[] {
  const found: string[] = [];
  let level = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if ('({'.includes(char)) level += 1;
    else if (')}'.includes(char)) level -= 1;
    else if (char === ',' && level === 0) {
      found.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...found, text.slice(start)];
}

const list = (text: string | undefined) => (text ?? '').split(/\s+/).filter((word) => word !== '');
const each = (text: string | undefined, change: (word: string) => string) => list(text).map(change).join(' ');

function patsubst(pattern: string, target: string, text: string | undefined): string {
  const match = matcher(pattern.trim());
  return each(text, (word) => {
    const stem = match(word);
    return stem === undefined ? word : target.trim().replace('%', () => stem);
  });
}

/** What `%` (or, in `wildcard`, one `*`) stands for in a word, or undefined where it does not match. */
function matcher(pattern: string, sign = '%'): (word: string) => string | undefined {
  const at = pattern.indexOf(sign);
  if (at < 0) return (word) => (word === pattern ? '' : undefined);
  const [head, tail] = [pattern.slice(0, at), pattern.slice(at + 1)];
  return (word) =>
    word.length >= head.length + tail.length && word.startsWith(head) && word.endsWith(tail)
      ? word.slice(head.length, word.length - tail.length)
      : undefined;
}

function filter(patterns: string | undefined, text: string | undefined, keep: boolean): string {
  const matches = list(patterns).map((pattern) => matcher(pattern));
  return list(text)
    .filter((word) => matches.some((match) => match(word) !== undefined) === keep)
    .join(' ');
}

const functions: Record<string, ((values: string[], scope: Scope) => string) | undefined> = {
  patsubst: ([pattern = '', target = '', text]) => patsubst(pattern, target, text),
  subst: ([from = '', to = '', text = '']) => (from === '' ? text : text.split(from).join(to)),
  notdir: ([text]) => each(text, (word) => path.posix.basename(word)),
  dir: ([text]) => each(text, (word) => `${path.posix.dirname(word)}/`),
  basename: ([text]) => each(text, (word) => word.replace(/\.[^./]*$/, '')),
  addprefix: ([prefix = '', text]) => each(text, (word) => prefix.trim() + word),
  addsuffix: ([suffix = '', text]) => each(text, (word) => word + suffix.trim()),
  strip: ([text]) => each(text, (word) => word),
  sort: ([text]) => [...new Set(list(text))].sort().join(' '),
  filter: ([patterns, text]) => filter(patterns, text, true),
  'filter-out': ([patterns, text]) => filter(patterns, text, false),
  wildcard: ([patterns], scope) => {
    const found: string[] = [];
    for (const pattern of list(patterns)) {
      if (!spend(scope, scope.files.length)) return '';
      const match = matcher(tidy(pattern), '*');
      const names = scope.files.filter((file) => match(file)?.includes('/') === false);
      if (!spend(scope, names.join(' ').length)) return '';
      found.push(...names);
    }
    return found.join(' ');
  },
  abspath: ([text]) => text ?? '',
  realpath: ([text]) => text ?? '',
  // Messages are harmless and mean nothing here.
  info: () => '',
  warning: () => '',
  error: () => '',
};
