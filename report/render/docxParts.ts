/** Pieces of a Word document: paragraphs, tables and pictures in the report's look. */
import type { Paragraph as DocxParagraph, Table as DocxTable, HeadingLevel, IImageOptions } from 'docx';
import { type Inline, type Picture, statusMark, type Table, type Text } from '../document.ts';
import { plainNumber } from '../numbers.ts';
import { visibleLine } from '../text.ts';

export type Library = typeof import('docx');
export type Part = DocxParagraph | DocxTable;

/** A4 with its text area between the margins, in twentieths of a point. */
export const page = { width: 11906, height: 16838, margin: 1020 } as const;
const textWidth = page.width - 2 * page.margin;
/** In pixels of 1/96 inch. */
export const pixelWidth = Math.floor(textWidth / 15);

export const colour = {
  ink: '1C2128',
  quiet: '57606A',
  line: 'D0D7DE',
  soft: 'F6F8FA',
  good: '116329',
  bad: 'B3261E',
  unknown: '7A5D00',
};
export const codeFont = 'Consolas';

export class Parts {
  readonly docx: Library;

  constructor(docx: Library) {
    this.docx = docx;
  }

  paragraph(text: Text, look: Look = {}): DocxParagraph {
    return new this.docx.Paragraph({ spacing: { after: 120 }, children: this.runs(text, look) });
  }

  lines(lines: readonly string[]): DocxParagraph {
    const { Paragraph, TextRun } = this.docx;
    return new Paragraph({
      spacing: { after: 120 },
      children: lines.map((line, at) => new TextRun(at === 0 ? { text: line } : { text: line, break: 1 })),
    });
  }

  /** Small print below a table or a picture. */
  note(text: Text): DocxParagraph {
    return new this.docx.Paragraph({
      spacing: { before: 80, after: 160 },
      children: this.runs(text, { color: colour.quiet, size: 18 }),
    });
  }

  /** Tables that touch become one in Word: a low empty paragraph keeps them apart. */
  gap(): DocxParagraph {
    return new this.docx.Paragraph({ spacing: { after: 0, line: 200, lineRule: 'exact' } });
  }

  bookmarked(
    id: string,
    children: ReturnType<Parts['runs']>,
    heading?: (typeof HeadingLevel)[keyof typeof HeadingLevel],
  ): DocxParagraph {
    const { Bookmark, Paragraph } = this.docx;
    return new Paragraph({
      ...(heading === undefined ? {} : { heading }),
      keepNext: true,
      children: [new Bookmark({ id, children })],
    });
  }

  runs(text: Text, look: Look = {}) {
    return text.map((each) => new this.docx.TextRun({ ...look, ...run(each) }));
  }

  /** One cell that is as wide as the page. */
  box(children: readonly DocxParagraph[], fill: string): DocxTable {
    const { Table, TableCell, TableRow, WidthType } = this.docx;
    return new Table({
      width: { size: textWidth, type: WidthType.DXA },
      columnWidths: [textWidth],
      borders: this.borders('single'),
      rows: [
        new TableRow({
          children: [
            new TableCell({
              width: { size: textWidth, type: WidthType.DXA },
              shading: { fill },
              margins: { top: 120, bottom: 60, left: 180, right: 180 },
              children: [...children],
            }),
          ],
        }),
      ],
    });
  }

  fields(rows: readonly (readonly [string, string])[]): DocxTable {
    const { Table, TableRow, WidthType } = this.docx;
    const widths = [1700, textWidth - 1700];
    return new Table({
      width: { size: textWidth, type: WidthType.DXA },
      columnWidths: widths,
      borders: this.borders('single'),
      rows: rows.map(
        ([label, value]) =>
          new TableRow({
            children: [
              this.cell([label], widths[0], { look: { color: colour.quiet } }),
              this.cell([value], widths[1], { look: { bold: true } }),
            ],
          }),
      ),
    });
  }

  table({ caption, columns, rows, note, narrow }: Table): Part[] {
    const { Paragraph, Table, TableRow, WidthType } = this.docx;
    const widths = columnWidths(
      columns.map(({ title }) => title),
      rows,
      narrow === true,
    );
    const total = widths.reduce((sum, width) => sum + width, 0);
    const align = (at: number) => (columns[at]?.align === 'right' ? { right: true } : {});
    return [
      new Paragraph({
        keepNext: true,
        spacing: { before: 120, after: 80 },
        children: this.runs([caption], { color: colour.quiet, size: 20 }),
      }),
      new Table({
        width: { size: total, type: WidthType.DXA },
        columnWidths: widths,
        borders: this.borders('none'),
        rows: [
          new TableRow({
            tableHeader: true,
            cantSplit: true,
            children: columns.map(({ title }, at) =>
              this.cell([title], widths[at], {
                ...align(at),
                look: { bold: true, size: 19 },
                fill: colour.soft,
              }),
            ),
          }),
          ...rows.map(
            (row) =>
              new TableRow({
                cantSplit: true,
                children: row.map((text, at) =>
                  this.cell(text, widths[at], {
                    ...align(at),
                    look: { size: 19, ...(at === 0 ? { bold: true } : {}) },
                  }),
                ),
              }),
          ),
        ],
      }),
      note === undefined ? this.gap() : this.note([note]),
    ];
  }

