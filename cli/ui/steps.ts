/** The event stream folded into a tree of steps, with rates and remaining times: what every renderer draws from. */
import type { Event } from '../../lab/events.ts';
import type { CellResult } from '../../lab/sweep/cells.ts';
import { bytes, bytesOf, duration, grouped } from './amounts.ts';
import { harmless } from './text.ts';

type Unit = Extract<Event, { type: 'step.progress' }>['unit'];

export interface StepView {
  readonly id: string;
  readonly title: string;
  readonly parent: StepView | undefined;
  readonly depth: number;
  status: 'running' | 'done' | 'failed' | 'skipped';
  note?: string;
  summary?: string;
  elapsedMs?: number;
  progress?: { done: number; total?: number; unit: Unit; leftMs?: number; failed?: string };
  /** A table that grows while the step runs. */
  cells?: readonly CellResult[];
  /** Units per second over the last few seconds. */
  rate?: number;
}

/** Long enough to be steady, short enough to notice that the network has slowed down. */
const rateWindowMs = 5_000;

export class StepTree {
  readonly #steps = new Map<string, StepView>();
  readonly #samples = new Map<string, { at: number; done: number }[]>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes in one event; answers the step it was about. */
  apply(event: Event): StepView | undefined {
    switch (event.type) {
      case 'step.start': {
        const parent = event.parent === undefined ? undefined : this.#steps.get(event.parent);
        const view: StepView = {
          id: event.step,
          title: oneLine(event.title),
          parent,
          depth: parent === undefined ? 0 : parent.depth + 1,
          status: 'running',
        };
        this.#steps.set(event.step, view);
        return view;
      }
      case 'step.note': {
        const view = this.#steps.get(event.step);
        if (view) view.note = oneLine(event.text);
        return view;
      }
      case 'step.progress': {
        const view = this.#steps.get(event.step);
        if (!view) return undefined;
        view.progress = {
          done: event.done,
          unit: event.unit,
          ...(event.total === undefined ? {} : { total: event.total }),
          ...(event.leftMs === undefined ? {} : { leftMs: event.leftMs }),
          ...(event.failed === undefined ? {} : { failed: oneLine(event.failed) }),
        };
        this.#measure(view, event.done);
        return view;
      }
      case 'step.cells': {
        const view = this.#steps.get(event.step);
        if (view) view.cells = event.cells;
        return view;
      }
      case 'step.end': {
        const view = this.#steps.get(event.step);
        if (!view) return undefined;
        view.status = event.status;
        view.elapsedMs = event.elapsedMs;
        if (event.summary !== undefined) view.summary = oneLine(event.summary);
        this.#samples.delete(event.step);
        return view;
      }
      default:
        return undefined;
    }
  }

  #measure(view: StepView, done: number): void {
    const samples = this.#samples.get(view.id) ?? [];
    this.#samples.set(view.id, samples);
    const at = this.#now();
    samples.push({ at, done });
    while (samples.length > 2 && at - (samples[0]?.at ?? at) > rateWindowMs) samples.shift();
    const first = samples[0];
    // Less than half a second of history is noise, not a rate.
    if (first && at - first.at >= 500 && done > first.done)
      view.rate = ((done - first.done) * 1000) / (at - first.at);
  }
}

/** The amount, rate and time left of a running step, and what failed, in words; absent parts are unknown. */
export interface ProgressWords {
  amount?: string;
  failed?: string;
  rate?: string;
  left?: string;
  /** 0 to 1, for a bar. */
  fraction?: number;
}

export function progressWords(view: StepView): ProgressWords {
  const { progress, rate } = view;
  if (!progress) return {};
  const { done, total, unit } = progress;
  const words: ProgressWords = { amount: amount(done, total, unit) };
  if (progress.failed !== undefined) words.failed = progress.failed;
  if (total !== undefined && total > 0) words.fraction = Math.min(1, Math.max(0, done / total));
  if (progress.leftMs !== undefined && total !== undefined && total > done)
    words.left = `${duration(progress.leftMs)} left`;
  if (rate === undefined || unit === 'seconds') return words;
  if (unit === 'bytes') words.rate = `${bytes(rate)}/s`;
  else if (unit === 'files') words.rate = `${grouped(Math.round(rate))} files/s`;
  else if (unit === 'runs') words.rate = `${rate.toFixed(1)} runs/s`;
  if (words.left === undefined && total !== undefined && total > done)
    words.left = `${duration(((total - done) / rate) * 1000)} left`;
  return words;
}

function amount(done: number, total: number | undefined, unit: Unit): string {
  if (unit === 'bytes') return total === undefined ? bytes(done) : bytesOf(done, total);
  const noun = unit === 'seconds' ? 's' : unit;
  const shown = grouped(Math.round(done));
  return total === undefined ? `${shown} ${noun}` : `${shown} of ${grouped(Math.round(total))} ${noun}`;
}

const oneLine = (text: string): string =>
  harmless(text)
    .replace(/\s*\n\s*/g, ' ')
    .trim();
