import { describe, expect, it } from 'vitest';
import { cellsTable } from '../../../cli/ui/cells.ts';
import { styleFor } from '../../../cli/ui/style.ts';
import { sweepText } from '../../../cli/ui/sweep.ts';
import type { Terminal } from '../../../cli/ui/terminal.ts';
import { width } from '../../../cli/ui/text.ts';
import { cellsOf } from '../../../lab/sweep/cells.ts';
import { lossyRun, sampleSweep, sweepRun } from '../../lab/sweep/sample.ts';

const style = styleFor({ color: false, unicode: true });
const terminal = { columns: 80, unicode: true, program: 'lab3' } as Terminal;

describe('the table of a sweep', () => {
  it('has a line for each lock on each number of vCPUs, also while it grows', () => {
    const runs = [
      lossyRun(12.5, { elapsedNs: 100_000 }),
      lossyRun(40, { repeat: 2, elapsedNs: 120_000 }),
      sweepRun({ elapsedNs: 8_000_000 }),
      sweepRun({ lock: 'mutex', nThreads: 1 }),
    ];
    expect(cellsTable(cellsOf(runs), style, 80)).toMatchInlineSnapshot(`
      [
        "vCPUs  Lock   Runs  Lost, %    min–max  ns per increment      min–max",
        "─────  ─────  ────  ───────  ─────────  ────────────────  ───────────",
        "    2  none      2     26.3  12.5–40.0              27.5    25.0–30.0",
        "    2  own       1        0        0–0             2 000  2 000–2 000",
        "    2  mutex     1        ?                            ?",
        "medians with 4 threads of 1 000 steps each",
      ]
    `);
    expect(cellsTable([], style, 80)).toEqual([]);
  });

  it('stays within a narrow terminal', () => {
    for (const line of cellsTable(cellsOf(sampleSweep().runs), style, 40))
      expect(width(line)).toBeLessThanOrEqual(40);
  });
});

describe('the end of a sweep', () => {
  const text = (runs = sampleSweep().runs, report?: string) =>
    sweepText(
      sampleSweep({ runs }),
      { folder: 'lab3-report/sweep', ...(report === undefined ? {} : { report }) },
      terminal,
      style,
    );

  it('says that all is well, and where things are', () => {
    expect(text(undefined, 'lab3-report/report.html')).toContain(
      '✔ Every total under a lock is right, and no run failed.',
    );
    expect(text()).toContain('`lab3 run` writes one, with the plots in it');
  });

  it('names what is wrong, made harmless', () => {
    const finding = { kind: 'oops', severity: 'error' as const, message: 'bad\u001b[2J' };
    const said = text([
      ...sampleSweep().runs,
      sweepRun({ status: 'guest-lost', findings: [finding] }),
      sweepRun({ lock: 'mutex', status: 'cut' }),
    ]);
    expect(said).toMatch(/✖ 1 of \d+ runs with lock own ended their virtual machine/);
    expect(said).toMatch(/⚠ 1 of \d+ runs with lock mutex came to the time limit/);
    expect(said).not.toContain('\u001b');
    expect(said).not.toContain('✔');
  });
});
