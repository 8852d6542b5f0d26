/** Draws figures: ECharts makes the SVG without a browser, resvg the PNG. */
import type { EChartsOption } from 'echarts';
import type { DrawnFigure, Figure } from './figure.ts';
import { lostUpdatesChart } from './lostUpdates.ts';
import { rasterizeOnPool, warmUp } from './raster-pool.ts';
import { spreadChart } from './spread.ts';
import { fontFamily, fontSize, ink } from './theme.ts';
import { timelineChart } from './timeline.ts';

export interface Chart {
  readonly width: number;
  readonly height: number;
  readonly option: EChartsOption;
}

export async function drawFigures(figures: readonly Figure[]): Promise<Map<string, DrawnFigure>> {
  // While one picture is drawn elsewhere, the next one is laid out here.
  const drawn = figures.map(async (figure): Promise<[string, DrawnFigure]> => {
    const chart = chartOf(figure);
    const svg = await drawSvg(chart);
    return [figure.name, { svg, png: await rasterizeOnPool(svg), width: chart.width, height: chart.height }];
  });
  return new Map(await Promise.all(drawn));
}

/** Loads and compiles what drawing needs: a second of work that can be done while something else is waited for. */
export async function prepareDrawing(): Promise<void> {
  const bars = [{ label: 'none', detail: '1 of 2', kept: 50, lost: 50, verdict: '50 % lost' }];
  const figure: Figure = { kind: 'lost-updates', name: 'warm_up', title: '', alt: '', bars };
  await warmUp(await drawSvg(chartOf(figure)));
}

function chartOf(figure: Figure): Chart {
  switch (figure.kind) {
    case 'lost-updates':
      return lostUpdatesChart(figure);
    case 'timeline':
      return timelineChart(figure);
    case 'spread':
      return spreadChart(figure);
  }
}

async function drawSvg({ width, height, option }: Chart): Promise<string> {
  const { init } = await import('echarts/dist/echarts.esm.min');
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption({
      ...option,
      animation: false,
      textStyle: { fontFamily, fontSize, color: ink.text },
    });
    return tidy(chart.renderToSVGString());
  } finally {
    chart.dispose(); // else its timers keep the process alive
  }
}

/** Takes out what only ECharts' own script in a browser would use: it differs from one drawing to the next. */
function tidy(svg: string): string {
  return (
    svg
      .replace(/<style[^>]*>[\s\S]*?<\/style>/g, '')
      .replace(/<path[^>]* fill-opacity="0"[^>]*><\/path>\n?/g, '')
      // Nothing is drawn beyond its axes, and the names of clip paths differ too.
      .replace(/<defs ?>\s*(?:<clipPath[\s\S]*?<\/clipPath>\s*)*<\/defs>\n?/g, '')
      .replace(/ clip-path="[^"]*"/g, '')
      // Lines have no inside: black there would only be a colour without a dark form.
      .replace(/ fill="#000" stroke=/g, ' fill="none" stroke=')
      .replace(/ (?:ecmeta_\w+|class)="[^"]*"/g, '')
      .replace(/ (?:xmlns:xlink|baseProfile|version)="[^"]*"/g, '')
      .trim()
  );
}
