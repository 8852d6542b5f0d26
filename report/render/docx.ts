/** The report as a Word document. `docx` is a large library: it is read when a document is made. */
import type { Paragraph as DocxParagraph, Table as DocxTable, IImageOptions } from 'docx';
import type { Block, Inline, Picture, Rendering, Table, Text } from '../document.ts';
import { figurePath, paragraphs } from '../document.ts';
import { docxBookmarks } from '../docxText.ts';
import { grouped } from '../numbers.ts';
import { visible, visibleLine } from '../text.ts';

type Library = typeof import('docx');
type Part = DocxParagraph | DocxTable;

/** Text area of A4 between the margins, in twentieths of a point and in pixels of 1/96 inch. */
const margin = 1020;
const textWidth = 11906 - 2 * margin;
const pixelWidth = Math.floor(textWidth / 15);

const colour = {
  quiet: '57606A',
  line: 'D0D7DE',
  soft: 'F6F8FA',
  good: '116329',
  bad: 'B3261E',
  unknown: '7A5D00',
};
const codeFont = 'Consolas';

export async function renderDocx(rendering: Rendering): Promise<Uint8Array> {
  const library = await import('docx');
  return new Writer(library, rendering).document();
}

class Writer {
  readonly docx: Library;
  readonly rendering: Rendering;

  constructor(docx: Library, rendering: Rendering) {
    this.docx = docx;
    this.rendering = rendering;
  }

  async document(): Promise<Uint8Array> {
    const { AlignmentType, Document, Footer, Packer, PageNumber, Paragraph, TextRun } = this.docx;
    const { document } = this.rendering;
    const footer = new Footer({
      children: [
        new Paragraph({
          alignment: AlignmentType.CENTER,
          children: [
            new TextRun({
              children: ['Page ', PageNumber.CURRENT, ' of ', PageNumber.TOTAL_PAGES],
              color: colour.quiet,
              size: 18,
            }),
          ],
        }),
      ],
    });
    const file = new Document({
      title: visibleLine(document.title),
      creator: 'lab3',
      description: 'Lab report',
      styles: {
        default: {
          document: { run: { font: 'Calibri', size: 22, language: { value: 'en-US' } } },
          title: { run: { size: 40, bold: true }, paragraph: { spacing: { after: 60 } } },
          heading1: {
            run: { size: 30, bold: true, color: '1C2128' },
            paragraph: { spacing: { before: 360, after: 140 }, keepNext: true },
          },
          heading2: {
            run: { size: 23, bold: true, color: '1C2128' },
            paragraph: { spacing: { before: 220, after: 100 }, keepNext: true },
          },
        },
      },
      sections: [
        {
          properties: {
            page: {
              size: { width: 11906, height: 16838 },
              margin: { top: margin, right: margin, bottom: margin, left: margin },
            },
          },
          footers: { default: footer },
          children: this.contents(),
        },
      ],
    });
    return new Uint8Array(await Packer.toBuffer(file));
  }

  contents(): Part[] {
    const { HeadingLevel, Paragraph } = this.docx;
    const { document, student } = this.rendering;
    return [
      new Paragraph({ heading: HeadingLevel.TITLE, children: this.runs([document.title]) }),
      this.bookmarked(docxBookmarks.student, this.runs(document.subtitle, { color: colour.quiet })),
      this.fields([
        ['Student', student.name],
        ['Group', student.group],
      ]),
      ...document.sections.flatMap(({ title, blocks }) => [
        title === 'Conclusions' || blocks.some((each) => each.kind === 'conclusions')
          ? this.bookmarked(docxBookmarks.conclusions, this.runs([title]), HeadingLevel.HEADING_1)
          : new Paragraph({ heading: HeadingLevel.HEADING_1, children: this.runs([title]) }),
        ...blocks.flatMap((each) => this.block(each)),
      ]),
    ];
  }

