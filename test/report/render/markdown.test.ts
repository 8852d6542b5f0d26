import { describe, expect, it } from 'vitest';
import { escapeMarkdown, renderMarkdown } from '../../../report/render/markdown.ts';
import { sampleResult, sampleRun } from '../sample.ts';
import { sampleRendering } from '../sample-report.ts';

const report = renderMarkdown(sampleRendering());

describe('renderMarkdown', () => {
  it('holds table, pictures, figures and log', () => {
    expect(report).toMatch(/^# Kernel threads/);
    expect(report).toContain(
      '| no lock | 10\u00a0000\u00a0000 | 5\u00a0812\u00a0000 | 2\u00a0094\u00a0000 | 41.88 | 20.5\u00a0ms | ✗ too small |',
    );
    for (const picture of ['no_spinlock', 'spinlock', 'reference_no_spinlock', 'lost_updates', 'threads_1'])
      expect(report).toMatch(new RegExp(`!\\[[^\\]]{20,}\\]\\(img/${picture}\\.png\\)`));
    expect(report).toMatch(/```text\n\[ +3\.\d+\] lab3: start lock=none/);
  });

  it('keeps every row of a table on its line, with the columns of its header', () => {
    const rows = report.split('\n').filter((line) => line.startsWith('| '));
    expect(rows.length).toBeGreaterThan(30);
    for (const row of rows) expect(row).toMatch(/ \|$/);
  });

  it('fences a log longer than any fence inside it', () => {
    const run = { ...sampleRun({ lock: 'own' }), consoleLines: [1, 3] as [number, number] };
    const text = renderMarkdown(sampleRendering(sampleResult([run]), { dmesg: 'a\n```````\n</details>\n' }));
    expect(text).toContain('````````text\na\n```````\n</details>\n````````');
  });

  it('escapes code spans that hold backticks or, in a table, bars', () => {
    const result = sampleResult([{ ...sampleRun(), lock: 'a`b``c|d' }]);
    expect(renderMarkdown(sampleRendering(result))).toContain('| ```a`b``c\\|d``` |');
  });

  it('escapes the title of a fold as HTML, which it is', () => {
    const run = { ...sampleRun({ lock: '<b>*' }) };
    expect(renderMarkdown(sampleRendering(sampleResult([run])))).toContain(
      '<summary>Log of the run, lock &lt;b&gt;*: lines',
    );
  });

  it('takes the student’s own Markdown as it is, and other text as text', () => {
    const student = { name: 'A_B', group: '', conclusions: { text: '**bold**\n| x |' } };
    const plain = renderMarkdown(sampleRendering(sampleResult(), { student }));
    expect(plain).toContain('- Name: A\\_B\n- Group:\n');
    expect(plain).toContain('\\*\\*bold\\*\\*\\\n\\| x \\|');
    const own = { ...student, conclusions: { ...student.conclusions, markup: 'markdown' as const } };
    expect(renderMarkdown(sampleRendering(sampleResult(), { student: own }))).toContain(
      '\n**bold**\n| x |\n',
    );
  });

  it('escapes', () => {
    expect(escapeMarkdown('a*b_c`d|e<f>[g](h) #1')).toBe('a\\*b\\_c\\`d\\|e\\<f\\>\\[g\\](h) \\#1');
    expect(escapeMarkdown('1. x')).toBe('1\\. x');
    expect(escapeMarkdown('- x')).toBe('\\- x');
    expect(escapeMarkdown('see http://x.example')).toBe('see http\\://x.example');
    expect(escapeMarkdown('two\nlines')).toBe('two lines');
  });
});
