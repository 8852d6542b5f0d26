/** Progress for logs and for terminals that cannot redraw: a line when a step starts, moves on and ends. */
import type { Event } from '../../lab/events.ts';
import { duration } from './amounts.ts';
import type { Renderer, RendererParts } from './renderer.ts';
import { progressWords, StepTree, type StepView } from './steps.ts';
import { harmless, wrap } from './text.ts';

/** Often enough to see that it lives, seldom enough for a log that people read. */
const progressEveryMs = 5_000;

export function plainRenderer(parts: RendererParts): Renderer {
  const { style, write, terminal } = parts;
  const now = parts.now ?? (() => performance.now());
  const tree = new StepTree(now);
  const lastLine = new Map<string, number>();

  const line = (depth: number, mark: string, text: string) => {
    const indent = '  '.repeat(depth);
    const room = Math.max(20, terminal.columns - indent.length - 2);
    const [first = '', ...rest] = terminal.endless ? [style.say(text)] : wrap(style.say(text), room);
    write([`${indent}${mark} ${first}`, ...rest.map((more) => `${indent}  ${more}`)].join('\n').concat('\n'));
  };

  function progress(view: StepView): void {
    const at = now();
    if (at - (lastLine.get(view.id) ?? at) < progressEveryMs) return;
    lastLine.set(view.id, at);
    const { amount, failed, rate, left } = progressWords(view);
    line(
      view.depth,
      ' ',
      `${view.title}: ${[amount, failed, rate, left].filter((part) => part !== undefined).join(', ')}`,
    );
  }

  function end(view: StepView): void {
    const { glyphs } = style;
    const mark = {
      running: glyphs.pointer,
      done: style.green(glyphs.done),
      failed: style.red(glyphs.failed),
      skipped: style.yellow(glyphs.skipped),
    }[view.status];
    const words = [view.summary, duration(view.elapsedMs ?? 0)].filter((part) => part !== undefined);
    line(view.depth, mark, `${view.title}: ${view.status === 'failed' ? 'failed, ' : ''}${words.join(', ')}`);
  }

  return {
    handle(event: Event) {
      if (event.type === 'warning') {
        line(0, style.yellow(style.glyphs.warning), harmless(event.text));
        return;
      }
      if (event.type === 'output') {
        if (!parts.verbose) return;
        for (const raw of harmless(event.text).replace(/\n$/, '').split('\n'))
          write(`${style.dim(`${event.source}| ${raw}`)}\n`);
        return;
      }
      const view = tree.apply(event);
      if (!view) return;
      if (event.type === 'step.start') {
        lastLine.set(view.id, now());
        line(view.depth, style.glyphs.pointer, view.title);
      } else if (event.type === 'step.note') line(view.depth + 1, ' ', view.note ?? '');
      else if (event.type === 'step.progress') progress(view);
      else if (event.type === 'step.end') end(view);
    },
    close() {},
  };
}
