/**
 * The student's own text, read back from the files it was written in, so that a report made again keeps it.
 * Between two marks each file holds what is theirs; the marks are comments of the file's own format.
 */
import type { StudentText } from './document.ts';
import { readDocxText } from './docxText.ts';

interface Marks {
  readonly begin: string;
  readonly end: string;
}

const kept = 'What stands between these two lines is yours: it is kept when the report is made again.';

export const studentMarks: Record<'markdown' | 'rst', Marks> = {
  markdown: { begin: `<!-- lab3: student begin. ${kept} -->`, end: '<!-- lab3: student end -->' },
  rst: { begin: `.. lab3: student begin. ${kept}`, end: '.. lab3: student end' },
};
export const conclusionMarks: Record<'markdown' | 'rst', Marks> = {
  markdown: { begin: `<!-- lab3: conclusions begin. ${kept} -->`, end: '<!-- lab3: conclusions end -->' },
  rst: { begin: `.. lab3: conclusions begin. ${kept}`, end: '.. lab3: conclusions end' },
};

/** Files that a student may write in, in the order in which the newest wins where two have the same time. */
export const editableFiles = ['README.rst', 'report.md', 'report.docx'] as const;
export type EditableFile = (typeof editableFiles)[number];

const markupOf = { 'README.rst': 'rst', 'report.md': 'markdown' } as const;

/** What a file holds in its editable places; `undefined` for a place that is no longer there. */
export interface ReadBack {
  readonly name?: string;
  readonly group?: string;
  readonly conclusions?: string;
}

/** Never throws: a file that cannot be read has no editable places. */
export function readBack(file: EditableFile, bytes: Uint8Array): ReadBack {
  if (file === 'report.docx') return readDocxText(bytes);
  const markup = markupOf[file];
  const text = decode(bytes);
  const student = between(text, studentMarks[markup])?.inside;
  const conclusions = between(text, conclusionMarks[markup])?.inside;
  const line = markup === 'rst' ? /^:(Name|Group):[ \t]*(.*)$/gm : /^- (Name|Group):[ \t]*(.*)$/gm;
  const fields = new Map(
    [...(student ?? '').matchAll(line)].map(([, field, value]) => [field, unescaped(value ?? '')]),
  );
  const [name, group] = [fields.get('Name'), fields.get('Group')];
  return {
    ...(name === undefined ? {} : { name }),
    ...(group === undefined ? {} : { group }),
    ...(conclusions === undefined ? {} : { conclusions: trimLines(conclusions) }),
  };
}

/** The file without the student's text: what is left differs only if something else was changed. */
export function frame(file: 'README.rst' | 'report.md', bytes: Uint8Array): string {
  const markup = markupOf[file];
  return [studentMarks[markup], conclusionMarks[markup]].reduce((text, marks) => {
    const found = between(text, marks);
    return found === undefined ? text : text.slice(0, found.from) + text.slice(found.to);
  }, decode(bytes));
}

function between(text: string, marks: Marks): { inside: string; from: number; to: number } | undefined {
  const begin = text.indexOf(marks.begin);
  if (begin < 0) return undefined;
  const from = begin + marks.begin.length;
  const to = text.indexOf(`\n${marks.end}`, from);
  return to < 0 ? undefined : { inside: text.slice(from, to), from, to };
}

/** Editors of some systems add a byte order mark or CRLF. */
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).replace(/\r\n?/g, '\n');

/** Both formats take a backslash before punctuation, and reStructuredText one before a space that vanishes. */
const unescaped = (text: string): string =>
  text
    .replace(/\\ /g, '')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .trim();

const trimLines = (text: string): string => text.replace(/^(?:[ \t]*\n)+/, '').trimEnd();

export type Given = Partial<Pick<StudentText, 'name' | 'group'>>;
