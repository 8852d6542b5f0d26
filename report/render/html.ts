/**
 * The report as one HTML file: no script, nothing fetched, pictures inside as data: URIs. Its content security
 * policy forbids the rest, so that text from a guest could do nothing even if an escape were missing.
 */
import type {
  Block,
  Inline,
  Picture,
  Rendering,
  ReportDocument,
  Section,
  StudentText,
  Table,
  Text,
} from '../document.ts';
import { paragraphs, statusMark } from '../document.ts';
import type { DrawnFigure, Figure } from '../figures/figure.ts';
import { escapeHtml, Html, html } from './markup.ts';
import { reportStyle } from './style.ts';

const policy =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function renderHtml({ document, student, figures }: Rendering): string {
  const fields = html`<dl class="student">
${(['name', 'group'] as const).map(
  (field) => html`<div><dt>${field === 'name' ? 'Student' : 'Group'}</dt><dd>${student[field]}</dd></div>
`,
)}</dl>
`;
  return page(document, fields, { student, figures });
}

/** A document in which nobody writes, and which has no figures. */
export function renderPlainHtml(document: ReportDocument): string {
  return page(document, html``, { student: nobody, figures: new Map() });
}

const nobody: StudentText = { name: '', group: '', conclusions: { text: '' } };

function page({ title, subtitle, sections }: ReportDocument, fields: Html, parts: Parts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>
${new Html(reportStyle)}
</style>
</head>
<body>
<a class="skip" href="#${sections[0]?.id ?? ''}">Skip to the answer</a>
<main>
<header>
<h1>${title}</h1>
<p class="subtitle">${inlines(subtitle)}</p>
${fields}</header>
<nav aria-label="Sections"><ul>
${sections.map(
  ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>
`,
)}</ul></nav>
${sections.map((each) => section(each, parts))}
</main>
</body>
</html>
`.source;
}

type Parts = Pick<Rendering, 'student' | 'figures'>;

function section({ id, title, blocks }: Section, parts: Parts): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${groupNarrow(blocks).map((group) =>
  group.length === 1
    ? group.map((each) => block(each, parts))
    : html`<div class="beside">${group.map((each) => block(each, parts))}</div>`,
)}</section>
`;
}

/** Narrow tables that follow each other stand beside each other. */
function groupNarrow(blocks: readonly Block[]): Block[][] {
  const narrow = (each: Block | undefined) => each?.kind === 'table' && each.narrow === true;
  const groups: Block[][] = [];
  for (const each of blocks) {
    const last = groups.at(-1);
    if (last !== undefined && narrow(each) && narrow(last.at(-1))) last.push(each);
    else groups.push([each]);
  }
  return groups;
}

function block(each: Block, parts: Parts): Html {
  switch (each.kind) {
    case 'paragraph':
      return html`<p${new Html(each.small ? ' class="small"' : '')}>${inlines(each.text)}</p>
`;
    case 'callout':
      return html`<div class="callout ${each.tone}">
<p class="verdict">${statusMark[each.tone]} ${each.title}</p>
${each.sentences.map(
  (sentence) => html`<p>${sentence}</p>
`,
)}${
  each.advice.length === 0
    ? ''
    : html`<ul>${each.advice.map((advice) => html`<li>${advice}</li>`)}</ul>
`
}</div>
`;
    case 'table':
      return table(each);
    case 'figure':
      return figure(each.figure, parts.figures.get(each.figure.name));
    case 'pictures':
      return html`<h3>${each.caption}</h3>
<div class="pictures">
${each.pictures.map(picture)}</div>
`;
    case 'code':
      return html`<pre tabindex="0"><code>${each.text}</code></pre>
`;
    case 'fold':
      return html`<details${new Html(each.print ? ' class="printed"' : '')}>
<summary>${each.title}</summary>
${each.blocks.map((inner) => block(inner, parts))}</details>
`;
    case 'conclusions':
      return conclusions(parts.student);
  }
}

function table({ caption, columns, rows, note }: Table): Html {
  const side = (at: number) => new Html(columns[at]?.align === 'right' ? ' class="right"' : '');
  return html`<div class="table">
<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
<table>
<caption>${caption}</caption>
<thead><tr>${columns.map(({ title }, at) => html`<th scope="col"${side(at)}>${title}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (row) => html`<tr>${row.map((cell, at) =>
    at === 0
      ? html`<th scope="row"${side(at)}>${inlines(cell)}</th>`
      : html`<td${side(at)}>${inlines(cell)}</td>`,
  )}</tr>
`,
)}</tbody>
</table>
</div>
${
  note === undefined
    ? ''
    : html`<p class="small">${note}</p>
`
}</div>
`;
}

function figure(figure: Figure, drawn: DrawnFigure | undefined): Html {
  if (drawn === undefined) return html``;
  // The drawing is ours, and its texts went through ECharts' own escape: it goes in as it is, with a name.
  const svg = drawn.svg.replace(/^<svg/, () => `<svg role="img" aria-label="${escapeHtml(figure.alt)}"`);
  return html`<figure class="figure">
<div class="scroll" role="region" aria-label="${figure.title}" tabindex="0">${new Html(svg)}</div>
<figcaption><strong>${figure.title}.</strong>${figure.note === undefined ? '' : ` ${figure.note}`}</figcaption>
</figure>
`;
}

function picture({ title, alt, image, missing }: Picture): Html {
  if (image === undefined)
    return html`<figure class="picture"><div class="missing">${missing ?? ''}</div><figcaption>${title}</figcaption></figure>
`;
  const data = Buffer.from(image.bytes).toString('base64');
  return html`<figure class="picture"><img src="data:image/png;base64,${data}" width="${image.width}" height="${image.height}" alt="${alt}"><figcaption>${title}</figcaption></figure>
`;
}

function conclusions({ conclusions }: StudentText): Html {
  const text = paragraphs(conclusions.text);
  if (text.length === 0)
    return html`<p class="small screen">Room for the conclusions: write them in <code>report.md</code>, <code>README.rst</code> or <code>report.docx</code> and run <code>lab3 report</code>; they appear here and are kept.</p>
<div class="ruled" aria-hidden="true">${[...'12345678'].map(() => html`<hr>`)}</div>
`;
  return html`${text.map(
    (lines) => html`<p class="lines">${lines.join('\n')}</p>
`,
  )}`;
}

const inlines = (text: Text): Html => html`${text.map(inline)}`;

function inline(each: Inline): Html {
  if (typeof each === 'string') return html`${each}`;
  if ('code' in each) return html`<code>${each.code}</code>`;
  if ('strong' in each) return html`<strong>${each.strong}</strong>`;
  if ('status' in each)
    return html`<span class="status ${each.status}"><span aria-hidden="true">${statusMark[each.status]}</span> ${each.text}</span>`;
  return html`${number(each.number)}${each.unit === undefined ? '' : `\u00a0${each.unit}`}`;
}

/** Groups of digits are set apart by style alone, so that what is copied is the number itself. */
function number(text: string): Html {
  const [whole = '', fraction] = text.split('.');
  const digits = whole.replace(/^-/, '');
  const sign = whole.startsWith('-') ? '\u2212' : '';
  const rest = fraction === undefined ? '' : `.${fraction}`;
  if (digits.length <= 4) return html`<span class="n">${sign + digits + rest}</span>`;
  const [first = '', ...groups] = digits.replace(/\B(?=(\d{3})+$)/g, ' ').split(' ');
  return html`<span class="n">${sign + first}${groups.map((group) => html`<span>${group}</span>`)}${rest}</span>`;
}
