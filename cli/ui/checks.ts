import type { Check } from '../doctor/check.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';
import { harmless, padEnd, width, wrap } from './text.ts';

/** One part after the other, what mends it below it, and whether the lab can run here. */
export function checksText(checks: readonly Check[], terminal: Terminal, style: Style): string {
  const { glyphs } = style;
  const names = Math.max(...checks.map(({ part }) => width(part)));
  // Beside the names there must be room for a few words; else they go below.
  const beside = terminal.columns >= names + 40;
  const indent = ' '.repeat(beside ? names + 4 : 4);
  const room = terminal.columns - indent.length;
  const lines = checks.flatMap(({ part, state, found, mend, needed }) => {
    const mark =
      state === 'ok'
        ? style.green(glyphs.done)
        : needed
          ? style.red(glyphs.failed)
          : style.yellow(state === 'missing' ? glyphs.skipped : glyphs.warning);
    const words = wrap(style.say(harmless(found)), room);
    const [first = '', ...rest] = words;
    const head = beside
      ? [`${mark} ${style.bold(padEnd(part, names))}  ${first}`]
      : [`${mark} ${style.bold(part)}`];
    const more = (beside ? rest : words).map((line) => `${indent}${line}`);
    const advice = mend === undefined ? [] : [`${indent}${style.cyan(glyphs.pointer)} ${style.say(mend)}`];
    return [...head, ...more, ...advice];
  });
  const stop = checks.filter(({ needed, state }) => needed && state !== 'ok').map(({ part }) => part);
  const [mark, sentence] =
    stop.length === 0
      ? [style.green(glyphs.done), `The lab can run on this computer: \`${terminal.program} setup\`.`]
      : [style.red(glyphs.failed), `The lab cannot run here before this is mended: ${stop.join(', ')}.`];
  const [first = '', ...rest] = wrap(sentence, terminal.columns - 2);
  return `${[...lines, '', `${mark} ${first}`, ...rest.map((line) => `  ${line}`)].join('\n')}\n`;
}
