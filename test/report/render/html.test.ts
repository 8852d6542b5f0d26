import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../../report/render/html.ts';
import { escapeHtml } from '../../../report/render/markup.ts';
import { hostileText, hostileTexts } from '../hostile.ts';
import { sampleResult, sampleRun, sampleRuns } from '../sample.ts';
import { noText, sampleRendering } from '../sample-report.ts';

const page = renderHtml(sampleRendering());

/** A result whose every free text is `text`. */
function hostileResult(text: string) {
  const run = { ...sampleRun({ lock: 'none' }), lock: text };
  run.findings = [{ kind: text, severity: 'warning', message: text }];
  const result = sampleResult([run], {
    createdAt: text,
    tool: text,
    module: { name: text, files: [text] },
    packages: [{ name: text, version: text, sha256: text }],
  });
  result.guest = { ...result.guest, kernel: text, hypervisor: text };
  result.build = { ...result.build, compiler: text, vermagic: text };
  result.build.warnings = [{ file: text, line: 1, severity: 'error', message: text, flag: text }];
  return result;
}

const render = (text: string) =>
  renderHtml(
    sampleRendering(hostileResult(text), {
      dmesg: Array.from({ length: 320 }, () => text.replace(/[\r\n]/g, ' ')).join('\n'),
      student: { name: text, group: text, conclusions: noText.conclusions },
    }),
  );
const tags = (html: string) =>
  [...html.matchAll(/<\/?[a-z][^>]*>/gi)].map(([tag]) => tag.replace(/"[^"]*"/g, '""'));

describe('renderHtml', () => {
  it('is one file that fetches nothing and runs nothing', () => {
    expect(page).toContain(`default-src 'none'`.replaceAll("'", '&#39;'));
    expect(page).not.toMatch(/<script|<link|<iframe|<object|@import|url\(/i);
    expect(
      [...page.matchAll(/\b(?:src|href)="([^"]{1,5})/g)].every(
        ([, start]) => start === 'data:' || start?.startsWith('#'),
      ),
    ).toBe(true);
  });

  it('keeps its skeleton whatever the texts are', () => {
    const plain = tags(render('text'));
    for (const text of hostileTexts) expect(tags(render(text)), text).toEqual(plain);
    fc.assert(
      fc.property(hostileText, (text) => {
        fc.pre(text.trim() !== '');
        expect(tags(render(text))).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });

  it('gives every table headers and a caption, every picture a text', () => {
    const tables = page.match(/<table>/g)?.length;
    expect(tables).toBeGreaterThan(4);
    expect(page.match(/<caption>/g)).toHaveLength(tables ?? 0);
    expect(page.match(/<thead>/g)).toHaveLength(tables ?? 0);
    expect([...page.matchAll(/<img [^>]*>/g)].every(([tag]) => /alt="[^"]{20,}"/.test(tag))).toBe(true);
    expect(
      [...page.matchAll(/<svg [^>]*>/g)].every(([tag]) => /role="img" aria-label="[^"]{20,}"/.test(tag)),
    ).toBe(true);
  });

  it('writes numbers so that their digits stay together when copied', () => {
    expect(page.replace(/<[^>]*>/g, '')).toContain('10000000');
  });

  it('shows the student’s text, or room to write', () => {
    expect(page).toContain('class="ruled"');
    const written = renderHtml(
      sampleRendering(sampleResult(), {
        student: { name: 'Ада', group: 'ІО-41', conclusions: { text: 'One <b>.\n\nTwo\nlines.' } },
      }),
    );
    expect(written).not.toContain('class="ruled"');
    expect(written).toContain('<p class="lines">One &lt;b&gt;.</p>\n<p class="lines">Two\nlines.</p>');
    expect(written).toContain('<dd>Ада</dd>');
  });

  it('says where a screenshot is missing', () => {
    const crashed = sampleResult([sampleRun({ lock: 'own', crashed: true })]);
    expect(renderHtml(sampleRendering(crashed, { screenshots: new Map() }))).toContain('No screenshot');
  });

  it('stays small with many threads', () => {
    expect(renderHtml(sampleRendering(sampleResult(sampleRuns({ nThreads: 1024 })))).length).toBeLessThan(
      100_000,
    );
  });

  it('escapes what could end an attribute or begin a tag', () => {
    expect(escapeHtml(`<a href="x" title='y'>&`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;');
    expect(escapeHtml('\u202e\u0000')).toBe('[U+202E]␀');
  });
});
