/** YAML of a person's hand: its document, and mistakes at their line and column, each collected rather than thrown. */
import { isScalar, LineCounter, type Node, parseDocument, type Scalar, type YAMLError } from 'yaml';
import type { ConfigProblem } from '../errors/usage.ts';

export type YamlDocument = ReturnType<typeof parseDocument>;
export type Report = (offset: number, what: Omit<ConfigProblem, 'line' | 'column'>) => void;

export interface YamlText {
  /** Absent where the parser gave up; that is among the problems. */
  readonly document?: YamlDocument;
  readonly report: Report;
  /** In the order they were found. */
  readonly problems: readonly ConfigProblem[];
}

const maxProblems = 20;
const tooDeep = 'brackets are nested too deeply here';

/** `holds`: what one file holds one of, in words. */
export function readYaml(text: string, holds: string): YamlText {
  const lines = new LineCounter();
  const problems: ConfigProblem[] = [];
  const report: Report = (offset, what) => {
    const { line, col } = lines.linePos(offset);
    problems.push({ line: Math.max(line, 1), column: Math.max(col, 1), ...what });
  };
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      keepSourceTokens: false,
    });
    // One mistake of syntax makes the parser stumble again and again; the first on a line is the one to mend.
    const seen = new Set<number>();
    for (const error of document.errors) {
      const { line } = lines.linePos(error.pos[0]);
      if (!seen.has(line)) report(error.pos[0], { text: inPlainWords(error, text, holds) });
      seen.add(line);
    }
    return { document, report, problems };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report(0, { text: tooDeep });
    return { report, problems };
  }
}

/** The first mistakes in the order of the file, and how many more there are. */
export function firstProblems(problems: readonly ConfigProblem[]): {
  problems: readonly ConfigProblem[];
  more: number;
} {
  return {
    problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, maxProblems),
    more: Math.max(0, problems.length - maxProblems),
  };
}

/** What is written there, as it is written: `kernel: 6.10` is not the number 6.1. */
export function textOf(scalar: Scalar): string {
  return typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value));
}

export function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null;
}

function inPlainWords(error: YAMLError, text: string, holds: string): string {
  const word = /^[^\s:,{}[\]]{1,60}/.exec(text.slice(error.pos[0]))?.[0];
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return word === undefined ? 'a setting stands here twice' : `${word} is set twice`;
    case 'TAB_AS_INDENT':
      return 'a tab indents this line; YAML wants spaces';
    case 'MULTIPLE_DOCS':
      return `a second document starts here; one file holds one ${holds}`;
    default:
      // The parser recurses, so thousands of opened brackets end its stack; it reports that as a mistake like others.
      if (error.message.includes('call stack')) return tooDeep;
      return `this is not YAML: ${error.message.replaceAll(/\s+/g, ' ')}`;
  }
}
