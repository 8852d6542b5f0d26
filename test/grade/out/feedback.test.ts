import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Grades, StudentResult } from '../../../grade/document.ts';
import { renderFeedback as render } from '../../../grade/out/feedback.ts';
import { hostileTexts } from '../../report/hostile.ts';
import { gradesArbitrary, hostileGrades } from './hostile.ts';
import { gradesFrame, sampleStudent } from './sample.ts';

const renderFeedback = (grades: Grades, student: StudentResult) => render(grades, student, 'after_published');
const feedback = (...[at, changes]: Parameters<typeof sampleStudent>) =>
  renderFeedback(gradesFrame, sampleStudent(at, changes));
const plainText = (html: string) =>
  html
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('what a student reads', () => {
  it('is the mark, what was tried and with what, the own line, and a hint', () => {
    const failed = sampleStudent(7);
    const text = plainText(renderFeedback(gradesFrame, failed).html);
    expect(text).toContain(`${failed.final} of 10 points`);
    expect(text).toContain('threads=7 increment=3 n_times=1000000 use_lock=1 on 4 vCPUs');
    expect(text).toContain('The total was 20871134; 21000000 was right.');
    expect(text).toContain('At src/spin.c:58 in add()');
    expect(text).toContain('n_total += increment;');
    expect(text).toContain('Keep the threads apart while they add.');
    expect(text).toContain('1 case is not shown; the result above counts it.');
  });

  it('says of a late one what was earned and what was taken off', () => {
    const late = {
      late: { seconds: 93_000, share: 0.1 },
      status: 'graded' as const,
      raw: 9,
      penalty: 0.9,
      final: 8.1,
    };
    expect(feedback(7, late).markdown).toContain(
      '9 were earned; 0.9 are taken off, because it was handed in late.',
    );
    expect(feedback(7, late).markdown).toContain('It was handed in 1 day 1 h after the due date.');
  });

  it('never calls an open mark a zero', () => {
    for (const status of ['review', 'error'] as const) {
      const { markdown } = feedback(7, { status, final: null, raw: null, provisional: 4.5 });
      expect(markdown).toContain('At least 4.5 of 10 points so far');
      expect(markdown).not.toMatch(/\b0 of 10/);
    }
    expect(feedback(7, { status: 'error', final: null }).markdown).toContain('not your fault');
  });

  it('says plainly that nothing was handed in', () => {
    const student = sampleStudent(7, { status: 'not_submitted', final: 0, raw: 0, provisional: 0 });
    const { submission: _, ...absent } = student;
    const { markdown } = renderFeedback(gradesFrame, { ...absent, criteria: [] });
    expect(markdown).toContain('Nothing was handed in');
    expect(markdown).not.toContain('How your work was read');
  });

  it('cuts what is too long and says so', () => {
    const [first] = sampleStudent(7).criteria;
    if (first === undefined) throw new Error('no criterion');
    const detail = {
      visibility: 'visible' as const,
      status: 'fail' as const,
      what: 'x',
      raw: 'y'.repeat(100_000),
    };
    const criteria = [
      { ...first, status: 'fail' as const, details: Array.from({ length: 500 }, () => detail) },
    ];
    const { html } = feedback(7, { criteria });
    expect(html).toContain('440 more are left out here.');
    expect(html).toContain('84000 more characters are left out here');
    expect(html.length).toBeLessThan(1_500_000);
  });
});

describe('what a student wrote', () => {
  const forbidden =
    /<(?:script|img|iframe|object|embed|form|input|link|base|svg)\b|<[a-z][^>]*\son[a-z]+\s*=|javascript:[^<]*["']>/i;
  // Controls but line feed and tab; what turns or hides text.
  const unseen =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;

  it('stays text in HTML and is all there', () => {
    for (const student of hostileGrades().students) {
      const { html } = renderFeedback(hostileGrades(), student);
      expect(html).not.toMatch(forbidden);
      expect(html).not.toMatch(unseen);
      expect(html.match(/<h1>/g)).toHaveLength(1);
    }
    const { html } = renderFeedback(hostileGrades(), hostileGrades().students[0] ?? sampleStudent(0));
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(hostileTexts).toContain('<script>alert(1)</script>');
  });

  it('stays text whatever it is', () => {
    fc.assert(
      fc.property(gradesArbitrary, (grades) => {
        for (const student of grades.students) {
          const { html, markdown } = renderFeedback(grades, student);
          expect(html).not.toMatch(forbidden);
          expect(html).not.toMatch(unseen);
          expect(markdown).not.toMatch(unseen);
          const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
          expect(new Set(ids).size).toBe(ids.length);
        }
      }),
    );
  });
});
