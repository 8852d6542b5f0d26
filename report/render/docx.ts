/** The report as a Word document. `docx` is a large library: it is read when a document is made. */
import { type Block, figurePath, paragraphs, type Rendering } from '../document.ts';
import { docxBookmarks } from '../docxText.ts';
import { visible, visibleLine } from '../text.ts';
import { codeFont, colour, type Library, type Part, Parts, page, pixelWidth } from './docxParts.ts';

export async function renderDocx(rendering: Rendering): Promise<Uint8Array> {
  const library = await import('docx');
  return new Writer(new Parts(library), rendering).document();
}

class Writer {
  readonly docx: Library;
  readonly parts: Parts;
  readonly rendering: Rendering;

  constructor(parts: Parts, rendering: Rendering) {
    this.docx = parts.docx;
    this.parts = parts;
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
          title: { run: { size: 40, bold: true, color: colour.ink }, paragraph: { spacing: { after: 60 } } },
          heading1: {
            run: { size: 30, bold: true, color: colour.ink },
            paragraph: { spacing: { before: 360, after: 140 }, keepNext: true },
          },
          heading2: {
            run: { size: 23, bold: true, color: colour.ink },
            paragraph: { spacing: { before: 220, after: 100 }, keepNext: true },
          },
        },
      },
      sections: [
        {
          properties: {
            page: {
              size: { width: page.width, height: page.height },
              margin: { top: page.margin, right: page.margin, bottom: page.margin, left: page.margin },
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
      new Paragraph({ heading: HeadingLevel.TITLE, children: this.parts.runs([document.title]) }),
      this.parts.bookmarked(
        docxBookmarks.student,
        this.parts.runs(document.subtitle, { color: colour.quiet }),
      ),
      this.parts.fields([
        ['Student', student.name],
        ['Group', student.group],
      ]),
      ...document.sections.flatMap(({ title, blocks }) => [
        blocks.some((each) => each.kind === 'conclusions')
          ? this.parts.bookmarked(docxBookmarks.conclusions, this.parts.runs([title]), HeadingLevel.HEADING_1)
          : new Paragraph({ heading: HeadingLevel.HEADING_1, children: this.parts.runs([title]) }),
        ...blocks.flatMap((each) => this.block(each)),
      ]),
    ];
  }

  block(each: Block): Part[] {
    const { HeadingLevel, Paragraph } = this.docx;
    switch (each.kind) {
      case 'paragraph':
        return [each.small ? this.parts.note(each.text) : this.parts.paragraph(each.text)];
      case 'callout':
        return [
          this.parts.box(
            [
              new Paragraph({
                spacing: { after: 60 },
                children: this.parts.runs([{ status: each.tone, text: each.title }]),
              }),
              ...each.sentences.map((text) => this.parts.paragraph([text])),
              ...each.advice.map(
                (text) => new Paragraph({ bullet: { level: 0 }, children: this.parts.runs([text]) }),
              ),
            ],
            each.tone === 'good' ? 'EAF7EE' : each.tone === 'bad' ? 'FDEFEE' : colour.soft,
          ),
          this.parts.gap(),
        ];
      case 'table':
        return this.parts.table(each);
      case 'figure': {
        const drawn = this.rendering.figures.get(each.figure.name);
        if (drawn === undefined) return [];
        const { note } = each.figure;
        return [
          new Paragraph({
            keepNext: true,
            children: [
              this.parts.image(drawn.png, drawn, pixelWidth, each.figure.alt, figurePath(each.figure)),
            ],
          }),
          this.parts.note([{ strong: `${each.figure.title}.` }, ...(note ? [` ${note}`] : [])]),
        ];
      }
      case 'pictures':
        return [
          new Paragraph({ heading: HeadingLevel.HEADING_2, children: this.parts.runs([each.caption]) }),
          this.parts.pictures(each.pictures),
          this.parts.gap(),
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
          new Paragraph({ heading: HeadingLevel.HEADING_2, children: this.parts.runs([each.title]) }),
          ...each.blocks.flatMap((inner) => this.block(inner)),
        ];
      case 'conclusions': {
        const text = paragraphs(this.rendering.student.conclusions.text);
        const room =
          text.length === 0
            ? Array.from({ length: 8 }, () => new Paragraph({}))
            : text.map((lines) => this.parts.lines(lines));
        return [this.parts.box(room, 'FFFFFF'), this.parts.gap()];
      }
    }
  }
}
