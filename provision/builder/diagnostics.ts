/**
 * Reads what gcc, the assembler, modpost and the linker say. The text comes out of a build of untrusted source:
 * it is evidence, shown without its control characters.
 */
import type { Diagnostic } from '../../lab/result.ts';
import type { ModuleSource } from './builder.ts';
import { adviceFor } from './kernel-api.ts';

export interface BuildMessages {
  /** Errors and warnings, each once, at the place in the student's own files that led to it. */
  readonly diagnostics: readonly Diagnostic[];
  /** What to write instead, for interfaces of the kernel that changed. */
  readonly advice: readonly string[];
  readonly missingLicense: boolean;
  readonly outOfMemory: boolean;
  /** The compiler's own lines, paths as the student knows them, without make's. */
  readonly text: string;
}

/** Where every builder compiles: kbuild refuses spaces and colons in paths, and one place makes one `.ko`. */
export const buildFolder = (module: string) => `/build/${module}`;

const shownLines = 120;
const placedLines = 20;
const maxDiagnostics = 500;
/** A source can have the assembler print lines of its own, of any length and number. */
const maxLine = 4000;

const gcc = /^([^\s:][^:]*):(\d+):(?:(\d+):)? ((?:fatal |internal compiler )?error|warning|note): (.*)$/;
/** The driver's word for a compiler that crashed: of a source that nests a hundred thousand brackets, say. */
const crash = /^\S*(?:gcc\S*|cc1): (internal compiler error: .*)$/;
const assembler = /^([^\s:][^:]*):(\d+): (Error|Warning|Fatal error): (.*)$/;
const includedFrom =
  /^(?:In file included| +)from ([^\s:][^:]*):(\d+)(?::(\d+))?[,:]$|^In file included from ([^\s:][^:]*):(\d+)/;
const modpost = /^(ERROR|WARNING): modpost: (.*)$/;
const linker = /^([^\s:][^:]*):(\d+): (multiple definition of .*|undefined reference to .*)$/;

interface Found extends Diagnostic {
  /** The source line the compiler printed below its message. */
  excerpt: string;
  /** The student's line that included the header the message stands in. */
  fallback?: { file: string; line: number };
}

export function readBuildOutput(output: string, source: ModuleSource, release: string): BuildMessages {
  const own = ownPath(source);
  const lines = withoutRandomNames(plain(output))
    .split('\n')
    .map((line) => line.slice(0, maxLine));
  const found: Found[] = [];
  let last: Found | undefined;
  // Outermost own file of the include chain above a message: the fallback place for one inside a kernel header.
  let chain: { file: string; line: number } | undefined;

  for (const line of lines) {
    const included = includedFrom.exec(line);
    if (included !== null) {
      const file = own(included[1] ?? included[4] ?? '');
      if (file !== undefined) chain = { file, line: Number(included[2] ?? included[5]) };
      continue;
    }
    const message = readMessage(line);
    if (message === undefined) {
      const [, excerpt] = /^ *\d+ \| (.*)$/.exec(line) ?? [];
      if (excerpt !== undefined && last !== undefined) last.excerpt += ` ${excerpt}`;
      continue;
    }
    const file = own(message.file);
    if (message.severity === 'note') {
      // `In macro expansion` notes lead from the kernel's header back to the student's line.
      if (
        last !== undefined &&
        own(last.file) === undefined &&
        file !== undefined &&
        /macro/.test(message.message)
      ) {
        place(last, message.file, message.line, message.column);
      }
      continue;
    }
    if (found.length >= maxDiagnostics) break;
    last = { ...message, excerpt: '' };
    if (file === undefined && chain !== undefined) last.fallback = chain;
    found.push(last);
    chain = undefined;
  }

  const post = lines
    .filter((line) => modpost.test(line))
    .slice(0, maxDiagnostics)
    .flatMap((line) => readModpost(line, source));
  const crashed = lines.find((line) => crash.test(line));
  if (crashed !== undefined && found.every(({ severity }) => severity !== 'error')) {
    const message = `the compiler crashed: ${crash.exec(crashed)?.[1] ?? ''}`;
    found.push({ ...firstUse(undefined, source), severity: 'error', message, excerpt: '' });
  }
  const diagnostics = unique([...found.map((one) => settle(one, own, source)), ...post]);
  const advice = new Set<string>();
  for (const { severity, message, excerpt } of [...found, ...post.map((one) => ({ ...one, excerpt: '' }))]) {
    const words = severity === 'error' ? adviceFor(message, excerpt, release) : undefined;
    if (words !== undefined) advice.add(words);
  }
  return {
    diagnostics,
    advice: [...advice],
    missingLicense: lines.some((line) => /^ERROR: modpost: missing MODULE_LICENSE\(\)/.test(line)),
    outOfMemory: lines.some((line) =>
      /virtual memory exhausted|out of memory allocating|Killed signal terminated program|memory exhausted/.test(
        line,
      ),
    ),
    text: [shown(lines, source), ...post.slice(0, placedLines).map(placed)]
      .filter((part) => part !== '')
      .join('\n'),
  };
}

