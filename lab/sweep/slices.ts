/** Lines through the grid, along one axis with the others held still: what the plots show and the sentences say. */
import type { CellResult, Spread } from './cells.ts';

export interface Point {
  /** Threads or steps. */
  readonly x: number;
  readonly spread: Spread;
}

export interface Line {
  readonly vcpus: number;
  readonly lock: string;
  /** Ascending. */
  readonly points: readonly Point[];
}

/** The values at which the other axes are held. */
export interface Held {
  readonly nThreads?: number;
  readonly nTimes?: number;
  readonly increment: number;
}

export interface Slice {
  readonly held: Held;
  readonly lines: readonly Line[];
}

/** Share lost along the steps, with the most threads. */
export function lostBySteps(cells: readonly CellResult[]): Slice | undefined {
  const nThreads = largest(cells, (cell) => cell.nThreads);
  const locks = losing(cells);
  return slice(
    cells.filter((cell) => cell.nThreads === nThreads && locks.has(cell.lock)),
    { nThreads },
    (cell) => cell.nTimes,
    (cell) => cell.lost,
  );
}

/** Share lost along the threads, with the most steps. */
export function lostByThreads(cells: readonly CellResult[]): Slice | undefined {
  const nTimes = largest(cells, (cell) => cell.nTimes);
  const locks = losing(cells);
  return slice(
    cells.filter((cell) => cell.nTimes === nTimes && locks.has(cell.lock)),
    { nTimes },
    (cell) => cell.nThreads,
    (cell) => cell.lost,
  );
}

/** Nanoseconds of an increment along the threads, with the most steps; one for each number of vCPUs. */
export function costByThreads(cells: readonly CellResult[]): { vcpus: number; slice: Slice }[] {
  const nTimes = largest(cells, (cell) => cell.nTimes);
  const all = [...new Set(cells.map(({ vcpus }) => vcpus))].sort((a, b) => a - b);
  return all.flatMap((vcpus) => {
    const found = slice(
      cells.filter((cell) => cell.nTimes === nTimes && cell.vcpus === vcpus),
      { nTimes },
      (cell) => cell.nThreads,
      (cell) => cell.nsPerIncrement,
    );
    return found === undefined ? [] : [{ vcpus, slice: found }];
  });
}

/** Locks worth a line in a plot of what was lost: none, and each that lost something though it should not. */
function losing(cells: readonly CellResult[]): Set<string> {
  return new Set(
    cells.filter(({ lock, lost }) => lock === 'none' || (lost?.max ?? 0) > 0).map(({ lock }) => lock),
  );
}

/** Undefined where nothing can be drawn along this axis: fewer than two places on it have whole runs. */
function slice(
  cells: readonly CellResult[],
  held: Omit<Held, 'increment'>,
  place: (cell: CellResult) => number,
  value: (cell: CellResult) => Spread | undefined,
): Slice | undefined {
  const increment = cells[0]?.increment;
  if (increment === undefined) return undefined;
  const lines = new Map<string, { vcpus: number; lock: string; points: Point[] }>();
  for (const cell of cells) {
    const spread = value(cell);
    if (spread === undefined || cell.increment !== increment) continue;
    const key = `${cell.vcpus} ${cell.lock}`;
    const line = lines.get(key) ?? { vcpus: cell.vcpus, lock: cell.lock, points: [] };
    line.points.push({ x: place(cell), spread });
    lines.set(key, line);
  }
  const found = [...lines.values()].map((line) => ({
    ...line,
    points: line.points.sort((a, b) => a.x - b.x),
  }));
  const places = new Set(found.flatMap(({ points }) => points.map(({ x }) => x)));
  return places.size < 2 ? undefined : { held: { ...held, increment }, lines: found };
}

const largest = (cells: readonly CellResult[], value: (cell: CellResult) => number): number =>
  cells.reduce((most, cell) => Math.max(most, value(cell)), 0);
