/** What an instructor has to look at, below the table of class.html. */

import { plural } from '../../../report/numbers.ts';
import { type Html, html } from '../../../report/render/markup.ts';
import type { Grades, StudentResult } from '../../document.ts';
import { keyPattern } from '../../document.ts';
import { statusWords } from '../words.ts';

/** Each with the reasons; nothing where nobody waits. */
export function toReview({ students, criteria }: Grades): Html {
  const waiting = students.filter(
    ({ status, reviews }) => status === 'review' || status === 'error' || reviews.length > 0,
  );
  if (waiting.length === 0) return html``;
  return html`<section id="review" aria-labelledby="review-title">
<h2 id="review-title">What a person must look at</h2>
<div class="table"><div class="scroll" role="region" aria-label="What a person must look at" tabindex="0"><table>
<caption class="unseen">What a person must look at</caption>
<thead><tr><th scope="col">Student</th><th scope="col">Why</th></tr></thead>
<tbody>
${waiting.map(
  (
    student,
  ) => html`<tr><th scope="row">${link(student)}</th><td>${reasons(student, criteria).map((reason) => html`<p>${reason}</p>`)}</td></tr>
`,
)}</tbody>
</table></div></div>
</section>`;
}

const mostReasons = 12;

function reasons({ reviews, criteria: results }: StudentResult, criteria: Grades['criteria']): string[] {
  const open = results.flatMap(({ status, what }, at) =>
    status === 'review' || status === 'error'
      ? [`${criteria[at]?.title ?? ''}, ${statusWords[status]}: ${what}`]
      : [],
  );
  const all = [...new Set([...reviews, ...open])];
  return all.length <= mostReasons
    ? all
    : [...all.slice(0, mostReasons), `and ${all.length - mostReasons} more`];
}

/** A class of which half has one solution has ten thousand pairs: nobody looks through so many, and each is a file. */
export const mostPairs = 200;

/** They never change a mark. */
export function similarSection({ similar, students }: Grades, pages: ReadonlySet<string>): Html {
  if (similar.length === 0) return html``;
  const byKey = new Map(students.map((student) => [student.key, student]));
  const pairs = [...similar].sort((a, b) => b.share - a.share);
  const who = (key: string) => {
    const student = byKey.get(key);
    return student === undefined ? html`${key}` : link(student);
  };
  return html`<section id="similar" aria-labelledby="similar-title">
<h2 id="similar-title">Nearly the same</h2>
<p>Tokens that two submissions share, what everybody was given left out. It changes no mark, and there are good reasons for it: look before you ask.</p>
<div class="table"><div class="scroll" role="region" aria-label="Submissions that are nearly the same" tabindex="0"><table>
<caption class="unseen">Submissions that are nearly the same</caption>
<thead><tr><th scope="col">One</th><th scope="col">Other</th><th scope="col" class="right">Shared</th><th scope="col" class="right">Tokens</th><th scope="col">Side by side</th></tr></thead>
<tbody>
${pairs.slice(0, mostPairs).map(({ a, b, share, tokens }) => {
  const page = pairName(a, b);
  return html`<tr><th scope="row">${who(a)}</th><td>${who(b)}</td><td class="right">${Math.floor(share * 100)} %</td><td class="right">${tokens}</td><td>${page !== undefined && pages.has(page) ? html`<a href="similar/${page}.html">compare</a>` : '–'}</td></tr>
`;
})}</tbody>
</table></div>
${pairs.length > mostPairs ? html`<p class="small">${pairs.length - mostPairs} more pairs are in results.json.</p>` : ''}</div>
</section>`;
}

/** What the page of a pair is called; nothing for keys that would not be safe as a name. */
export function pairName(a: string, b: string): string | undefined {
  return keyPattern.test(a) && keyPattern.test(b) ? `${a}--${b}` : undefined;
}

export function otherFiles({ unmatched }: Grades): Html {
  if (unmatched.length === 0) return html``;
  return html`<section id="others" aria-labelledby="others-title">
<h2 id="others-title">${plural(unmatched.length, 'file')} of nobody</h2>
<div class="table"><div class="scroll" role="region" aria-label="Files of nobody" tabindex="0"><table>
<caption class="unseen">Files of nobody</caption>
<thead><tr><th scope="col">File</th><th scope="col">Why</th></tr></thead>
<tbody>
${unmatched.map(
  ({ source, why }) => html`<tr><th scope="row"><code>${source}</code></th><td>${why}</td></tr>
`,
)}</tbody>
</table></div></div>
</section>`;
}

const link = ({ key, name }: StudentResult): Html =>
  html`<a href="students/${key}/feedback.html"><bdi>${name.trim() || key}</bdi></a>`;
