/**
 * Lines through medians. About each median a thin stroke runs from the least to the greatest value and a thick one
 * between the quartiles; lines stand a little aside from each other, so that their strokes can be told apart.
 */
import type { CustomSeriesOption, LineSeriesOption } from 'echarts';
import type { Chart } from './draw.ts';
import type { SpreadFigure, SpreadLine, SpreadPoint } from './figure.ts';
import { ink, seriesColours } from './theme.ts';

const width = 720;
const height = 380;
/** Share of the axis by which a line stands aside from the next. */
const aside = 0.011;
const legendRow = 30;
/** Share of the axis that is left free at each end. */
const margin = 0.05;
const plus = 'path://M4,0h2v4h4v2h-4v4h-2v-4h-4v-2h4z';
/** Shape and turn in degrees: a line is known by more than its colour. */
const symbols = [
  ['circle', 0],
  ['rect', 0],
  ['triangle', 0],
  ['diamond', 0],
  ['triangle', 180],
  [plus, 0],
  [plus, 45],
  ['triangle', 90],
] as const;
/** More lines than these cannot be told apart by colour. */
export const mostLines = seriesColours.length;

export function spreadChart({ x, y, lines }: SpreadFigure): Chart {
  const places = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.x)))].sort(
    (a, b) => a - b,
  );
  const place = (value: number) => (x.logarithmic ? Math.log10(value) : value);
  const value = (at: number) => (x.logarithmic ? 10 ** at : at);
  const [first, last] = [place(places[0] ?? 1), place(places.at(-1) ?? 1)];
  const span = last - first || 1;
  const shifted = (point: SpreadPoint, index: number) =>
    place(point.x) + (index - (lines.length - 1) / 2) * aside * span;
  const low = Math.min(...lines.flatMap(({ points }) => points.map(({ min }) => min)));
  const high = Math.max(...lines.flatMap(({ points }) => points.map(({ max }) => max)));
  const rows = legendRows(lines);
  return {
    width,
    height: height + (rows - 1) * legendRow,
    option: {
      grid: { left: 84, right: 24, top: 14 + rows * legendRow, bottom: 58 },
      legend: {
        left: 76,
        top: 0,
        itemWidth: 26,
        itemHeight: 9,
        itemGap: 18,
        data: lines.map(({ label }) => plain(label)),
        textStyle: { color: ink.text },
      },
      xAxis: {
        type: 'value',
        min: first - margin * span,
        max: last + margin * span,
        name: plain(x.label),
        nameLocation: 'middle',
        nameGap: 34,
        nameTextStyle: { color: ink.quiet },
        axisLine: { onZero: false, lineStyle: { color: ink.quiet } },
        // Ticks stand where something was measured.
        axisTick: { customValues: places.map(place), lineStyle: { color: ink.quiet } },
        axisLabel: {
          customValues: places.map(place),
          color: ink.quiet,
          hideOverlap: true,
          formatter: (at: number) => grouped(Math.round(value(at))),
        },
        splitLine: { show: false },
      },
      yAxis: {
        ...(y.logarithmic && low > 0
          ? { type: 'log' as const, logBase: 10, min: roundBelow(low), max: roundAbove(high) }
          : { type: 'value' as const, min: Math.min(0, low) }),
        name: plain(y.label),
        nameLocation: 'middle',
        nameGap: 56,
        nameTextStyle: { color: ink.quiet },
        axisLine: { show: true, onZero: false, lineStyle: { color: ink.quiet } },
        axisLabel: { color: ink.quiet, formatter: (at: number) => grouped(Number(at.toPrecision(6))) },
        splitLine: { lineStyle: { color: ink.line } },
      },
      series: lines.flatMap((line, index) => [
        strokes(line, index, (point) => shifted(point, index)),
        medians(line, index, (point) => shifted(point, index)),
      ]),
    },
  };
}

/** 1, 2 or 5 times a power of ten. */
const roundBelow = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([5, 2].find((times) => times * power <= value) ?? 1) * power;
};
const roundAbove = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((times) => times * power >= value) ?? 10) * power;
};

/** ECharts breaks the legend where the next entry does not fit: a sign, gaps, and its letters. */
function legendRows(lines: readonly SpreadLine[]): number {
  let rows = 1;
  let used = 0;
  for (const { label } of lines) {
    const entry = 26 + 5 + 18 + label.length * 6.6;
    if (used > 0 && used + entry - 18 > width - 76) {
      rows += 1;
      used = 0;
    }
    used += entry;
  }
  return rows;
}

const colourOf = (index: number): string => seriesColours[index % seriesColours.length] ?? ink.text;

function medians(line: SpreadLine, index: number, place: (point: SpreadPoint) => number): LineSeriesOption {
  const [symbol, symbolRotate] = symbols[index % symbols.length] ?? symbols[0];
  return {
    type: 'line',
    name: plain(line.label),
    silent: true,
    symbol,
    symbolRotate,
    symbolSize: 9,
    showAllSymbol: true,
    color: colourOf(index),
    itemStyle: { color: colourOf(index) },
    lineStyle: { color: colourOf(index), width: 2 },
    data: line.points.map((point) => [place(point), point.median]),
  };
}

function strokes(line: SpreadLine, index: number, place: (point: SpreadPoint) => number): CustomSeriesOption {
  const colour = colourOf(index);
  return {
    type: 'custom',
    silent: true,
    encode: { x: 0, y: [1, 2, 3, 4] },
    data: line.points.map((point) => [place(point), point.min, point.q1, point.q3, point.max]),
    renderItem: (_, api) => {
      const at = (dimension: number) => {
        const [x = 0, y = 0] = api.coord([api.value(0), api.value(dimension)]);
        return { x, y };
      };
      const stroke = (from: number, to: number, lineWidth: number) => ({
        type: 'line' as const,
        shape: { x1: at(from).x, y1: at(from).y, x2: at(to).x, y2: at(to).y },
        style: { stroke: colour, lineWidth },
      });
      const cap = (dimension: number) => {
        const { x, y } = at(dimension);
        const shape = { x1: x - 4, y1: y, x2: x + 4, y2: y };
        return { type: 'line' as const, shape, style: { stroke: colour, lineWidth: 1 } };
      };
      return { type: 'group', children: [stroke(1, 4, 1), cap(1), cap(4), stroke(2, 3, 5)] };
    },
  };
}

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, '\u00a0');

/** Braces and bars are markup of ECharts' labels. */
const plain = (text: string) => text.replace(/[{}|]/g, ' ');
