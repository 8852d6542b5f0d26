/** Summing up: every figure is a median with its range and its baseline, measured in turns in the same run. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** Of no values it is NaN throughout. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
    count: sorted.length,
  };
}

/** How many times the second median goes into the first. */
export function ratio(of: Spread, to: Spread): number {
  return of.median / to.median;
}

/**
 * Runs the candidates in turns, so that a change of the computer's mood hits all of them alike. One that is undefined
 * has no turn.
 */
export async function inTurns<K extends string>(
  rounds: number,
  candidates: Readonly<Record<K, (() => Promise<number>) | undefined>>,
): Promise<Record<K, Spread>> {
  const names = Object.keys(candidates) as K[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const ms = await candidates[name]?.();
      if (ms !== undefined) values[name].push(ms);
    }
  }
  return Object.fromEntries(names.map((name) => [name, spread(values[name])])) as Record<K, Spread>;
}
