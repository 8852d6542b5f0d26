/**
 * `class.html`: the whole class on one page that needs no server and no network. It can be read without its script, which
 * adds sorting, searching and filters. Its content security policy allows that one script alone, by its hash.
 */
import { createHash } from 'node:crypto';
import { plural } from '../../../report/numbers.ts';
import { Html, html } from '../../../report/render/markup.ts';
import { reportStyle } from '../../../report/render/style.ts';
import type { Grades } from '../../document.ts';
import { pointsText } from '../words.ts';
import { criteriaBars, histogram } from './charts.ts';
import { summary } from './figures.ts';
import { otherFiles, similarSection, toReview } from './lists.ts';
import { classScript } from './script.ts';
import { classStyle } from './style.ts';
import { studentTable } from './table.ts';

const scriptHash = createHash('sha256').update(classScript).digest('base64');
const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${scriptHash}'; base-uri 'none'; form-action 'none'`;

/** `pages`: pairs, as `A--B`, that have a page below `similar/`. */
export function renderClass(grades: Grades, pages: ReadonlySet<string> = new Set()): string {
  const { assignment, students, kernel, tool } = grades;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${assignment.title}: marks</title>
<style>
${new Html(reportStyle)}
${new Html(classStyle)}
</style>
</head>
<body>
<a class="skip" href="#students">Skip to the students</a>
<main>
<header>
<h1>${assignment.title}</h1>
<p class="subtitle">${plural(students.length, 'student')} · ${pointsText(assignment.points)} points${
    assignment.due === undefined
      ? ''
      : ` · due ${day(assignment.due)}${assignment.timeZone === undefined ? '' : ` (${assignment.timeZone})`}`
  } · Linux ${kernel.release} · ${tool}</p>
</header>
${tiles(grades)}
${(grades.remarks ?? []).map((remark) => html`<p class="remark">${remark}</p>`)}
<div class="charts">
${histogram(grades)}
${criteriaBars(grades)}
</div>
${studentTable(grades)}
${toReview(grades)}
${similarSection(grades, pages)}
${otherFiles(grades)}
</main>
<script>${new Html(classScript)}</script>
</body>
</html>
`.source;
}

/** As people write it: seconds that are none say nothing. */
const day = (iso: string): string => iso.replace(/^([\d-]{10})T(\d\d:\d\d)(?::00(?:\.0+)?)?/, '$1 $2');

function tiles({ students }: Grades): Html {
  const { counts, median, mean } = summary(students);
  const tile = (name: string, value: string, kind = '') =>
    html`<div class="tile ${kind}"><dt>${name}</dt><dd>${value}</dd></div>
`;
  const shown = (value: number | undefined) =>
    value === undefined ? '–' : pointsText(Math.round(value * 100) / 100);
  return html`<dl class="tiles">
${tile('Graded', String(counts.graded))}${tile('To be reviewed', String(counts.review), counts.review > 0 ? 'open' : '')}${tile('Not judged yet', String(counts.error), counts.error > 0 ? 'lost' : '')}${tile('Not handed in', String(counts.not_submitted))}${tile('Median mark', shown(median))}${tile('Mean mark', shown(mean))}</dl>`;
}
