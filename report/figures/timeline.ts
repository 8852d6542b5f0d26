/**
 * Threads in time: one bar per thread from its first step to its last, coloured by its CPU. Few threads stand in the
 * order of the list, each with its name; many are sorted by CPU and end, so that colours stay apart.
 */
import type { CustomSeriesOption } from 'echarts';
import { timeUnit } from '../numbers.ts';
import type { Chart } from './draw.ts';
import { mostNamedThreads, type TimelineBar, type TimelineFigure } from './figure.ts';
import { ink, seriesColours, unknown } from './theme.ts';

const width = 720;
const margin = { left: 84, right: 24, top: 34, bottom: 52 };
const tallest = 440;

export function timelineChart(figure: TimelineFigure): Chart {
  const named = figure.bars.length <= mostNamedThreads;
  const bars = named ? figure.bars : [...figure.bars].sort(byCpuAndEnd);
  const pitch = named ? 24 : tallest / bars.length;
  const longest = bars.reduce((most, bar) => Math.max(most, bar.endNs), 0);
  const unit = timeUnit(longest);
  const cpus = [...new Set(bars.map((bar) => bar.cpu))].sort((a, b) => (a ?? -1) - (b ?? -1));
  return {
    width,
    height: margin.top + margin.bottom + Math.ceil(pitch * bars.length),
    option: {
      grid: margin,
      legend: {
        left: margin.left - 8,
        top: 0,
        type: 'plain',
        height: 20,
        itemWidth: 14,
        itemHeight: 12,
        data: cpus.slice(0, seriesColours.length).map(cpuName),
        textStyle: { color: ink.text },
      },
      xAxis: {
        type: 'value',
        min: 0,
        max: longest / unit.ns,
        axisLine: { onZero: false, lineStyle: { color: ink.quiet } },
        position: 'bottom',
        name: `time since all threads were let go, ${unit.unit}`,
        nameLocation: 'middle',
        nameGap: 32,
        nameTextStyle: { color: ink.quiet },
        axisLabel: {
          color: ink.quiet,
          showMaxLabel: false,
          formatter: (value: number) => String(Number(value.toPrecision(4))),
        },
        splitLine: { lineStyle: { color: ink.line } },
      },
      yAxis: {
        type: 'value',
        inverse: true,
        min: 0,
        max: bars.length,
        ...(named ? { interval: 1 } : { name: 'threads', nameLocation: 'middle' as const, nameGap: 44 }),
        nameTextStyle: { color: ink.quiet },
        splitLine: { show: false },
        axisLine: { show: true, lineStyle: { color: ink.quiet } },
        axisTick: { show: !named },
        axisLabel: {
          color: ink.quiet,
          show: !named,
          showMaxLabel: false,
        },
      },
      series: cpus.map((cpu): CustomSeriesOption => {
        const own = bars.map((bar, place) => ({ bar, place })).filter(({ bar }) => bar.cpu === cpu);
        return {
          type: 'custom',
          name: cpuName(cpu),
          silent: true,
          itemStyle: { color: colour(cpu) },
          data: own.map(({ place }) => [place]),
          renderItem: (_, api) => {
            const place = Number(api.value(0));
            const bar = bars[place];
            return bar === undefined
              ? null
              : drawBar(bar, place, pitch, named, (x, y) => point(api.coord([x / unit.ns, y])));
          },
        };
      }),
    },
  };
}

const byCpuAndEnd = (a: TimelineBar, b: TimelineBar) =>
  (a.cpu ?? -1) - (b.cpu ?? -1) || a.endNs - b.endNs || a.thread - b.thread;

const point = ([x = 0, y = 0]: readonly number[]) => ({ x, y });

function drawBar(
  bar: TimelineBar,
  place: number,
  pitch: number,
  named: boolean,
  at: (ns: number, row: number) => { x: number; y: number },
) {
  const { x, y } = at(bar.startNs, place);
  const end = at(bar.endNs, place).x;
  const gap = named ? 2 : 0;
  const shape = { x, y: y + gap, width: Math.max(1, end - x), height: Math.max(1, pitch - 2 * gap) };
  const children: object[] = [{ type: 'rect', shape, style: { fill: colour(bar.cpu) } }];
  if (named) {
    const middle = y + pitch / 2;
    const text = (label: string, left: number, fill: string, align: 'left' | 'right') => ({
      type: 'text',
      style: { text: label, x: left, y: middle, fill, align, verticalAlign: 'middle', fontSize: 12 },
    });
    children.push(text(`thread ${bar.thread}`, margin.left - 8, ink.text, 'right'));
    if (bar.cpu !== undefined && shape.width > 56 && pitch >= 14)
      children.push(text(`CPU ${bar.cpu}`, x + 8, ink.onBar, 'left'));
  }
  return { type: 'group', children } as ReturnType<NonNullable<CustomSeriesOption['renderItem']>>;
}

const cpuName = (cpu: number | undefined) => (cpu === undefined ? 'CPU not known' : `CPU ${cpu}`);
const colour = (cpu: number | undefined) =>
  cpu === undefined ? unknown : (seriesColours[cpu % seriesColours.length] ?? unknown);
