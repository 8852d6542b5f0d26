import { describe, expect, it } from 'vitest';
import { pngSize } from '../../../lab/png.ts';
import { figuresOf } from '../../../report/document.ts';
import { drawFigures } from '../../../report/figures/draw.ts';
import { darkFigureRules, kept, lost, seriesColours } from '../../../report/figures/theme.ts';
import { hostileTexts } from '../hostile.ts';
import { sampleResult, sampleRun, sampleRuns } from '../sample.ts';
import { sampleRendering } from '../sample-report.ts';

const draw = (result = sampleResult()) => drawFigures(figuresOf(sampleRendering(result).document));

describe('drawFigures', () => {
  it('draws every figure as SVG and as PNG of twice the size', async () => {
    const drawn = await draw();
    expect([...drawn.keys()]).toEqual(['lost_updates', 'threads_1', 'threads_2']);
    for (const { svg, png, width, height } of drawn.values()) {
      expect(svg).toMatch(/^<svg [^>]*viewBox=/);
      expect(pngSize(png)).toEqual({ width: 2 * width, height: 2 * height });
    }
    expect(drawn.get('lost_updates')?.svg).toContain('>41.88 %<');
    expect(drawn.get('threads_1')?.svg).toContain('>thread 3<');
  });

  it('draws the same figure the same way each time', async () => {
    const [one, two] = [await draw(), await draw()];
    expect(one.get('threads_2')?.svg).toBe(two.get('threads_2')?.svg);
    expect(one.get('lost_updates')?.svg).toBe(two.get('lost_updates')?.svg);
  });

  it('leaves no colour without its dark form', async () => {
    for (const { svg } of (
      await draw(sampleResult([...sampleRuns({ vcpus: 8 }), sampleRun({ crashed: true })]))
    ).values())
      for (const [, colour] of svg.matchAll(/(?:fill|stroke)="(#\w+|rgb[^"]*)"/g))
        expect(darkFigureRules).toContain(`"${colour}"`);
    for (const colour of [kept, lost, ...seriesColours]) expect(darkFigureRules).toContain(`"${colour}"`);
  });

  it('keeps hostile names as text', async () => {
    const result = sampleResult(
      hostileTexts.map((lock) => ({ ...sampleRun({ lock: 'own' }), threads: [], lock })),
    );
    const svg = (await draw(result)).get('lost_updates')?.svg ?? '';
    expect(svg).not.toMatch(/<script|<img|onerror=alert\(1\)&gt;&lt;/);
    expect(
      [...svg.matchAll(/<(\w+)/g)]
        .map(([, tag]) => tag)
        .filter((tag) => !['svg', 'rect', 'path', 'text', 'g'].includes(tag ?? '')),
    ).toEqual([]);
  });

  it('draws a thousand threads in a picture that fits on a page', async () => {
    const drawn = (await draw(sampleResult(sampleRuns({ nThreads: 1024, vcpus: 4 })))).get('threads_1');
    expect(drawn?.height).toBeLessThan(600);
    expect(drawn?.svg.length).toBeLessThan(400_000);
  });

  it('draws a run that lasted no time, and one of one thread', async () => {
    const run = sampleRun({ nThreads: 1 });
    run.threads = [{ index: 0, elapsedNs: 0, startNs: 0 }];
    expect((await draw(sampleResult([run]))).get('threads_1')?.svg).not.toContain('NaN');
  });
});
