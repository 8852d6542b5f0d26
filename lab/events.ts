import type { CellResult } from './sweep/cells.ts';

/**
 * What the engine says while it works: a typed stream that the terminal, a log or `--json` can render.
 * Nothing outside `cli/ui` prints.
 */
export type Event =
  | { type: 'step.start'; step: string; parent?: string; title: string }
  /** A fact worth a line while the step runs, e.g. which builder was taken and why. */
  | { type: 'step.note'; step: string; text: string }
  /** Work done so far; `total` is absent where nobody knows it. */
  | {
      type: 'step.progress';
      step: string;
      done: number;
      total?: number;
      unit: ProgressUnit;
      /** Where the engine knows better than what the rate so far says. */
      leftMs?: number;
      /** What of the work done so far did not go well: `3 with failures`. */
      failed?: string;
    }
  /** What the runs of a sweep have come to so far. */
  | { type: 'step.cells'; step: string; cells: readonly CellResult[] }
  | {
      type: 'step.end';
      step: string;
      status: 'done' | 'failed' | 'skipped';
      summary?: string;
      elapsedMs: number;
    }
  /** Raw lines of a compiler or of the guest's console: shown with --verbose, always kept in the log. */
  | { type: 'output'; source: 'builder' | 'console' | 'qemu' | 'docker' | 'vagrant'; text: string }
  | { type: 'warning'; text: string };

/** What progress is counted in. */
export type ProgressUnit = 'bytes' | 'files' | 'runs' | 'seconds' | 'submissions';

/** What is known of a part of the work beside its amount. */
export type ProgressMore = Pick<Extract<Event, { type: 'step.progress' }>, 'leftMs' | 'failed'>;

export type Emit = (event: Event) => void;

/** One step as the code inside it sees it. */
export interface Step {
  note(text: string): void;
  progress(done: number, unit: ProgressUnit, total?: number, more?: ProgressMore): void;
  cells(cells: readonly CellResult[]): void;
  /** What the finished step is summed up as, e.g. `42 packages, 61 MiB`. */
  summary(text: string): void;
  /** Emits events of inner steps below this one. */
  readonly emit: Emit;
}

let counter = 0;

/** Runs `work` as a step: its start, its end and its failure are events. Errors pass through. */
export async function step<T>(emit: Emit, title: string, work: (step: Step) => Promise<T>): Promise<T> {
  counter += 1;
  const id = `s${counter}`;
  const started = performance.now();
  let summary: string | undefined;
  const inner: Emit = (event) =>
    emit(event.type === 'step.start' && event.parent === undefined ? { ...event, parent: id } : event);
  emit({ type: 'step.start', step: id, title });
  const end = (status: 'done' | 'failed') =>
    emit({
      type: 'step.end',
      step: id,
      status,
      ...(summary === undefined ? {} : { summary }),
      elapsedMs: performance.now() - started,
    });
  try {
    const value = await work({
      note: (text) => emit({ type: 'step.note', step: id, text }),
      progress: (done, unit, total, more) =>
        emit({
          type: 'step.progress',
          step: id,
          done,
          unit,
          ...(total === undefined ? {} : { total }),
          ...more,
        }),
      cells: (cells) => emit({ type: 'step.cells', step: id, cells }),
      summary: (text) => {
        summary = text;
      },
      emit: inner,
    });
    end('done');
    return value;
  } catch (error) {
    end('failed');
    throw error;
  }
}