  block(each: Block): Part[] {
    const { HeadingLevel, Paragraph } = this.docx;
    switch (each.kind) {
      case 'paragraph':
        return [this.paragraph(each.text, each.small ? { color: colour.quiet, size: 18 } : {})];
      case 'callout':
        return [
          this.box(
            [
              new Paragraph({
                spacing: { after: 60 },
                children: this.runs([{ status: each.tone, text: each.title }]),
              }),
              ...each.sentences.map((text) => this.paragraph([text])),
              ...each.advice.map(
                (text) => new Paragraph({ bullet: { level: 0 }, children: this.runs([text]) }),
              ),
            ],
            each.tone === 'good' ? 'EAF7EE' : each.tone === 'bad' ? 'FDEFEE' : colour.soft,
          ),
          this.gap(),
        ];
      case 'table':
        return this.table(each);
      case 'figure': {
        const drawn = this.rendering.figures.get(each.figure.name);
        if (drawn === undefined) return [];
        const note = each.figure.kind === 'timeline' ? each.figure.note : undefined;
        return [
          new Paragraph({
            keepNext: true,
            children: [this.image(drawn.png, drawn, pixelWidth, each.figure.alt, figurePath(each.figure))],
          }),
          this.paragraph([{ strong: `${each.figure.title}.` }, ...(note ? [` ${note}`] : [])], {
            color: colour.quiet,
            size: 18,
          }),
        ];
      }
      case 'pictures':
        return [
          new Paragraph({ heading: HeadingLevel.HEADING_2, children: this.runs([each.caption]) }),
          this.pictures(each.pictures),
          this.gap(),
        ];
      case 'code':
        return visible(each.text)
          .split('\n')
          .map(
            (line) =>
              new Paragraph({
                spacing: { after: 0, line: 220 },
                shading: { fill: colour.soft },
                children: [
                  new this.docx.TextRun({
                    text: line.replace(/\t/g, '        '),
                    font: codeFont,
                    size: 15,
                    noProof: true,
                  }),
                ],
              }),
          );
      case 'fold':
        return [
          new Paragraph({ heading: HeadingLevel.HEADING_2, children: this.runs([each.title]) }),
          ...each.blocks.flatMap((inner) => this.block(inner)),
        ];
      case 'conclusions': {
        const text = paragraphs(this.rendering.student.conclusions.text);
        const room =
          text.length === 0
            ? Array.from({ length: 8 }, () => new Paragraph({}))
            : text.map((lines) => this.lines(lines));
        return [this.box(room, 'FFFFFF'), this.gap()];
      }
    }
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

  gap(): DocxParagraph {
    return new this.docx.Paragraph({ spacing: { after: 60 } });
  }

  bookmarked(
    id: string,
    children: ReturnType<Writer['runs']>,
    heading?: (typeof this.docx.HeadingLevel)[keyof typeof this.docx.HeadingLevel],
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

  table({ caption, columns, rows, note }: Table): Part[] {
    const { Paragraph, Table, TableRow, WidthType } = this.docx;
    const widths = columnWidths(
      columns.map(({ title }) => title),
      rows,
    );
    const align = (at: number) => (columns[at]?.align === 'right' ? { right: true } : {});
    return [
      new Paragraph({
        keepNext: true,
        spacing: { before: 120, after: 80 },
        children: this.runs([caption], { color: colour.quiet, size: 20 }),
      }),
      new Table({
        width: { size: textWidth, type: WidthType.DXA },
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
      note === undefined ? this.gap() : this.paragraph([note], { color: colour.quiet, size: 18 }),
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
                  this.paragraph([title], { color: colour.quiet, size: 18 }),
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
      text: `${{ good: '✓', bad: '✗', unknown: '•' }[each.status]} ${visibleLine(each.text)}`,
      bold: true,
      color: colour[each.status],
    };
  return { text: `${grouped(each.number, '\u00a0')}${each.unit === undefined ? '' : `\u00a0${each.unit}`}` };
}

/** Shares of the width by the longest text of each column, within reason: Word does not measure by itself. */
function columnWidths(titles: readonly string[], rows: readonly (readonly Text[])[]): number[] {
  const lengths = titles.map((title, at) => {
    const cells = rows.map((row) => (row[at] ?? []).reduce((sum, each) => sum + run(each).text.length, 0));
    const longestWord = title.split(' ').reduce((most, word) => Math.max(most, word.length), 0);
    return Math.min(60, Math.max(6, longestWord + 2, ...cells.slice(0, 400)));
  });
  const all = lengths.reduce((sum, length) => sum + length, 0);
  return lengths.map((length) => Math.floor((length * textWidth) / all));
}
