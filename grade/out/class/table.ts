/** The table of students in class.html: complete without its script, which sorts and filters by the `data-` attributes. */
import { Html, html } from '../../../report/render/markup.ts';
import { visibleLine } from '../../../report/text.ts';
import type { Grades, StudentResult } from '../../document.ts';
import { type Status, statuses } from '../../names.ts';
import { delayText, finalMark, markWords, pointsText, statusWords } from '../words.ts';
import { groupOf } from './figures.ts';

/** Colour is never the only sign. */
const glyphs: Readonly<Record<Status, string>> = {
  pass: '✓',
  partial: '½',
  fail: '✗',
  skipped: '–',
  inconclusive: '≈',
  review: '?',
  error: '!',
  not_submitted: '∅',
};

export function studentTable(grades: Grades): Html {
  const { criteria, students } = grades;
  const similar = similarCounts(grades);
  const withSimilar = similar.size > 0;
  // Widths that are given need no look at thousands of cells, so sorting is quick and columns stand still.
  const widths = [
    undefined,
    12.5,
    4.5,
    4.5,
    5,
    ...(withSimilar ? [4.75] : []),
    ...criteria.map((_, at) => (at === criteria.length - 1 ? 2.6 : 2)),
  ];
  return html`<section id="students" aria-labelledby="students-title">
<h2 id="students-title">Students</h2>
${toolbar(grades)}
<div class="table">
<div class="scroll tall" role="region" aria-label="Marks of the class" tabindex="0">
<table class="class" style="min-width:${widths.reduce<number>((sum, width) => sum + (width ?? 17), 0)}rem">
<caption class="unseen">Marks of the class</caption>
<colgroup>${widths.map((width) => html`<col${width === undefined ? '' : html` style="width:${width}rem"`}>`)}</colgroup>
<thead><tr>${header('Student', 'text')}${header('Status', 'text')}${header('Final', 'number')}${header('Raw', 'number')}${header('Penalty', 'number')}${withSimilar ? header('Similar', 'number') : ''}${criteria.map(
    ({ title, points }) =>
      html`<th scope="col" class="turned" title="${title}, ${pointsText(points)} points"><button type="button" data-sort="number"><span>${title}</span></button></th>`,
  )}</tr></thead>
<tbody>
${students.map((student) => row(student, grades, withSimilar ? (similar.get(student.key) ?? 0) : undefined))}</tbody>
</table>
</div>
<p class="small legend">${statuses.map((status) => html`<span><b class="cell ${groupOf[status] ?? 'none'}" aria-hidden="true">${glyphs[status]}</b>${statusWords[status]}</span>`)}</p>
</div>
</section>`;
}

function toolbar({ students }: Grades): Html {
  const states = (Object.keys(markWords) as StudentResult['status'][]).flatMap((status) => {
    const count = students.filter((student) => student.status === status).length;
    return count === 0 ? [] : [{ status, count }];
  });
  return html`<div class="toolbar scripted" role="search">
<label>Search <input type="search" id="search" placeholder="name, login, number" autocomplete="off" spellcheck="false"></label>
<div class="chips" role="group" aria-label="Show only">${states.map(
    ({ status, count }) =>
      html`<button type="button" data-status="${status}" aria-pressed="false">${markWords[status]} <span>${count}</span></button>`,
  )}<button type="button" data-late="1" aria-pressed="false">late <span>${students.filter(({ late }) => late !== undefined && late.seconds > 0).length}</span></button></div>
<p id="shown" role="status">${students.length} of ${students.length}</p>
<button type="button" id="clear" hidden>Show all</button>
</div>`;
}

const header = (title: string, kind: 'text' | 'number'): Html =>
  html`<th scope="col"${new Html(kind === 'number' ? ' class="right"' : '')}><button type="button" data-sort="${kind}">${title}</button></th>`;

function row(student: StudentResult, { criteria }: Grades, similar: number | undefined): Html {
  const { key, name, identities, status, late } = student;
  const final = finalMark(student);
  const find = visibleLine([name, key, ...Object.values(identities)].join(' ')).toLowerCase();
  const lost = student.criteria.flatMap((criterion, at) =>
    ['lost', 'partial'].includes(groupOf[criterion.status] ?? '') ? [at] : [],
  );
  return html`<tr data-status="${status}" data-find="${find}" data-lost=" ${lost.join(' ')} "${new Html(late !== undefined && late.seconds > 0 ? ' data-late="1"' : '')}>
<th scope="row" data-value="${visibleLine(name).toLowerCase()}"><a href="students/${key}/feedback.html"><bdi>${visibleLine(name) || key}</bdi></a> <span class="key">${key}</span></th>
<td data-value="${markWords[status]}"><span class="state ${status}">${markWords[status]}</span>${student.onRoster ? '' : html` <span class="state off" title="Handed in, but on no roster">not on the roster</span>`}</td>
${number(final, 'final')}${number(student.raw ?? undefined)}<td class="right" data-value="${student.penalty}"${late === undefined ? '' : html` title="${delayText(late.seconds)} late"`}>${student.penalty === 0 ? '' : `−${pointsText(student.penalty)}`}</td>
${similar === undefined ? '' : html`<td class="right" data-value="${similar}">${similar === 0 ? '' : html`<a href="#similar">${similar}</a>`}</td>`}${criteria.map(
  (criterion, at) => {
    const result = student.criteria[at];
    return result === undefined ? html`<td></td>` : cell(result, criterion.title, criterion.points);
  },
)}
</tr>
`;
}

/** What is not known sorts behind everything else. */
const number = (value: number | undefined, kind = ''): Html =>
  value === undefined
    ? html`<td class="right ${kind}" data-value=""><span class="unseen">not final</span>–</td>`
    : html`<td class="right ${kind}" data-value="${value}">${pointsText(value)}</td>`;

function cell(
  { status, earned, what }: StudentResult['criteria'][number],
  title: string,
  points: number,
): Html {
  const mark = earned === null ? '' : `, ${pointsText(earned)} of ${pointsText(points)}`;
  const said = status === 'pass' || status === 'not_submitted' ? '' : `\n${visibleLine(what).slice(0, 300)}`;
  const word = `${statusWords[status]}${mark}`;
  return html`<td class="mark" data-value="${earned ?? ''}" aria-label="${word}" title="${title}: ${word}${said}"><b class="cell ${groupOf[status] ?? 'none'}">${glyphs[status]}</b></td>`;
}

function similarCounts({ similar }: Grades): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { a, b } of similar) for (const key of [a, b]) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
