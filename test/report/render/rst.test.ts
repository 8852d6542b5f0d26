import { describe, expect, it } from 'vitest';
import { escapeRst, renderRst } from '../../../report/render/rst.ts';
import { sampleResult, sampleRun } from '../sample.ts';
import { sampleRendering } from '../sample-report.ts';

const report = renderRst(sampleRendering());

describe('renderRst', () => {
  it('holds table, pictures, figures and log', () => {
    expect(report).toContain('   * - no lock\n     - 10\u00a0000\u00a0000\n     - 5\u00a0812\u00a0000\n');
    expect(report).toContain('.. image:: img/no_spinlock.png\n          :alt: Screenshot of');
    expect(report).toContain('.. figure:: img/lost_updates.png\n   :alt: no lock: 5\u00a0812\u00a0000 of');
    expect(report).toMatch(/::\n\n {3}\[ +3\.\d+\] lab3: start lock=none/);
  });

  it('underlines every heading at full length', () => {
    const lines = report.split('\n');
    const rules = lines.flatMap((line, at) =>
      /^(?:-{3,}|~{3,})$/.test(line) ? [[lines[at - 1] ?? '', line]] : [],
    );
    expect(rules.length).toBeGreaterThan(8);
    for (const [title, rule] of rules) expect(rule).toHaveLength(title?.length ?? 0);
  });

  it('indents a log whatever is in it', () => {
    const run = { ...sampleRun({ lock: 'own' }), consoleLines: [1, 4] as [number, number] };
    const text = renderRst(sampleRendering(sampleResult([run]), { dmesg: '.. raw:: html\n\n\tx\n====\n' }));
    expect(text).toContain('::\n\n   .. raw:: html\n\n           x\n   ====\n');
  });

  it('takes the student’s own reStructuredText as it is, and other text as text', () => {
    const student = { name: 'A_B', group: '', conclusions: { text: '*one*\ntwo\n\nthree' } };
    const plain = renderRst(sampleRendering(sampleResult(), { student }));
    expect(plain).toContain(':Name: A\\_B\n:Group:\n');
    expect(plain).toContain('| \\ \\*one\\*\n| two\n\nthree\n');
    const own = { ...student, conclusions: { ...student.conclusions, markup: 'rst' as const } };
    expect(renderRst(sampleRendering(sampleResult(), { student: own }))).toContain(
      '\n\n*one*\ntwo\n\nthree\n\n',
    );
  });

  it('escapes', () => {
    expect(escapeRst('a*b `c` |d| e_ f\\g')).toBe('a\\*b \\`c\\` \\|d\\| e\\_ f\\\\g');
    expect(escapeRst('.. raw:: html')).toBe('\\ .. raw\\:: html');
    expect(escapeRst('1. x')).toBe('\\ 1. x');
    expect(escapeRst('http://x.example a@b.c')).toBe('http\\://x.example a\\@b.c');
    expect(escapeRst('ends with ::')).toBe('ends with \\:\\:');
  });
});
