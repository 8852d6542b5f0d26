/**
 * The report as a document, before any format: what is said, in which order, and what the student may write in.
 * Renderers turn it into HTML, Markdown, reStructuredText and DOCX and decide nothing about the contents.
 * Every text here may hold what a guest or a student wrote: escaping is the renderer's work.
 */
import type { DrawnFigure, Figure } from './figures/figure.ts';
import { visible } from './text.ts';

export type Tone = 'good' | 'bad' | 'unknown';
/** Colour is never the only sign. */
export const statusMark = { good: '✓', bad: '✗', unknown: '•' } as const;

/** A run of text. `number` is a decimal text with an optional fraction, grouped for reading by each renderer. */
export type Inline =
  | string
  | { readonly code: string }
  | { readonly strong: string }
  | { readonly number: string; readonly unit?: string }
  | { readonly status: Tone; readonly text: string };
export type Text = readonly Inline[];

export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

export interface Table {
  readonly kind: 'table';
  readonly caption: string;
  readonly columns: readonly Column[];
  /** The first cell of each row is its header. */
  readonly rows: readonly (readonly Text[])[];
  readonly note?: string;
  /** Several of them fit beside each other. */
  readonly narrow?: true;
}

export interface Picture {
  /** Path below the report folder, with `/`; absent with `missing`. */
  readonly path: string;
  /** A PNG of `width` × `height` pixels; absent where there is none, and then `missing` says why. */
  readonly image?: { readonly bytes: Uint8Array; readonly width: number; readonly height: number };
  readonly missing?: string;
  readonly title: string;
  readonly alt: string;
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: Text; readonly small?: true }
  | {
      readonly kind: 'callout';
      readonly tone: Tone;
      readonly title: string;
      readonly sentences: readonly string[];
      readonly advice: readonly string[];
    }
  | Table
  | { readonly kind: 'figure'; readonly figure: Figure }
  /** Beside each other where there is room. */
  | { readonly kind: 'pictures'; readonly caption: string; readonly pictures: readonly Picture[] }
  | { readonly kind: 'code'; readonly text: string }
  /** Closed on a screen until asked for; `print` says whether paper shows it. */
  | {
      readonly kind: 'fold';
      readonly title: string;
      readonly print: boolean;
      readonly blocks: readonly Block[];
    }
  | { readonly kind: 'conclusions' };

export interface Section {
  /** Anchor, made of `a-z` and `-`. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** What the student writes; empty text leaves room to write. */
export interface StudentText {
  readonly name: string;
  readonly group: string;
  readonly conclusions: Conclusions;
}

/**
 * Paragraphs parted by blank lines. Where they were written in a file with a markup, that file gets them back as
 * they were, and the other formats show them as plain text.
 */
export interface Conclusions {
  readonly text: string;
  readonly markup?: 'markdown' | 'rst';
}

/** Everything a renderer needs. */
export interface Rendering {
  readonly document: ReportDocument;
  readonly student: StudentText;
  /** By the figure's name. */
  readonly figures: ReadonlyMap<string, DrawnFigure>;
}

/** Where a figure's PNG lies below the report folder. */
export const figurePath = (figure: Figure): string =>
  `${figure.kind === 'spread' ? 'sweep' : 'img'}/${figure.name}.png`;

/** The paragraphs of a plain text, each a list of lines. */
export function paragraphs(text: string): string[][] {
  return visible(text)
    .split(/\n\s*\n/)
    .map((paragraph) =>
      paragraph
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    )
    .filter((lines) => lines.length > 0);
}

export interface ReportDocument {
  readonly title: string;
  readonly subtitle: Text;
  readonly sections: readonly Section[];
}

/** Every figure of a document, in order. */
export function figuresOf(document: ReportDocument): Figure[] {
  return blocksOf(document).flatMap((block) => (block.kind === 'figure' ? [block.figure] : []));
}

function blocksOf(document: ReportDocument): Block[] {
  const flatten = (block: Block): Block[] =>
    block.kind === 'fold' ? block.blocks.flatMap(flatten) : [block];
  return document.sections.flatMap((section) => section.blocks.flatMap(flatten));
}
