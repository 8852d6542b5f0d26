import { describe, expect, it } from 'vitest';
import type { Result } from '../../lab/result.ts';
import { verdict } from '../../lab/verdict.ts';
import type { Block, Table } from '../../report/document.ts';
import { figuresOf } from '../../report/document.ts';
import { describeResult, type Evidence } from '../../report/model.ts';
import { recorded } from './recorded.ts';
import { sampleDmesg, sampleResult, sampleRun, sampleRuns } from './sample.ts';
import { samplePng } from './sample-report.ts';

const screenshot = await samplePng();

const describeSample = (result: Result, evidence: Partial<Evidence> = {}) =>
  describeResult(result, {
    verdict: verdict(result),
    dmesg: sampleDmesg(result),
    screenshots: new Map(),
    references: new Map(),
    ...evidence,
  });

function blocks(result: Result, section: string, evidence: Partial<Evidence> = {}): readonly Block[] {
  return describeSample(result, evidence).sections.find(({ id }) => id === section)?.blocks ?? [];
}

const tables = (result: Result, section: string): Table[] =>
  blocks(result, section).filter((block): block is Table => block.kind === 'table');

describe('describeResult', () => {
  it('says everything in one order', () => {
    expect(describeSample(sampleResult()).sections.map(({ id }) => id)).toEqual([
      'question',
      'results',
      'screenshots',
      'threads',
      'cost',
      'conclusions',
      'setup',
      'log',
    ]);
  });

  it('tells a recorded result', async () => {
    const { result, dmesg, screenshots } = await recorded();
    const document = describeSample(result, { dmesg, screenshots });
    expect(figuresOf(document).map(({ alt }) => alt.replaceAll('\u00a0', ' '))).toEqual([
      'no lock: 7 971 140 of 10 000 000, 20.29 % lost; own spinlock: 10 000 000 of 10 000 000, nothing lost.',
      '10 threads with no lock on CPUs 0, 1: the first ended after 47.6 ms, the last after 131 ms.',
      '10 threads with own spinlock on CPUs 0, 1: the first ended after 880 ms, the last after 1.08 s.',
    ]);
    expect(document.sections.map(({ id }) => id)).not.toContain('findings');
    const log = document.sections
      .find(({ id }) => id === 'log')
      ?.blocks.filter(({ kind }) => kind === 'fold');
    expect(log).toHaveLength(2);
    expect(JSON.stringify(log)).toContain('lab3: total=7971140 expected=10000000');
  });

  it('is pure', () => {
    const result = sampleResult();
    expect(describeSample(result)).toEqual(describeSample(structuredClone(result)));
  });

  it('gives the totals and the lost updates, absolute and in percent', () => {
    const [table] = tables(sampleResult(), 'results');
    expect(table?.rows[0]?.map((cell) => cell[0])).toEqual([
      'no lock',
      { number: '10000000' },
      { number: '5812000' },
      { number: '2094000' },
      { number: '41.88' },
      { number: '20.5', unit: 'ms' },
      { status: 'bad', text: 'too small' },
    ]);
    expect(table?.rows[1]?.at(-1)).toEqual([{ status: 'good', text: 'right' }]);
  });

  it('computes with totals past 2^53', () => {
    const big = sampleRun({ lock: 'own', nThreads: 1000, increment: 1_000_000, nTimes: 1_000_000_000 });
    const run = { ...big, final: '999999999999999999' };
    const [table] = tables(sampleResult([run]), 'results');
    expect(table?.rows[0]?.slice(1, 3)).toEqual([
      [{ number: '1000000000000000000' }],
      [{ number: '999999999999999999' }],
    ]);
    const [figure] = figuresOf(describeSample(sampleResult([run])));
    expect(figure?.alt).toContain('under 0.01\u00a0% lost');
  });

  it('says too large for a total above the expected one', () => {
    const run = { ...sampleRun({ lock: 'own' }), final: '10500000', lostUpdates: '-250000' };
    const [table] = tables(sampleResult([run]), 'results');
    expect(table?.rows[0]?.at(-1)).toEqual([{ status: 'bad', text: 'too large' }]);
    const [figure] = figuresOf(describeSample(sampleResult([run])));
    expect(figure).toMatchObject({ bars: [{ kept: 100, lost: 0, verdict: '5.00\u00a0% too much' }] });
  });

  it('compares times with the run without a lock, and warns that TCG’s are not real', () => {
    const [table] = tables(sampleResult(), 'cost');
    expect(table?.rows.map((row) => row.at(-1)?.[0])).toEqual([
      { number: '1', unit: '×' },
      { number: '5.29', unit: '×' },
    ]);
    expect(table?.note).toContain('emulated');
    const onKvm = sampleResult();
    onKvm.guest.accelerator = 'kvm';
    expect(tables(onKvm, 'cost')[0]?.note).not.toContain('emulated');
  });

  it('tells runs with the same lock apart', () => {
    const result = sampleResult([
      sampleRun({ lock: 'none' }),
      sampleRun({ lock: 'none' }),
      sampleRun({ lock: 'odd\u202e' }),
    ]);
    expect(tables(result, 'results')[0]?.rows.map((row) => row[0]?.[0])).toEqual([
      'no lock, run 1',
      'no lock, run 2',
      'lock odd[U+202E]',
    ]);
  });

  it('shows the ends of a long list and says what is missing', () => {
    const result = sampleResult(sampleRuns({ nThreads: 1024 }));
    const [table] = tables(result, 'threads');
    expect(table?.rows).toHaveLength(15);
    expect(table?.rows[10]?.[0]).toEqual(['…']);
    expect(table?.rows.at(-1)?.[0]).toEqual(['1024']);
    expect(table?.note).toContain('the other 1010 are in result.json');
    const timeline = figuresOf(describeSample(result)).find(({ kind }) => kind === 'timeline');
    expect(timeline).toMatchObject({
      bars: { length: 1024 },
      note: expect.stringContaining('sorted by CPU'),
    });
  });

  it('finds the thread of each value in the list, in the list’s order', () => {
    const run = sampleRun({ lock: 'own', nThreads: 3 });
    const turned = { ...run, list: [...run.list].reverse() };
    const [table] = tables(sampleResult([turned]), 'threads');
    expect(table?.rows.map((row) => row[1]?.[0])).toEqual(
      [...run.threads].reverse().map(({ index }) => String(index)),
    );
  });

  it('takes a list of a module that names no threads', () => {
    const run = { ...sampleRun({ lock: 'own', nThreads: 3 }), threads: [] };
    const [table] = tables(sampleResult([run]), 'threads');
    expect(table?.rows[0]?.slice(1, 4)).toEqual([['–'], [{ number: run.list[0] }], ['–']]);
    expect(figuresOf(describeSample(sampleResult([run])))).toHaveLength(1);
  });

  it('reports a run that crashed: no total, no list, its findings', () => {
    const result = sampleResult([
      sampleRun({ lock: 'none' }),
      sampleRun({ lock: 'own', crashed: true, firstLine: 313 }),
    ]);
    expect(tables(result, 'results')[0]?.rows[1]?.at(-1)).toEqual([{ status: 'bad', text: 'no total' }]);
    expect(tables(result, 'findings')[0]?.rows).toEqual([
      [
        [{ code: 'oops' }],
        [{ status: 'bad', text: 'error' }],
        ['own spinlock'],
        ['BUG: kernel NULL pointer dereference, address: 0000000000000010'],
        ['314'],
      ],
    ]);
    expect(figuresOf(describeSample(result))[0]).toMatchObject({ bars: [{}, { verdict: 'no total' }] });
    expect(blocks(result, 'threads')).toContainEqual({
      kind: 'paragraph',
      small: true,
      text: ['Own spinlock: the module left no list.'],
    });
  });

  it('shows the compiler’s warnings', () => {
    const result = sampleResult();
    result.build.warnings.push({
      file: 'lab3.c',
      line: 12,
      column: 5,
      severity: 'warning',
      message: 'unused variable ‘x’',
      flag: '-Wunused-variable',
    });
    expect(tables(result, 'findings')[0]?.rows[0]?.[0]).toEqual([{ code: 'lab3.c:12:5' }]);
  });

  it('puts this result’s screenshots before the reference ones, and says which is which', () => {
    const screenshots = new Map([['no_spinlock', screenshot] as const]);
    const references = new Map([
      ['no_spinlock', screenshot],
      ['spinlock', new Uint8Array(50)],
    ] as const);
    const [own, reference] = blocks(sampleResult(), 'screenshots', { screenshots, references });
    expect(own).toMatchObject({
      pictures: [
        {
          path: 'img/no_spinlock.png',
          image: { width: 720, height: 400 },
          alt: expect.stringContaining('41.88'),
        },
        { path: 'img/spinlock.png', missing: expect.stringContaining('No screenshot') },
      ],
    });
    expect(reference).toMatchObject({
      pictures: [
        { path: 'img/reference_no_spinlock.png', title: 'Reference, without a lock' },
        { missing: expect.stringContaining('not a PNG') },
      ],
    });
  });

  it('shows the log of each run, bounded, and all of it where nobody knows the parts', () => {
    const result = sampleResult(sampleRuns({ nThreads: 1024 }));
    const [, first] = blocks(result, 'log');
    const [code] = first?.kind === 'fold' ? first.blocks : [];
    const text = code?.kind === 'code' ? code.text : '';
    expect(text.split('\n')).toHaveLength(121);
    expect(text).toContain('lines are left out here');
    expect(text).toMatch(
      /lab3: start lock=none[\s\S]*lab3: total=\d+ expected=\d+ lost=\d+ time_ns=\d+ lock=none$/,
    );

    const unknown = sampleResult(sampleRuns().map(({ consoleLines: _, ...run }) => run));
    expect(blocks(unknown, 'log')[1]).toMatchObject({
      kind: 'fold',
      title: expect.stringMatching(/^Log: lines 1 to/),
    });
    expect(blocks(sampleResult(), 'log', { dmesg: '' })).toHaveLength(1);
  });
});
