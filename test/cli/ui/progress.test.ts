import { describe, expect, it } from 'vitest';
import { plainRenderer } from '../../../cli/ui/plain.ts';
import { stepLine } from '../../../cli/ui/step-line.ts';
import { progressWords, StepTree, type StepView } from '../../../cli/ui/steps.ts';
import { styleFor } from '../../../cli/ui/style.ts';
import type { Terminal } from '../../../cli/ui/terminal.ts';
import { width } from '../../../cli/ui/text.ts';
import type { Event } from '../../../lab/events.ts';

const MiB = 1024 * 1024;
const terminal: Terminal = {
  interactive: false,
  live: false,
  columns: 80,
  color: false,
  unicode: true,
  endless: false,
  program: 'lab3',
};
const style = styleFor(terminal);

/** A download of 61 MiB that has done 12 of it at 4 MiB/s. */
function download(): { tree: StepTree; view: StepView } {
  let now = 0;
  const tree = new StepTree(() => now);
  tree.apply({ type: 'step.start', step: 's1', title: 'Download QEMU' });
  let view: StepView | undefined;
  for (let second = 0; second <= 3; second += 1) {
    now = second * 1000;
    view = tree.apply({
      type: 'step.progress',
      step: 's1',
      done: second * 4 * MiB,
      total: 61 * MiB,
      unit: 'bytes',
    });
  }
  if (!view) throw new Error('no view');
  return { tree, view };
}

describe('the tree of steps', () => {
  it('knows amount, rate and time left', () => {
    expect(progressWords(download().view)).toEqual({
      amount: '12.0 of 61.0 MiB',
      rate: '4.0 MiB/s',
      left: '12 s left',
      fraction: 12 / 61,
    });
  });

  it('says nothing of a rate before it can be known', () => {
    const tree = new StepTree(() => 0);
    tree.apply({ type: 'step.start', step: 's1', title: 'x' });
    const view = tree.apply({ type: 'step.progress', step: 's1', done: 5, unit: 'files' });
    expect(view && progressWords(view)).toEqual({ amount: '5 files' });
  });

  it('passes over events of steps that it has not seen begin', () => {
    const tree = new StepTree();
    expect(tree.apply({ type: 'step.note', step: 'nobody', text: 'x' })).toBeUndefined();
    expect(tree.apply({ type: 'warning', text: 'x' })).toBeUndefined();
  });
});

describe('a line of the live tree', () => {
  it('drops bar, rate and time left as it gets narrower, and never grows too long', () => {
    const { view } = download();
    const lines = [76, 55, 45, 35, 22, 10].map((columns) => stepLine(view, columns, style, 3000));
    expect(lines).toMatchInlineSnapshot(`
      [
        "Download QEMU  ━━╌╌╌╌╌╌╌╌╌╌  12.0 of 61.0 MiB  4.0 MiB/s  12 s left",
        "Download QEMU  12.0 of 61.0 MiB  4.0 MiB/s  12 s left",
        "Download QEMU  12.0 of 61.0 MiB  12 s left",
        "Download QEMU  12.0 of 61.0 MiB",
        "Download QEMU",
        "Download…",
      ]
    `);
    for (let columns = 6; columns < 100; columns += 1)
      expect(width(stepLine(view, columns, style, 3000))).toBeLessThanOrEqual(columns);
  });

  it('says what failed as long as there is room for it', () => {
    const tree = new StepTree(() => 0);
    tree.apply({ type: 'step.start', step: 's1', title: 'Grading' });
    const view = tree.apply({
      type: 'step.progress',
      step: 's1',
      done: 12,
      total: 40,
      unit: 'submissions',
      leftMs: 240_000,
      failed: '3 with failures, 1 error',
    });
    expect([85, 76, 45].map((columns) => view && stepLine(view, columns, style, 3000))).toEqual([
      'Grading  ━━━━╌╌╌╌╌╌╌╌  12 of 40 submissions  3 with failures, 1 error  4 min left',
      'Grading  12 of 40 submissions  3 with failures, 1 error  4 min left',
      'Grading  12 of 40 submissions  4 min left',
    ]);
  });

  it('sums up a finished step', () => {
    const { tree } = download();
    const view = tree.apply({
      type: 'step.end',
      step: 's1',
      status: 'done',
      summary: '90 packages, 61 MiB',
      elapsedMs: 15_000,
    });
    expect(view && stepLine(view, 76, style, 0)).toBe('Download QEMU  90 packages, 61 MiB  15 s');
    expect(view && stepLine(view, 36, style, 0)).toBe('Download QEMU  90 packages, 61 MiB');
    expect(view && stepLine(view, 28, style, 0)).toBe('Download QEMU  90 packages,…');
  });
});

describe('plain lines', () => {
  function render(events: readonly (Event | { at: number })[], columns = 80, verbose = false): string {
    let now = 0;
    let out = '';
    const renderer = plainRenderer({
      terminal: { ...terminal, columns },
      style,
      verbose,
      now: () => now,
      write: (text) => {
        out += text;
      },
    });
    for (const event of events) {
      if ('at' in event) now = event.at;
      else renderer.handle(event);
    }
    return out;
  }
  const progress = (done: number): Event => ({
    type: 'step.progress',
    step: 's1',
    done: done * MiB,
    total: 61 * MiB,
    unit: 'bytes',
  });
  const events: (Event | { at: number })[] = [
    { type: 'step.start', step: 's1', title: 'Download QEMU' },
    progress(0),
    { at: 1000 },
    progress(4),
    { at: 5000 },
    progress(20),
    { type: 'step.start', step: 's2', parent: 's1', title: 'Unpack' },
    { type: 'step.note', step: 's2', text: 'from 90 packages' },
    { type: 'step.end', step: 's2', status: 'done', elapsedMs: 300 },
    { type: 'step.end', step: 's1', status: 'failed', elapsedMs: 65_000 },
    { type: 'warning', text: 'the mirror is slow' },
    { type: 'output', source: 'builder', text: 'CC lab3.o\n\u001b[2J' },
  ];

  it('are few: start, every few seconds, end', () => {
    expect(render(events)).toMatchInlineSnapshot(`
      "→ Download QEMU
        Download QEMU: 20.0 of 61.0 MiB, 4.0 MiB/s, 10 s left
        → Unpack
            from 90 packages
        ✔ Unpack: 0.3 s
      ✖ Download QEMU: failed, 1 min 5 s
      ⚠ the mirror is slow
      "
    `);
  });

  it('say what failed so far', () => {
    const graded = (done: number, failed?: string): Event => ({
      type: 'step.progress',
      step: 's1',
      done,
      total: 40,
      unit: 'submissions',
      ...(failed === undefined ? {} : { failed }),
    });
    const out = render([
      { type: 'step.start', step: 's1', title: 'Grading' },
      graded(0),
      { at: 5000 },
      graded(4, '3 with failures'),
    ]);
    expect(out).toBe('→ Grading\n  Grading: 4 of 40 submissions, 3 with failures, 45 s left\n');
  });

  it('stay readable at 40 columns', () => {
    const lines = render(events, 40).split('\n');
    expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(40);
  });

  it('show raw output when asked, made harmless', () => {
    const out = render(events, 80, true);
    expect(out).toContain('builder| CC lab3.o\nbuilder| \\x1b[2J\n');
  });
});
