/** The report as Markdown in GitHub's flavour (GFM): tables, pictures below img/, folds as <details>. */
import type { Block, Inline, Rendering, ReportDocument, Section, Table, Text } from '../document.ts';
import { figurePath, paragraphs, statusMark } from '../document.ts';
import { plainNumber } from '../numbers.ts';
import { conclusionMarks, studentMarks } from '../student.ts';
import { visible, visibleLine } from '../text.ts';
import { escapeHtml } from './markup.ts';

/**
 * Text that Markdown shows as it stands. Every character that could begin markup is escaped, among them those that
 * only matter at the start of a line, and the dots and colons of what GFM would make a link.
 */
export function escapeMarkdown(text: string): string {
  return visibleLine(text)
    .trim()
    .replace(/[\\`*_{}[\]<>#|~&$]/g, '\\$&')
    .replace(/!(?=\\\[)/g, '\\!')
    .replace(/:(?=\/\/|\w+:)/g, '\\:')
    .replace(/\b(www|ftp|mailto|xmpp)([.:])/gi, '$1\\$2')
    .replace(/^([-+=])/, '\\$1')
    .replace(/^(\d+)([.)])/, '$1\\$2');
}

/** A code span: its fence is longer than any run of backticks inside (CommonMark 6.1). */
function codeSpan(text: string, inTable: boolean): string {
  const line = visibleLine(text);
  const fence = '`'.repeat(longestRun(line, '`') + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || /^ .* $/.test(line) ? ' ' : '';
  const body = line.trim() === '' ? '\u2423' : line;
  return `${fence}${pad}${inTable ? body.replace(/\|/g, '\\|') : body}${pad}${fence}`;
}

const longestRun = (text: string, character: string): number =>
  [...text.matchAll(new RegExp(`\\${character}+`, 'g'))].reduce(
    (most, [run]) => Math.max(most, run.length),
    0,
  );

export function renderMarkdown({ document, student }: Rendering): string {
  const parts = [
    `# ${escapeMarkdown(document.title)}`,
    inlines(document.subtitle),
    [
      studentMarks.markdown.begin,
      `- Name: ${escapeMarkdown(student.name)}`.trimEnd(),
      `- Group: ${escapeMarkdown(student.group)}`.trimEnd(),
      studentMarks.markdown.end,
    ].join('\n'),
    ...sections(document.sections, student.conclusions),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** A document in which nobody writes. */
export function renderPlainMarkdown({ title, subtitle, sections: all }: ReportDocument): string {
  return `${[`# ${escapeMarkdown(title)}`, inlines(subtitle), ...sections(all, { text: '' })].join('\n\n')}\n`;
}

function sections(all: readonly Section[], conclusions: Rendering['student']['conclusions']): string[] {
  return all.flatMap(({ title, blocks }) => [
    `## ${escapeMarkdown(title)}`,
    ...blocks.map((each) => block(each, conclusions)),
  ]);
}

function block(each: Block, conclusions: Rendering['student']['conclusions']): string {
  switch (each.kind) {
    case 'paragraph':
      return inlines(each.text);
    case 'callout':
      return [
        `> **${statusMark[each.tone]} ${escapeMarkdown(each.title)}**`,
        ...each.sentences.map((sentence) => `>\n> ${escapeMarkdown(sentence)}`),
        ...(each.advice.length === 0
          ? []
          : ['>', ...each.advice.map((advice) => `> - ${escapeMarkdown(advice)}`)]),
      ].join('\n');
    case 'table':
      return table(each);
    case 'figure': {
      const { title, alt, note } = each.figure;
      return `${image(alt, figurePath(each.figure))}\n\n${caption(title)}${note ? ` ${escapeMarkdown(note)}` : ''}`;
    }
    case 'pictures': {
      const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
      return [
        `### ${escapeMarkdown(each.caption)}`,
        [
          row(each.pictures.map(({ title }) => escapeMarkdown(title))),
          row(each.pictures.map(() => '---')),
          row(
            each.pictures.map((picture) =>
              picture.image === undefined
                ? escapeMarkdown(picture.missing ?? '')
                : image(picture.alt, picture.path),
            ),
          ),
        ].join('\n'),
      ].join('\n\n');
    }
    case 'code': {
      const text = visible(each.text);
      const fence = '`'.repeat(Math.max(3, longestRun(text, '`') + 1));
      return `${fence}text\n${text}\n${fence}`;
    }
    case 'fold':
      return [
        // A line of HTML: Markdown's own escapes mean nothing there.
        `<details>\n<summary>${escapeHtml(visibleLine(each.title))}</summary>`,
        ...each.blocks.map((inner) => block(inner, conclusions)),
        '</details>',
      ].join('\n\n');
    case 'conclusions':
      return [
        conclusionMarks.markdown.begin,
        '',
        conclusions.markup === 'markdown' ? conclusions.text : plain(conclusions.text),
        '',
        conclusionMarks.markdown.end,
      ].join('\n');
  }
}

const plain = (text: string): string =>
  paragraphs(text)
    .map((lines) => lines.map(escapeMarkdown).join('\\\n'))
    .join('\n\n');

const caption = (text: string) => `**${escapeMarkdown(text)}.**`;
const image = (alt: string, path: string) => `![${escapeMarkdown(alt)}](${path})`;

function table({ caption: title, columns, rows, note }: Table): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const lines = [
    row(columns.map((column) => escapeMarkdown(column.title))),
    row(columns.map((column) => (column.align === 'right' ? '---:' : '---'))),
    ...rows.map((cells) => row(cells.map((cell) => inlines(cell, true)))),
  ];
  return [caption(title), lines.join('\n'), ...(note === undefined ? [] : [escapeMarkdown(note)])].join(
    '\n\n',
  );
}

const inlines = (text: Text, inTable = false): string =>
  text
    .map((each) => inline(each, inTable))
    .join('')
    .trim();

function inline(each: Inline, inTable: boolean): string {
  if (typeof each === 'string') return keepSpaces(each);
  if ('code' in each) return codeSpan(each.code, inTable);
  if ('strong' in each) return `**${escapeMarkdown(each.strong)}**`;
  if ('status' in each) return `${statusMark[each.status]} ${escapeMarkdown(each.text)}`;
  return plainNumber(each);
}

/** Escapes trim; a run of text inside a sentence keeps one space at either end. */
function keepSpaces(text: string): string {
  return `${/^\s/.test(text) ? ' ' : ''}${escapeMarkdown(text)}${/\s$/.test(text) && text.trim() !== '' ? ' ' : ''}`;
}
