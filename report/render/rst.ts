/** README.rst: the report as the course asks for it, in reStructuredText that docutils and GitHub both read. */
import type { Block, Inline, Rendering, Table, Text } from '../document.ts';
import { figurePath, paragraphs, statusMark } from '../document.ts';
import { plainNumber } from '../numbers.ts';
import { conclusionMarks, studentMarks } from '../student.ts';
import { visible, visibleLine } from '../text.ts';

/**
 * Text that reStructuredText shows as it stands. A line may not begin as a list, a field, a comment, an option or a
 * rule would: an escaped space, which vanishes, stands before whatever might.
 */
export function escapeRst(text: string): string {
  return guarded(inlineRst(visibleLine(text).trim()));
}

const guarded = (line: string): string =>
  /^[^\p{L}\p{N}]|^(?:\p{L}|\p{N}+|[ivxlcdm]+)[.)](?:\s|$)/iu.test(line) ? `\\ ${line}` : line;

/** The same in the middle of a line: markup, references, and what docutils would make a link. */
function inlineRst(text: string): string {
  return text
    .replace(/[\\`*_|]/g, '\\$&')
    .replace(/@/g, '\\@')
    .replace(/:(?=[/:]|$)|(?<=\p{L}):(?=\w)/gu, '\\:');
}

export function renderRst({ document, student }: Rendering): string {
  const title = heading(document.title);
  const rule = '='.repeat(width(title));
  const parts = [
    `${rule}\n${title}\n${rule}`,
    inlines(document.subtitle),
    studentMarks.rst.begin,
    [`:Name: ${field(student.name)}`.trimEnd(), `:Group: ${field(student.group)}`.trimEnd()].join('\n'),
    studentMarks.rst.end,
    ...document.sections.flatMap((section) => [
      underlined(section.title, '-'),
      ...section.blocks.map((each) => block(each, student.conclusions)),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

const heading = (text: string) => escapeRst(text);
const underlined = (text: string, character: string): string =>
  `${heading(text)}\n${character.repeat(width(heading(text)))}`;
/** At least as many columns as docutils counts: wide characters take two. */
const width = (text: string): number => [...text].reduce((sum, each) => sum + (each < '\u1100' ? 1 : 2), 0);

const field = (text: string) => (text.trim() === '' ? '' : escapeRst(text));

function block(each: Block, conclusions: Rendering['student']['conclusions']): string {
  switch (each.kind) {
    case 'paragraph':
      return inlines(each.text);
    case 'callout':
      return [
        `**${each.tone === 'good' ? '✓' : '✗'} ${inlineRst(visibleLine(each.title))}**`,
        ...each.sentences.map(escapeRst),
        ...(each.advice.length === 0
          ? []
          : [each.advice.map((advice) => `- ${escapeRst(advice)}`).join('\n')]),
      ].join('\n\n');
    case 'table':
      return table(each);
    case 'figure': {
      const { title, alt, note } = each.figure;
      return [
        `.. figure:: ${figurePath(each.figure)}`,
        `   :alt: ${visibleLine(alt)}`,
        '   :width: 100%',
        '',
        `   ${escapeRst(`${title}.${note ? ` ${note}` : ''}`)}`,
      ].join('\n');
    }
    case 'pictures':
      return [
        underlined(each.caption, '~'),
        listTable(
          undefined,
          [
            each.pictures.map(({ title }) => escapeRst(title)),
            each.pictures.map((picture) =>
              picture.image === undefined
                ? escapeRst(picture.missing ?? '')
                : [
                    `.. image:: ${picture.path}`,
                    `   :alt: ${visibleLine(picture.alt)}`,
                    '   :width: 100%',
                  ].join('\n'),
            ),
          ],
          0,
        ),
      ].join('\n\n');
    case 'code':
      return literal(each.text);
    case 'fold':
      return [
        `**${inlineRst(visibleLine(each.title))}**`,
        ...each.blocks.map((inner) => block(inner, conclusions)),
      ].join('\n\n');
    case 'conclusions':
      return [
        conclusionMarks.rst.begin,
        conclusions.markup === 'rst' ? conclusions.text : plain(conclusions.text),
        conclusionMarks.rst.end,
      ].join('\n\n');
  }
}

/** A literal block; each line is indented, so that none can end it. Quoting needs no characters at all. */
function literal(text: string): string {
  const lines = visible(text).split('\n');
  const body = lines.map((line) => (line.trim() === '' ? '' : `   ${line.replace(/\t/g, '        ')}`));
  return lines.every((line) => line.trim() === '') ? '' : `::\n\n${body.join('\n')}`;
}

/** Lines of a paragraph stay lines. */
const plain = (text: string): string =>
  paragraphs(text)
    .map((lines) =>
      lines.length === 1 ? escapeRst(lines[0] ?? '') : lines.map((line) => `| ${escapeRst(line)}`).join('\n'),
    )
    .join('\n\n');

function table({ caption, columns, rows, note }: Table): string {
  const cells = [columns.map(({ title }) => escapeRst(title)), ...rows.map((row) => row.map(inlines))];
  return [listTable(caption, cells, 1), ...(note === undefined ? [] : [escapeRst(note)])].join('\n\n');
}

function listTable(caption: string | undefined, rows: readonly (readonly string[])[], stubs: number): string {
  const item = (cell: string, mark: string) =>
    `   ${mark} - ${cell.split('\n').join('\n       ')}`.replace(/[ ]+$/gm, '');
  return [
    `.. list-table::${caption === undefined ? '' : ` ${escapeRst(caption)}`}`,
    '   :header-rows: 1',
    ...(stubs > 0 ? [`   :stub-columns: ${stubs}`] : []),
    ...(stubs > 0 ? [] : ['   :width: 100%']),
    '',
    ...rows.flatMap((row) => row.map((cell, at) => item(cell, at === 0 ? '*' : ' '))),
  ].join('\n');
}

/**
 * Inline markup needs a space or certain punctuation on either side (reStructuredText specification, "inline markup
 * recognition rules"): where there is neither, an escaped space, which vanishes, serves.
 */
function inlines(text: Text): string {
  const line = text.reduce((before: string, each, at) => {
    const piece = inline(each);
    const joint =
      (isMarkup(each) && /[^\s([{<'"/:-]$/.test(before)) ||
      (isMarkup(text[at - 1]) && /^[^\s)\]}>'"/\\:.,;!?-]/.test(piece));
    return `${before}${joint ? '\\ ' : ''}${piece}`;
  }, '');
  return isMarkup(text[0]) ? line.trim() : guarded(line.trim());
}

const isMarkup = (each: Inline | undefined): boolean =>
  typeof each === 'object' && ('code' in each || 'strong' in each);

function inline(each: Inline): string {
  if (typeof each === 'string') return inlineRst(visibleLine(each));
  if ('code' in each) return code(each.code);
  if ('strong' in each) return `**${inlineRst(visibleLine(each.strong).trim())}**`;
  if ('status' in each) return `${statusMark[each.status]} ${inlineRst(visibleLine(each.text))}`;
  return plainNumber(each);
}

/** An inline literal takes no escapes and may not hold its own end, nor begin or end with a space. */
function code(text: string): string {
  const line = visibleLine(text).trim();
  return line === '' || /``|^`|`$|\\$/.test(line) ? guarded(inlineRst(line)) : `\`\`${line}\`\``;
}