  cell(
    text: Text,
    width = 0,
    { look = {}, right = false, fill }: { look?: Look; right?: boolean; fill?: string } = {},
  ) {
    const { AlignmentType, Paragraph, TableCell, WidthType } = this.docx;
    return new TableCell({
      width: { size: width, type: WidthType.DXA },
      margins: { top: 50, bottom: 50, left: 90, right: 90 },
      ...(fill === undefined ? {} : { shading: { fill } }),
      children: [
        new Paragraph({
          ...(right ? { alignment: AlignmentType.RIGHT } : {}),
          children: this.runs(text, look),
        }),
      ],
    });
  }

  pictures(pictures: readonly Picture[]): DocxTable {
    const { Paragraph, Table, TableCell, TableRow, WidthType } = this.docx;
    const width = Math.floor(textWidth / pictures.length);
    return new Table({
      width: { size: textWidth, type: WidthType.DXA },
      columnWidths: pictures.map(() => width),
      borders: this.borders('none', false),
      rows: [
        new TableRow({
          cantSplit: true,
          children: pictures.map(
            ({ image, alt, path, missing, title }) =>
              new TableCell({
                width: { size: width, type: WidthType.DXA },
                margins: { left: 40, right: 40 },
                children: [
                  image === undefined
                    ? this.paragraph([missing ?? ''], { color: colour.quiet })
                    : new Paragraph({
                        children: [this.image(image.bytes, image, Math.floor(width / 15) - 8, alt, path)],
                      }),
                  this.note([title]),
                ],
              }),
          ),
        }),
      ],
    });
  }

  image(
    data: Uint8Array,
    size: { width: number; height: number },
    widest: number,
    alt: string,
    name: string,
  ) {
    const scale = Math.min(1, widest / size.width);
    const options: IImageOptions = {
      type: 'png',
      data: Buffer.from(data),
      transformation: { width: Math.round(size.width * scale), height: Math.round(size.height * scale) },
      altText: { title: name, name, description: visibleLine(alt) },
    };
    return new this.docx.ImageRun(options);
  }

  borders(outside: 'single' | 'none', rules = true) {
    const { BorderStyle } = this.docx;
    const line = { style: BorderStyle.SINGLE, size: 4, color: colour.line };
    const no = { style: BorderStyle.NONE, size: 0, color: 'auto' };
    const side = outside === 'single' ? line : no;
    const rule = rules ? line : no;
    return { left: side, right: side, top: rule, bottom: rule, insideHorizontal: rule, insideVertical: no };
  }
}

interface Look {
  readonly color?: string;
  readonly size?: number;
  readonly bold?: boolean;
}

function run(each: Inline): {
  text: string;
  bold?: boolean;
  color?: string;
  font?: string;
  noProof?: boolean;
} {
  if (typeof each === 'string') return { text: visibleLine(each) };
  if ('code' in each) return { text: visibleLine(each.code), font: codeFont, noProof: true };
  if ('strong' in each) return { text: visibleLine(each.strong), bold: true };
  if ('status' in each)
    return {
      text: `${statusMark[each.status]} ${visibleLine(each.text)}`,
      bold: true,
      color: colour[each.status],
    };
  return { text: plainNumber(each) };
}

/** Twentieths of a point that a character of a table takes, its cell's margins included. */
const perCharacter = 170;

/** Shares of the width by the longest text of each column, within reason: Word does not measure by itself. */
function columnWidths(
  titles: readonly string[],
  rows: readonly (readonly Text[])[],
  narrow: boolean,
): number[] {
  const lengths = titles.map((title, at) => {
    const cells = rows.map((row) => (row[at] ?? []).reduce((sum, each) => sum + run(each).text.length, 0));
    const longestWord = title.split(' ').reduce((most, word) => Math.max(most, word.length), 0);
    return Math.min(48, Math.max(6, Math.ceil(longestWord * 1.2) + 2, ...cells.slice(0, 400)));
  });
  const all = lengths.reduce((sum, length) => sum + length, 0);
  const total = narrow ? Math.min(textWidth, all * perCharacter) : textWidth;
  return lengths.map((length) => Math.floor((length * total) / all));
}
