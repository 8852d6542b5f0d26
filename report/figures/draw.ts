/** Draws figures: ECharts makes the SVG without a browser, resvg the PNG with a font of our own. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { EChartsOption } from 'echarts';
import { encodePng } from '../png.ts';
import type { DrawnFigure, Figure } from './figure.ts';
import { unpackWoff } from './font.ts';
import { lostUpdatesChart } from './lostUpdates.ts';
import { spreadChart } from './spread.ts';
import { fontFamily, fontSize, ink } from './theme.ts';
import { timelineChart } from './timeline.ts';

export interface Chart {
  readonly width: number;
  readonly height: number;
  readonly option: EChartsOption;
}

/** Pixels of the PNG per CSS pixel: sharp on paper at 170 mm. */
const pngScale = 2;

export async function drawFigures(figures: readonly Figure[]): Promise<Map<string, DrawnFigure>> {
  const drawn = new Map<string, DrawnFigure>();
  for (const figure of figures) {
    const chart = chartOf(figure);
    const svg = await drawSvg(chart);
    drawn.set(figure.name, { svg, png: await drawPng(svg), width: chart.width, height: chart.height });
  }
  return drawn;
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

/** Loads and compiles what drawing needs: a second of work that can be done while something else is waited for. */
export async function prepareDrawing(): Promise<void> {
  const bars = [{ label: 'none', detail: '1 of 2', kept: 50, lost: 50, verdict: '50 % lost' }];
  await drawFigures([{ kind: 'lost-updates', name: 'warm_up', title: '', alt: '', bars }]);
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

type Resvg = typeof import('@resvg/resvg-wasm').Resvg;
let ready: Promise<{ Resvg: Resvg; fonts: Uint8Array[] }> | undefined;

async function drawPng(svg: string): Promise<Uint8Array> {
  ready ??= prepare();
  const { Resvg, fonts } = await ready;
  const picture = new Resvg(svg, {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: pngScale },
    font: { fontBuffers: fonts, defaultFontFamily: fontFamily },
  });
  const image = picture.render();
  try {
    // resvg's own encoder takes several times as long as Node's zlib.
    return await encodePng(image.pixels, image.width, image.height);
  } finally {
    image.free();
    picture.free();
  }
}

async function prepare() {
  const { resolve } = createRequire(import.meta.url);
  const wasm = resolve('@resvg/resvg-wasm/index_bg.wasm');
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  await initWasm(await readFile(wasm));
  const fonts = ['latin-400', 'latin-700', 'cyrillic-400', 'cyrillic-700'].map(async (part) =>
    unpackWoff(await readFile(resolve(`@fontsource/pt-sans/files/pt-sans-${part}-normal.woff`))),
  );
  return { Resvg, fonts: await Promise.all(fonts) };
}
