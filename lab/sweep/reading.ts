/** What one run of a sweep comes to, from what its console said and what was seen of it from outside. */
import type { Outcome } from '../outcome.ts';
import type { RunSpec } from '../plan.ts';
import type { Finding } from '../result.ts';
import type { RunStatus, SweepRun } from './document.ts';
import type { GridRun } from './grid.ts';

/** What whoever ran it knows beside the console. */
export interface Seen {
  readonly findings: readonly Finding[];
  readonly guestLost: boolean;
  /** Time of the threads as seen from outside. */
  readonly watchedNs?: number;
}

const mostFindings = 20;
const longestMessage = 500;

export function readRun(run: GridRun, spec: RunSpec, outcome: Outcome, seen: Seen): SweepRun {
  const { final, lostUpdates } = outcome;
  const findings = [...seen.findings, ...outcome.findings];
  const status = statusOf(spec, outcome, seen);
  const time =
    status === 'cut' || status === 'guest-lost'
      ? {}
      : outcome.elapsedNs !== undefined
        ? { elapsedNs: outcome.elapsedNs, clock: 'module' as const }
        : seen.watchedNs !== undefined
          ? { elapsedNs: seen.watchedNs, clock: 'host' as const }
          : {};
  const { vcpus, lock, nThreads, nTimes, increment, repeat } = run;
  return {
    vcpus,
    lock,
    nThreads,
    nTimes,
    increment,
    repeat,
    status,
    expected: spec.expected,
    ...(final === undefined ? {} : { final }),
    ...(lostUpdates === undefined ? {} : { lostUpdates }),
    ...time,
    findings: findings
      .slice(0, mostFindings)
      .map(({ kind, severity, message }) => ({ kind, severity, message: message.slice(0, longestMessage) })),
  };
}

function statusOf(
  { lock, expected }: Pick<RunSpec, 'lock' | 'expected'>,
  { final, findings }: Outcome,
  seen: Seen,
): RunStatus {
  if (seen.guestLost) return 'guest-lost';
  const has = (kind: string) => [...seen.findings, ...findings].some((one) => one.kind === kind);
  if (final === undefined) return 'none';
  if (has('stopped-early') || has('time-limit')) return 'cut';
  const missing = BigInt(expected) - BigInt(final);
  if (missing === 0n) return 'right';
  return missing > 0n && lock === 'none' ? 'lost' : 'wrong';
}
