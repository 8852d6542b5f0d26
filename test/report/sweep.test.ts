import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pngSize } from '../../lab/png.ts';
import { parseSweep, type Sweep } from '../../lab/sweep/document.ts';
import type { Block } from '../../report/document.ts';
import { drawFigures } from '../../report/figures/draw.ts';
import { darkFigureRules } from '../../report/figures/theme.ts';
import { renderDocx } from '../../report/render/docx.ts';
import { renderHtml } from '../../report/render/html.ts';
import { renderMarkdown } from '../../report/render/markdown.ts';
import { renderRst } from '../../report/render/rst.ts';
import { sweepSections } from '../../report/sections/sweep.ts';
import { hasWholeSweep, writeSweep } from '../../report/sweep.ts';
import { rewriteReport, writeReport } from '../../report/write.ts';
import { zipEntry } from '../../report/zip.ts';
import { lossyRun, sampleSweep, sweepRun } from '../lab/sweep/sample.ts';
import { sampleDmesg, sampleResult } from './sample.ts';
import { sampleRendering } from './sample-report.ts';

const result = sampleResult();
const made = { sourceSha256: result.build.sourceSha256, kernel: result.guest.kernel };

const blocksOf = (sweep: Sweep, of: typeof made | undefined = made): Block[] =>
  sweepSections({ sweep }, of).flatMap(({ blocks }) => blocks);
const figuresIn = (blocks: readonly Block[]) =>
  blocks.flatMap((block) => (block.kind === 'figure' ? [block.figure] : []));
const titles = (blocks: readonly Block[]) =>
  blocks.flatMap((block) => (block.kind === 'callout' ? [block.title] : []));
/** Paragraphs as plain text; the first one is about the machine. */
const sentences = (blocks: readonly Block[]) =>
  blocks
    .flatMap((block) => (block.kind === 'paragraph' ? [block.text.join('').replaceAll('\u00a0', ' ')] : []))
    .slice(1);

