import { describe, expect, it } from 'vitest';
import { broken, missing, ok } from '../../../cli/doctor/check.ts';
import { checksText } from '../../../cli/ui/checks.ts';
import { styleFor } from '../../../cli/ui/style.ts';
import { summaryText } from '../../../cli/ui/summary.ts';
import type { Terminal } from '../../../cli/ui/terminal.ts';
import { width } from '../../../cli/ui/text.ts';
import type { Result, RunResult } from '../../../lab/result.ts';
import { verdict } from '../../../lab/verdict.ts';

const terminal = (columns: number, unicode = true): Terminal => ({
  interactive: false,
  live: false,
  columns,
  color: false,
  unicode,
  endless: false,
  program: 'npx lab3',
});

function run(lock: string, final: string | undefined, more: Partial<RunResult> = {}): RunResult {
  const lost = final === undefined ? undefined : String((10_000_000n - BigInt(final)) / 2n);
  return {
    lock,
    nThreads: 10,
    increment: 2,
    nTimes: 500_000,
    vcpus: 2,
    expected: '10000000',
    ...(final === undefined ? {} : { final }),
    ...(lost === undefined ? {} : { lostUpdates: lost }),
    threads: Array.from({ length: 10 }, (_, index) => ({ index, value: String(index) })),
    list: Array.from({ length: 10 }, (_, index) => String(index)),
    elapsedNs: 1_300_000_000,
    findings: [],
    ...more,
  };
}

const summary = (runs: RunResult[], columns: number, unicode = true) => {
  const at = terminal(columns, unicode);
  const result = { runs } as unknown as Result;
  const next = [['Report', 'lab3-report/report.html']] as const;
  return summaryText({ result, judged: verdict(result), next }, at, styleFor(at));
};

describe('the end of a run', () => {
  const runs = [run('none', '8224764'), run('own', '10000000')];

  it('is a table, the verdict and what comes next', () => {
    const lines = summary(runs, 80).split('\n');
    expect(lines.slice(0, 5)).toEqual([
      '',
      'Lock    Expected       Final            Lost   Time',
      '────  ──────────  ──────────  ──────────────  ─────',
      'none  10 000 000   8 224 764  887 618 (18 %)  1.3 s',
      'own   10 000 000  10 000 000               0  1.3 s',
    ]);
    expect(lines.filter((line) => line.startsWith('✔'))).toHaveLength(2);
    expect(lines.at(-2)).toBe('Report  lab3-report/report.html');
  });

  it('is one block per run where the table does not fit', () => {
    const text = summary(runs, 40);
    expect(Math.max(...text.split('\n').map(width))).toBeLessThanOrEqual(40);
    expect(text).toContain('none\n  Expected  10 000 000\n  Final     8 224 764\n');
  });

  it('marks a wrong total and a missing one, in ASCII too', () => {
    const text = summary([run('own', '9999998'), run('mutex', undefined)], 80, false);
    expect(text.match(/^x /gm)).toHaveLength(2);
    expect(text).toMatch(/^mutex +10 000 000 +\? +\? +1\.3 s$/m);
  });

  it('lets no name of a lock command the terminal', () => {
    expect(summary([run('own\u001b[2J', '10000000')], 80)).not.toContain('\u001b');
  });
});

describe('the list of doctor', () => {
  const checks = [
    ok('Node', 'v22.1.0'),
    missing('Docker engine', 'not there; other builders do without', 'brew install --cask docker'),
    broken('Disk', '10.0 MiB free for /Users/ada/Library/Caches/lab3', 'free 1.5 GiB', true),
  ];

  it('puts what mends a part below it and ends with what is in the way', () => {
    expect(checksText(checks, terminal(80), styleFor(terminal(80)))).toMatchInlineSnapshot(`
      "✔ Node           v22.1.0
      ↓ Docker engine  not there; other builders do without
                       → brew install --cask docker
      ✖ Disk           10.0 MiB free for /Users/ada/Library/Caches/lab3
                       → free 1.5 GiB

      ✖ The lab cannot run here before this is mended: Disk.
      "
    `);
  });

  it('has room on 40 columns', () => {
    const text = checksText(checks.slice(0, 2), terminal(40), styleFor(terminal(40)));
    expect(Math.max(...text.split('\n').map(width))).toBeLessThanOrEqual(40);
    expect(text).toContain('`npx lab3 setup`');
  });
});
