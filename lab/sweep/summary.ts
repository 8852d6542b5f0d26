/** A sweep in a few lines: each lock on each number of vCPUs, where most happens, and what went wrong anywhere. */
import type { CellResult, Spread } from './cells.ts';
import type { RunStatus, SweepRun } from './document.ts';

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

/** What is wrong with the module, a sentence for each lock and kind; empty when all is well. */
export function sweepFaults(runs: readonly SweepRun[]): string[] {
  const groups = new Map<string, { run: SweepRun; count: number; of: number }>();
  for (const run of runs) {
    const words = faultWords[run.status];
    if (words === undefined) continue;
    const key = `${run.status} ${run.lock}`;
    const known = groups.get(key);
    if (known) known.count += 1;
    else groups.set(key, { run, count: 1, of: runs.filter(({ lock }) => lock === run.lock).length });
  }
  return [...groups.values()].map(({ run, count, of }) => {
    const name = run.lock === 'none' ? 'without a lock' : `with lock ${run.lock}`;
    const [finding] = run.findings.filter(({ severity }) => severity === 'error');
    const why = finding === undefined ? '' : ` The first said: ${finding.message}`;
    const where = `${run.nThreads} threads of ${run.nTimes} steps on ${run.vcpus} vCPUs`;
    return `${count} of ${of} runs ${name} ${faultWords[run.status]}, first with ${where}.${why}`;
  });
}

const faultWords: Partial<Readonly<Record<RunStatus, string>>> = {
  wrong: 'came to a wrong total',
  cut: 'were cut short by the time limit',
  none: 'printed no total',
  'guest-lost': 'ended their virtual machine',
};
