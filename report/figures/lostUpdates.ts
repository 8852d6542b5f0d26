/** One bar per run: the share of the expected total that arrived, and the share that was lost. */
import type { Chart } from './draw.ts';
import type { LostUpdatesBar, LostUpdatesFigure } from './figure.ts';
import { ink, kept, lost, unknown } from './theme.ts';

const width = 720;
const barPitch = 58;
const axisHeight = 64;
/** A narrower piece has no room for its number, in percent of the whole bar. */
const roomForLabel = 9;

export function lostUpdatesChart({ bars }: LostUpdatesFigure): Chart {
  const series = (name: string, color: string, value: (bar: LostUpdatesBar) => number) => ({
    type: 'bar' as const,
    name,
    stack: 'total',
    silent: true,
    barWidth: 30,
    itemStyle: { color },
    data: bars.map((bar) => {
      const share = value(bar);
      return {
        value: share,
        label: {
          show: share >= roomForLabel && bar.kept !== undefined,
          formatter: `${share === 100 ? '100' : share.toFixed(2)} %`,
          color: ink.onBar,
          textBorderWidth: 0,
          fontWeight: 'bold' as const,
        },
      };
    }),
  });
  return {
    width,
    height: bars.length * barPitch + axisHeight,
    option: {
      grid: { left: 168, right: 112, top: 30, bottom: 34 },
      legend: {
        data: ['kept', 'lost'],
        left: 160,
        top: 0,
        itemWidth: 14,
        itemHeight: 12,
        textStyle: { color: ink.text },
      },
      xAxis: {
        type: 'value',
        min: 0,
        max: 100,
        interval: 20,
        axisLabel: { formatter: '{value} %', color: ink.quiet },
        splitLine: { lineStyle: { color: ink.line } },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: bars.map((_, index) => ({ value: String(index) })),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: ink.quiet } },
        axisLabel: {
          formatter: (index: string) => {
            const bar = bars[Number(index)];
            return bar === undefined ? '' : `{name|${plain(bar.label)}}\n{detail|${plain(bar.detail)}}`;
          },
          rich: {
            name: { color: ink.text, fontSize: 13, fontWeight: 'bold', lineHeight: 18 },
            detail: { color: ink.quiet, fontSize: 11, lineHeight: 15 },
          },
        },
      },
      series: [
        series('kept', kept, (bar) => bar.kept ?? 0),
        series('lost', lost, (bar) => bar.lost ?? 0),
        series('no total', unknown, (bar) => (bar.kept === undefined ? 100 : 0)),
        {
          type: 'bar',
          name: 'verdict',
          stack: 'total',
          silent: true,
          itemStyle: { color: ink.text },
          data: bars.map((bar) => ({
            value: 0,
            label: {
              show: true,
              position: 'right' as const,
              distance: 8,
              formatter: plain(bar.verdict),
              color: ink.text,
              textBorderWidth: 0,
            },
          })),
        },
      ],
    },
  };
}

/** Braces and bars are markup of ECharts' labels. */
const plain = (text: string) => text.replace(/[{}|]/g, ' ');
