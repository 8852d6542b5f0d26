import { expect, test } from 'vitest';
import { checkText, runsText } from '../../../cli/ui/check.ts';
import { styleFor } from '../../../cli/ui/style.ts';
import type { Terminal } from '../../../cli/ui/terminal.ts';
import { width } from '../../../cli/ui/text.ts';
import { race, sampleCheck } from '../../report/sample-check.ts';

const terminal = (columns: number, unicode = true): Terminal => ({
  interactive: false,
  live: false,
  columns,
  color: false,
  unicode,
  endless: false,
  program: 'npx lab3',
});
const shown = (document = sampleCheck(), columns = 80, raw = false) => {
  const at = terminal(columns);
  const next = [['Report', 'lab3-report/report.html']] as const;
  return checkText({ document, next, sources: 'module', raw }, at, styleFor(at));
};

test('a table of the locks, each finding with its lines, what comes next', () => {
  expect(shown().split('\n')).toEqual([
    '',
    'Lock  Runs  Data race  Lost updates  Other faults',
    '────  ────  ─────────  ────────────  ────────────',
    'none     2     2 of 2             0  ─',
    'own      2          0             0  ─',
    '',
    '⚠ Data race  52 times, in runs 1-2',
    '  module/lab3.c:186  add_once() writes',
    '  module/lab3.c:181  add_once() reads',
    '  value 0x0a12 before, 0x0a14 after',
    '  Two threads used the same 8 bytes at the same time, without a lock.',
    '',
    'Report  lab3-report/report.html',
    '',
  ]);
});

test('a fault says what to look at, and with --verbose what the kernel said', () => {
  const document = sampleCheck({ findings: [race({ severity: 'error', runs: [4], raw: 'BUG: \u001b[2J' })] });
  expect(shown(document)).toMatch(/^✖ Data race {2}52 times, in run 4$/m);
  expect(shown(document)).toContain('This is what the lock is for.');
  expect(shown(document)).not.toContain('BUG');
  expect(shown(document, 80, true)).toContain('BUG');
  expect(shown(document, 80, true)).not.toContain('\u001b');
});

test('nothing found; what was not looked at', () => {
  const text = shown(sampleCheck({ findings: [], notes: ['Leaks were not looked for.'] }));
  expect(text).toContain('Nothing was found in 4 runs.');
  expect(text).toContain('Leaks were not looked for.');
});

test('fits a narrow terminal', () => {
  for (const line of shown(sampleCheck(), 40).split('\n')) expect(width(line)).toBeLessThanOrEqual(40);
});

test('runs in short', () => {
  expect(runsText([1, 2, 3, 7, 9, 10])).toBe('1-3, 7, 9-10');
});
