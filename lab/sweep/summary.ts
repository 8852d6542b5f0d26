/** A sweep in a few lines: each lock on each number of vCPUs, where most happens, and what went wrong anywhere. */
import type { CellResult, Spread } from './cells.ts';
import type { SweepRun } from './document.ts';

/** One lock on one number of vCPUs. */
export interface LockRow {
  readonly vcpus: number;
  readonly lock: string;
  /** Runs so far, in all cells. */
  readonly runs: number;
  readonly failed: number;
  readonly wrong: number;
  /** Of the cell with the most threads and, of these, the most steps; absent while that has no whole run. */
  readonly lost?: Spread;
  readonly nsPerIncrement?: Spread;
}

/** Where the rows' figures were taken. */
export interface LockRows {
  readonly nThreads: number;
  readonly nTimes: number;
  readonly increment: number;
  readonly rows: readonly LockRow[];
}

/** Undefined where there are no cells. */
export function lockRows(cells: readonly CellResult[]): LockRows | undefined {
  const [first] = cells;
  if (first === undefined) return undefined;
  const most = (value: (cell: CellResult) => number) => Math.max(...cells.map(value));
  const nThreads = most((cell) => cell.nThreads);
  const nTimes = most((cell) => cell.nTimes);
  const { increment } = first;
  const groups = group(cells);
  const rows = [...groups.values()].flatMap((same): LockRow[] => {
    const [one] = same;
    if (one === undefined) return [];
    const sum = (value: (cell: CellResult) => number) => same.reduce((all, cell) => all + value(cell), 0);
    const corner = same.find(
      (cell) => cell.nThreads === nThreads && cell.nTimes === nTimes && cell.increment === increment,
    );
    return [
      {
        vcpus: one.vcpus,
        lock: one.lock,
        runs: sum(({ runs }) => runs),
        failed: sum(({ failed }) => failed),
        wrong: sum(({ wrong }) => wrong),
        ...(corner?.lost === undefined ? {} : { lost: corner.lost }),
        ...(corner?.nsPerIncrement === undefined ? {} : { nsPerIncrement: corner.nsPerIncrement }),
      },
    ];
  });
  return { nThreads, nTimes, increment, rows };
}

function group(cells: readonly CellResult[]): Map<string, CellResult[]> {
  const groups = new Map<string, CellResult[]>();
  for (const cell of cells) {
    const key = `${cell.vcpus} ${cell.lock}`;
    const same = groups.get(key);
    if (same === undefined) groups.set(key, [cell]);
    else same.push(cell);
  }
  return groups;
}

export interface SweepFault {
  readonly text: string;
  /** False where the computer may be too slow instead. */
  readonly module: boolean;
}

/** What is wrong, a sentence for each lock and kind; empty when all is well. */
export function sweepFaults(runs: readonly SweepRun[]): SweepFault[] {
  const groups = new Map<string, { run: SweepRun; words: string; count: number }>();
  for (const run of runs) {
    const words = faultWords(run);
    if (words === undefined) continue;
    const key = `${words} ${run.lock}`;
    const known = groups.get(key);
    if (known) known.count += 1;
    else groups.set(key, { run, words, count: 1 });
  }
  return [...groups.values()].map(({ run, words, count }) => {
    const of = runs.filter(({ lock }) => lock === run.lock).length;
    const name = run.lock === 'none' ? 'without a lock' : `with lock ${run.lock}`;
    const finding = run.findings.find(({ severity }) => severity === 'error');
    const why = finding === undefined ? '' : ` The first said: ${finding.message}`;
    const where = `${counted(run.nThreads, 'thread')} of ${counted(run.nTimes, 'step')} on ${counted(run.vcpus, 'vCPU')}`;
    return {
      text: `${count} of ${counted(of, 'run')} ${name} ${words}, first with ${where}.${why}`,
      module: run.status !== 'cut',
    };
  });
}

function faultWords({ status, findings }: SweepRun): string | undefined {
  switch (status) {
    case 'wrong':
      return 'came to a wrong total';
    case 'cut':
      return 'came to the time limit before their threads had finished';
    case 'none':
      return 'printed no total';
    case 'guest-lost':
      return 'ended their virtual machine';
    default:
      return findings.some(({ severity }) => severity === 'error')
        ? 'came to their end with errors on the way'
        : undefined;
  }
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