describe('the section of a sweep', () => {
  it('says of each figure what its numbers say', () => {
    expect(sentences(blocksOf(sampleSweep()))).toEqual([
      'With 8 threads and no lock, on 1 vCPU no run lost any update; on 2 vCPUs the median of lost updates goes from 0 % at 1000 steps to 34.0 % at 100 000 steps (33.0 % to 35.0 % in 3 runs).',
      'With 100 000 steps of each thread and no lock, on 1 vCPU no run lost any update; on 2 vCPUs the median of lost updates goes from 0 % with 1 thread to 34.0 % with 8 threads (33.0 % to 35.0 % in 3 runs).',
      'With 8 threads on 1 vCPU an increment took a median of 24 ns (22 ns to 26 ns in 3 runs) without a lock; of the locks the cheapest was own spinlock 240 ns (220 ns to 260 ns in 3 runs), 10 times as long as without a lock, and the dearest kernel mutex 960 ns (880 ns to 1040 ns in 3 runs), 40 times as long as without a lock.',
      'With 8 threads on 2 vCPUs an increment took a median of 24 ns (22 ns to 26 ns in 3 runs) without a lock; of the locks the cheapest was own spinlock 240 ns (220 ns to 260 ns in 3 runs), 10 times as long as without a lock, and the dearest kernel mutex 960 ns (880 ns to 1040 ns in 3 runs), 40 times as long as without a lock.',
    ]);
  });

  it('claims no trend where single runs differ by more, and says where most was lost in between', () => {
    const at = (nTimes: number, ...shares: number[]) =>
      shares.map((share, index) => lossyRun(share, { nTimes, repeat: index + 1 }));
    const runs = [...at(1000, 10, 20), ...at(10_000, 60, 62), ...at(100_000, 15, 19)];
    const [sentence] = sentences(blocksOf(sampleSweep({ runs })));
    expect(sentence).toContain('from 15.0 % at 1000 steps to 17.0 % at 100 000 steps');
    expect(sentence).toContain(
      'and is greatest at 10 000 steps, 61.0 %; single runs differ by more than that',
    );
  });

  it('compares locks with each other where none was run without one, and names one that loses', () => {
    const locked = blocksOf(sampleSweep({}, { locks: ['own', 'mutex'], vcpus: [2] }));
    expect(figuresIn(locked).map(({ name }) => name)).toEqual(['cost_by_threads_2_vcpu']);
    expect(sentences(locked)[0]).toMatch(
      /was least with own spinlock 240 ns .* and greatest with kernel mutex/,
    );
    const faulty = sampleSweep().runs.map((run) =>
      run.lock === 'own' && run.vcpus === 2 ? lossyRun(5, { ...run, status: 'wrong' }) : run,
    );
    const blocks = blocksOf(sampleSweep({ runs: faulty }));
    expect(titles(blocks)).toEqual(['Not as expected']);
    expect(sentences(blocks)[0]).toContain('with own spinlock');
  });

  it('does not call a lock the dearest that single runs do not tell from others', () => {
    const runs = sampleSweep({}, { locks: ['none', 'own', 'mutex', 'spinlock'] }).runs.map((run) =>
      run.lock === 'spinlock' ? { ...run, elapsedNs: run.nThreads * run.nTimes * (880 + run.repeat) } : run,
    );
    const last = sentences(blocksOf(sampleSweep({ runs }))).at(-1);
    expect(last).toMatch(
      /the dearest kernel mutex .*, which single runs do not tell from kernel spinlock\.$/,
    );
    const same = runs.map((run) =>
      run.lock === 'own' ? { ...run, elapsedNs: run.nThreads * run.nTimes * 900 } : run,
    );
    expect(sentences(blocksOf(sampleSweep({ runs: same }))).at(-1)).toMatch(
      /; single runs differ by more than the locks do\.$/,
    );
  });

  it('says when it is of another source or kernel, or was stopped', () => {
    expect(titles(blocksOf(sampleSweep()))).toEqual([]);
    expect(titles(blocksOf(sampleSweep(), { ...made, sourceSha256: 'ff' }))).toEqual(['Out of date']);
    expect(titles(blocksOf(sampleSweep(), { ...made, kernel: '6.1' }))).toEqual(['Another kernel']);
    const half = sampleSweep();
    const stopped = blocksOf({ ...half, complete: false, runs: half.runs.slice(0, 100) });
    expect(titles(stopped)).toEqual(['Stopped before its end']);
    expect(sweepSections({ problem: 'is not JSON' }, made)[0]?.blocks).toMatchObject([
      { kind: 'callout', sentences: ['sweep/sweep.json is not JSON.'] },
    ]);
    expect(sweepSections(undefined, made)).toEqual([]);
  });

  it('says whose clock it was where the module printed no time', () => {
    const runs = sampleSweep().runs.map((run) => ({ ...run, clock: 'host' as const }));
    const note = figuresIn(blocksOf(sampleSweep({ runs }))).at(-1)?.note;
    expect(note).toContain('timed from outside, to some 100 ms');
  });

  it('has no figures, and no nonsense, of a grid with one cell, of failed runs or of none', () => {
    const { final: _, ...silent } = sweepRun({ status: 'none' });
    for (const runs of [[sweepRun()], [silent], []]) {
      const blocks = blocksOf(sampleSweep({ runs, complete: false }));
      expect(figuresIn(blocks)).toEqual([]);
      expect(JSON.stringify(blocks)).not.toMatch(/NaN|Infinity|undefined/);
    }
  });
});

describe('its figures', () => {
  it('are drawn in known colours, the same way each time, up to the largest grid', async () => {
    const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const wide = sampleSweep({}, { vcpus: all, nThreads: [1, 3, 1000], locks: ['none', 'own'], repeats: 5 });
    const linear = sampleSweep({}, { nThreads: all, nTimes: [7, 9], locks: ['own'] });
    for (const sweep of [sampleSweep(), wide, linear]) {
      const figures = figuresIn(blocksOf(sweep));
      const [one, two] = [await drawFigures(figures), await drawFigures(figures)];
      expect(one.size).toBe(figures.length);
      for (const [name, { svg, png, width, height }] of one) {
        expect(svg).toBe(two.get(name)?.svg);
        expect(svg).not.toMatch(/NaN|undefined/);
        expect(pngSize(png)).toEqual({ width: 2 * width, height: 2 * height });
        for (const [, colour] of svg.matchAll(/(?:fill|stroke)="(#\w+|rgb[^"]*)"/g))
          expect(darkFigureRules).toContain(`"${colour}"`);
      }
    }
  }, 60_000);

  it('have their ticks where something was measured', async () => {
    const drawn = await drawFigures(figuresIn(blocksOf(sampleSweep())));
    const texts = (name: string) =>
      [...(drawn.get(name)?.svg ?? '').matchAll(/>([^<>]+)<\/text>/g)].map(([, text]) => text);
    expect(texts('lost_by_steps')).toEqual(
      expect.arrayContaining(['1\u00a0000', '10\u00a0000', '100\u00a0000', '1 vCPU', '2 vCPUs']),
    );
    expect(texts('cost_by_threads_2_vcpu')).toEqual(
      expect.arrayContaining(['1', '2', '4', '8', 'no lock', 'own spinlock', 'kernel mutex']),
    );
  }, 30_000);
});

