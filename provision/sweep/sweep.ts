/** A sweep from its grid to its runs: what is left to do is done, and each run is in the journal before it is shown. */
import { availableParallelism } from 'node:os';
import { type Step, step } from '../../lab/events.ts';
import type { Patterns } from '../../lab/outcome.ts';
import type { RunSpec } from '../../lab/plan.ts';
import { cellsOf } from '../../lab/sweep/cells.ts';
import type { SweepRun } from '../../lab/sweep/document.ts';
import { Pace } from '../../lab/sweep/estimate.ts';
import { type GridRun, keyOf } from '../../lab/sweep/grid.ts';
import type { Context } from '../context.ts';
import type { Guest } from '../guest/guest.ts';
import type { Journal } from '../journal.ts';
import { runPool } from './pool.ts';

export interface SweepRequest {
  readonly startGuest: (context: Context, vcpus: number) => Promise<Guest>;
  readonly module: { readonly name: string; readonly ko: Uint8Array };
  /** All runs of the grid, in its order. */
  readonly runs: readonly { readonly run: GridRun; readonly spec: RunSpec }[];
  readonly patterns?: Patterns;
  readonly memoryMiB: number;
  readonly journal: Journal<SweepRun>;
  readonly settleSeconds?: (run: GridRun) => number;
}

/** Taking all runs together takes time too, when there are thousands. */
const cellsEveryMs = 500;

/** The cores that machines are given; the one that a result says. */
export const hostCores = (): number => availableParallelism();

/**
 * Does what the journal lacks. Throws errors of this computer, interruptions and `SweepHopeless`; the journal then has
 * every run that ended.
 */
export async function runSweep(context: Context, request: SweepRequest): Promise<void> {
  const { journal } = request;
  const had = new Map(journal.entries.map((run) => [keyOf(run), run]));
  const left = request.runs.filter(({ run }) => !had.has(keyOf(run)));
  const done = request.runs.flatMap(({ run }) => had.get(keyOf(run)) ?? []);
  if (left.length === 0) return;
  await step(context.emit, 'Running the grid', async (shown) => {
    const cores = hostCores();
    const pace = new Pace(
      left.map(({ run }) => run),
      cores,
    );
    const started = performance.now();
    let shownAt = Number.NEGATIVE_INFINITY;
    const quiet: Context = { ...context, emit: quietly(context, shown) };
    const show = (last = false) => {
      const now = performance.now();
      shown.progress(done.length, 'runs', request.runs.length, { leftMs: pace.leftMs(now - started) });
      if (!last && now - shownAt < cellsEveryMs) return;
      shownAt = now;
      shown.cells(cellsOf(done));
    };
    show();
    await runPool(quiet, {
      ...request,
      runs: left,
      cores,
      onRun: async (run: SweepRun) => {
        await journal.append(run);
        done.push(run);
        pace.finished(run);
        show(done.length === request.runs.length);
      },
    });
    const lost = done.filter(({ status }) => status === 'guest-lost').length;
    shown.summary(`${done.length} runs${lost === 0 ? '' : `, ${lost} of which ended their machine`}`);
  });
}

/** Starts of machines are many, and of no interest each; what they have to say still is. */
function quietly(context: Context, shown: Step): Context['emit'] {
  return (event) => {
    if (event.type === 'step.note') shown.note(event.text);
    else if (event.type === 'warning' || event.type === 'output') context.emit(event);
  };
}