function place(found: Found, file: string, line: number, column: number | undefined): void {
  found.file = file;
  found.line = line;
  if (column === undefined) delete found.column;
  else found.column = column;
}

function readMessage(line: string): Omit<Found, 'excerpt'> | undefined {
  const [, file, number, column, kind, words] = gcc.exec(line) ?? [];
  if (file !== undefined && kind !== undefined && words !== undefined) {
    const [, message = words, flag] = /^(.*?) \[(-W[^\][]{1,80})\]$/.exec(words) ?? [];
    return {
      file,
      line: Math.max(1, Number(number)),
      ...(column === undefined ? {} : { column: Math.max(1, Number(column)) }),
      severity: kind === 'warning' || kind === 'note' ? kind : 'error',
      message,
      ...(flag === undefined ? {} : { flag }),
    };
  }
  const [, where, at, grade, text] =
    assembler.exec(line) ?? linker.exec(line)?.toSpliced(3, 0, 'Error') ?? [];
  if (where === undefined || text === undefined) return undefined;
  return {
    file: where,
    line: Math.max(1, Number(at)),
    severity: grade === 'Warning' ? 'warning' : 'error',
    message: text,
  };
}

/** modpost knows no lines: the first own line that names the symbol stands in. */
function readModpost(line: string, source: ModuleSource): Diagnostic[] {
  const [, kind, words] = modpost.exec(line) ?? [];
  if (kind === undefined || words === undefined) return [];
  const [, undefinedSymbol] = /^"(\w+)" \[.*\] undefined!$/.exec(words) ?? [];
  const [, gplSymbol] = /uses GPL-only symbol '(\w+)'/.exec(words) ?? [];
  const symbol = undefinedSymbol ?? gplSymbol;
  const message =
    undefinedSymbol === undefined
      ? withOwnPaths(words, source)
      : `"${undefinedSymbol}" is not defined, or not exported to modules by this kernel`;
  return [{ ...firstUse(symbol, source), severity: kind === 'ERROR' ? 'error' : 'warning', message }];
}

/** modpost names no line; said as the compiler says it, so that editors find theirs. */
const placed = ({ file, line, severity, message }: Diagnostic) => `${file}:${line}: ${severity}: ${message}`;

function firstUse(symbol: string | undefined, source: ModuleSource): { file: string; line: number } {
  const pattern = new RegExp(`\\b${symbol}\\b`);
  const found = symbol === undefined ? undefined : lineOf(source, (line) => pattern.test(line));
  const first = [...source.files.keys()].find((name) => name.endsWith('.c')) ?? 'Kbuild';
  return found ?? { file: source.originals.get(first) ?? first, line: 1 };
}