it('goes into all four forms of the report', async () => {
  const rendering = sampleRendering(result, { sweep: { sweep: sampleSweep() } });
  const docx = zipEntry(await renderDocx(rendering), 'word/document.xml') ?? '';
  for (const text of [renderHtml(rendering), renderMarkdown(rendering), renderRst(rendering), docx]) {
    expect(text).toContain('Many runs');
    expect(text).toMatch(/Share of lost updates against threads/);
    expect(text.replaceAll('\u00a0', ' ')).toContain('on 1 vCPU no run lost any update');
  }
  for (const text of [renderMarkdown(rendering), renderRst(rendering)])
    expect(text).toContain('sweep/lost_by_steps.png');
}, 30_000);

describe('the folder of a sweep', () => {
  let folder = '';
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'lab3 sweep ')), 'lab3-report');
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  const files = async () => (await readdir(join(folder, 'sweep'))).sort();
  const page = () => readFile(join(folder, 'report.html'), 'utf8');
  const input = (source: string) => ({
    result: { ...result, build: { ...result.build, sourceSha256: source } },
    dmesg: sampleDmesg(result),
    screenshots: new Map(),
    references: new Map(),
    moduleFiles: new Map(),
  });
  const plots = (...names: string[]) => names.flatMap((name) => [`${name}.png`, `${name}.svg`]);
  const data = ['sweep.csv', 'sweep.json'];

  it('needs no report, and loses the plots that a later sweep does not have', async () => {
    await writeSweep(folder, sampleSweep());
    expect(await files()).toEqual([
      ...plots('cost_by_threads_1_vcpu', 'cost_by_threads_2_vcpu', 'lost_by_steps', 'lost_by_threads'),
      ...data,
    ]);
    expect(await hasWholeSweep(folder)).toBe(true);
    const text = await readFile(join(folder, 'sweep', 'sweep.json'), 'utf8');
    expect(parseSweep(text)).toEqual({ sweep: sampleSweep() });
    await writeFile(join(folder, 'sweep', 'mine.png'), 'mine');
    await writeSweep(folder, sampleSweep({ complete: false }, { vcpus: [2], nTimes: [1000] }));
    expect(await files()).toEqual([
      ...plots('cost_by_threads_2_vcpu', 'lost_by_threads').slice(0, 4),
      'mine.png',
      ...data,
    ]);
    expect(await hasWholeSweep(folder)).toBe(false);
  }, 30_000);

  it('is kept when the report is written again, which says when the source is another', async () => {
    const { sourceSha256 } = result.build;
    await writeReport(folder, input(sourceSha256));
    expect(await page()).not.toContain('Many runs');
    await writeSweep(folder, sampleSweep());
    expect(await page()).toContain('Many runs');
    const before = await files();
    await writeReport(folder, input('ab'.repeat(32)));
    expect(await page()).toContain('The source has changed since this sweep of 2026-11-23 14:00 UTC');
    expect(await files()).toEqual(before);
    await writeSweep(folder, sampleSweep({}, { vcpus: [2], locks: ['own'] }));
    expect(await files()).toEqual([...plots('cost_by_threads_2_vcpu'), ...data]);
    await rm(join(folder, 'sweep', 'sweep.json'));
    await rewriteReport(folder);
    expect(await page()).not.toContain('Many runs');
    expect(await files()).toEqual(['sweep.csv']);
  }, 30_000);

  it('whose document is damaged costs the report nothing but its section', async () => {
    await writeReport(folder, input(result.build.sourceSha256));
    await writeSweep(folder, sampleSweep());
    await writeFile(join(folder, 'sweep', 'sweep.json'), '{"schema":');
    await rewriteReport(folder);
    expect(await page()).toContain('sweep/sweep.json is not JSON');
  }, 30_000);
});
