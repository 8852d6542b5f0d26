/** The two charts of class.html: HTML that is sized by its numbers, so that it takes the page's colours and its keyboard. */

import { plural } from '../../../report/numbers.ts';
import { Html, html } from '../../../report/render/markup.ts';
import type { Grades } from '../../document.ts';
import { pointsText } from '../words.ts';
import { distribution, type Group, groups, lostMost } from './figures.ts';

export function histogram(grades: Grades): Html {
  const bins = distribution(grades);
  const most = Math.max(1, ...bins.map(({ count }) => count));
  return html`<section class="chart" aria-labelledby="distribution-title">
<h2 id="distribution-title">Distribution of marks</h2>
<ol class="histogram">
${bins.map(({ from, to, count }, at) => {
  const last = at === bins.length - 1;
  const range = `${pointsText(from)} to ${last ? '' : 'below '}${pointsText(to)} points`;
  return html`<li><button type="button" data-from="${from}" data-to="${last ? 1e9 : to}" aria-pressed="false" title="${range}: ${plural(count, 'student')}"><span class="count">${count}</span><span class="bar" style="height:${fixed((count / most) * 100)}%"></span><span class="label"><span class="unseen">students with </span>${pointsText(from)}<span class="unseen"> to ${last ? '' : 'below '}${pointsText(to)} points</span></span></button></li>
`;
})}</ol>
<p class="small">Final marks of what was handed in, after penalties.<span class="scripted"> A bar shows its students below.</span></p>
</section>`;
}

const groupWords: Readonly<Record<Group, string>> = {
  pass: 'passed',
  partial: 'partly',
  lost: 'lost',
  open: 'open',
};

export function criteriaBars(grades: Grades): Html {
  const rows = lostMost(grades);
  return html`<section class="chart" aria-labelledby="criteria-title">
<h2 id="criteria-title">What was lost most</h2>
<ol class="criteria">
${rows.map(({ at, title, counts }) => {
  const all = groups.reduce((sum, group) => sum + counts[group], 0);
  const said = groups.flatMap((group) =>
    counts[group] === 0 ? [] : [`${counts[group]} ${groupWords[group]}`],
  );
  return html`<li><button type="button" data-criterion="${at}" aria-pressed="false" title="${title}: ${said.join(', ')}"><span class="title">${title}</span><span class="stack" aria-hidden="true">${groups.map(
    (group) =>
      counts[group] === 0 || all === 0
        ? ''
        : html`<i class="${group}" style="width:${fixed((counts[group] / all) * 100)}%"></i>`,
  )}</span><span class="lost-count">${counts.lost + counts.partial}<span class="unseen"> of ${all} lost all or part of it</span></span></button></li>
`;
})}</ol>
<p class="small legend">${groups.map((group) => html`<span><i class="${group}"></i>${groupWords[group]}</span>`)}</p>
</section>`;
}

const fixed = (value: number) => new Html(value.toFixed(2));