/** Assembly outside of functions has no lines either: the first that has what the message names, or `asm`, stands in. */
function assemblyIn(source: ModuleSource, message: string): { file: string; line: number } {
  const [, named = ''] = /([^\s`']{4,300})'?$/.exec(message.slice(-400)) ?? [];
  const latin1 = Buffer.from(named).toString('latin1');
  const isAssembly = (line: string) => /\b(?:__)?asm(?:__)?\b/.test(line);
  const isNamed = (line: string) => named !== '' && line.includes(latin1);
  return lineOf(source, isNamed) ?? lineOf(source, isAssembly) ?? firstUse(undefined, source);
}

const knownLines = new WeakMap<ModuleSource, readonly (readonly [string, readonly string[]])[]>();

/** Of the .c files; split once, since there may be hundreds of messages. */
function linesOf(source: ModuleSource): readonly (readonly [string, readonly string[]])[] {
  let known = knownLines.get(source);
  if (known === undefined) {
    known = [...source.files]
      .filter(([file]) => file.endsWith('.c'))
      .map(([file, content]) => [file, Buffer.from(content).toString('latin1').split('\n')] as const);
    knownLines.set(source, known);
  }
  return known;
}

function lineOf(
  source: ModuleSource,
  fits: (line: string) => boolean,
): { file: string; line: number } | undefined {
  for (const [file, lines] of linesOf(source)) {
    const at = lines.findIndex(fits);
    if (at >= 0) return { file: source.originals.get(file) ?? file, line: at + 1 };
  }
  return undefined;
}

function settle(
  { excerpt: _excerpt, fallback, ...found }: Found,
  own: (path: string) => string | undefined,
  source: ModuleSource,
): Diagnostic {
  const message = withOwnPaths(found.message, source);
  const file = own(found.file);
  if (file !== undefined) return { ...found, file, message };
  const { column: _column, ...rest } = found;
  if (fallback !== undefined) return { ...rest, ...fallback, message };
  if (temporary.test(found.file)) return { ...rest, ...assemblyIn(source, message), message };
  return { ...found, file: found.file.replace(/^.*\/(?=(include|arch)\/)/, ''), message };
}

function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const one of diagnostics) {
    const key = `${one.file}\0${one.line}\0${one.column ?? ''}\0${one.severity}\0${one.message}`;
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

/** Path in the build → path as the student knows it; undefined for files that are not the module's. */
function ownPath(source: ModuleSource): (path: string) => string | undefined {
  const prefix = `${buildFolder(source.name)}/`;
  return (path) => {
    if (!path.startsWith(prefix)) return undefined;
    const name = path.slice(prefix.length);
    return source.files.has(name) ? (source.originals.get(name) ?? name) : undefined;
  };
}

function withOwnPaths(text: string, source: ModuleSource): string {
  let out = text.replaceAll(`${buildFolder(source.name)}/`, '');
  for (const [build, original] of source.originals) out = out.replaceAll(build, original);
  return out;
}

const temporary = /^temporary\.\w+$/;

/** Names of the compiler's own files differ each time; the same source is to have the same messages. */
function withoutRandomNames(text: string): string {
  return text.replaceAll(/\/tmp\/cc\w{6,8}(?=\.\w)/g, 'temporary');
}

const noise =
  /^make(\[\d+\])?: |^ {2}[A-Z]+ (\[M\] )? ?\S+$|^cc1: some warnings being treated|^compilation terminated\.$|^$/;

function shown(lines: readonly string[], source: ModuleSource): string {
  // The same line over and over (a chain of includes) says nothing new.
  const kept = lines.filter((line, at) => !noise.test(line) && line !== lines[at - 1]);
  const more = kept.length - shownLines;
  const text = kept.slice(0, shownLines).map((line) => withOwnPaths(line.slice(0, 400), source));
  if (more > 0) text.push(`… and ${more} more lines`);
  return text.join('\n');
}

/** Without colours, carriage returns and other control characters. */
function plain(text: string): string {
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '');
}
