import { duration } from './amounts.ts';
import { progressWords, type StepView } from './steps.ts';
import type { Style } from './style.ts';
import { truncate, width } from './text.ts';

const barCells = 12;
const fewestTitleCells = 12;
/** A step shorter than this needs no clock beside it. */
const quietMs = 2_000;

/**
 * One line for a step of the live tree, at most `columns` cells. What matters least goes first when it gets
 * narrow: bar, rate, what failed, time left, amount, then the end of the title.
 */
export function stepLine(view: StepView, columns: number, style: Style, runningMs: number): string {
  if (view.status !== 'running') return endedLine(view, columns, style);
  const { amount, failed, rate, left, fraction } = progressWords(view);
  const clock = amount === undefined && runningMs >= quietMs ? duration(runningMs) : undefined;
  const drawn = fraction === undefined ? undefined : bar(fraction, style);
  const choices = [
    [drawn, amount, failed, rate, left],
    [amount, failed, rate, left],
    [amount, failed, left],
    [amount, left],
    [amount],
    [view.note, clock],
    [clock],
  ];
  for (const choice of choices) {
    const parts = choice.filter((part) => part !== undefined);
    if (parts.length === 0) continue;
    const tail = parts.join('  ');
    if (width(view.title) + 2 + width(tail) <= columns) return `${view.title}  ${style.dim(tail)}`;
  }
  // A sign of life is worth more than the end of a long title.
  const tail = left ?? clock;
  if (tail === undefined || columns < width(tail) + 2 + fewestTitleCells)
    return truncate(view.title, columns, style.glyphs.ellipsis);
  return `${truncate(view.title, columns - width(tail) - 2, style.glyphs.ellipsis)}  ${style.dim(tail)}`;
}

function endedLine(view: StepView, columns: number, style: Style): string {
  const time = (view.elapsedMs ?? 0) >= quietMs ? duration(view.elapsedMs ?? 0) : undefined;
  const said = view.summary ?? view.note;
  for (const choice of said === undefined ? [[time]] : [[said, time], [said]]) {
    const parts = choice.filter((part) => part !== undefined);
    if (parts.length === 0) continue;
    const tail = parts.join('  ');
    if (width(view.title) + 2 + width(tail) <= columns) return `${view.title}  ${style.dim(tail)}`;
  }
  const room = columns - width(view.title) - 2;
  if (said !== undefined && room >= 12)
    return `${view.title}  ${style.dim(truncate(said, room, style.glyphs.ellipsis))}`;
  return truncate(view.title, columns, style.glyphs.ellipsis);
}

function bar(fraction: number, style: Style): string {
  const full = Math.round(fraction * barCells);
  return style.glyphs.barDone.repeat(full) + style.glyphs.barLeft.repeat(barCells - full);
}
