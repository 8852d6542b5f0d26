/** What a bug of ours costs: the one submission that it showed at, which is not marked for it, and not the class. */
import { LabError } from '../../lab/errors.ts';
import type { Evidence } from '../engine/evidence.ts';

/** Not of the catalogue, nor the system's or the network's: those have causes or codes, of which Node gives its own to wrong calls. */
export function isBug(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof LabError || error.cause !== undefined) return false;
  const { code } = error as { code?: unknown };
  const isWrongCall = error instanceof TypeError || error instanceof RangeError;
  return code === undefined || (isWrongCall && String(code).startsWith('ERR_'));
}

/** The mark by the evidence, or by none where a bug of ours comes between. */
export function guarded<T>(
  evidence: Evidence | undefined,
  mark: (evidence: Evidence | undefined) => T,
): { result: T; bug?: Error } {
  try {
    return { result: mark(evidence) };
  } catch (error) {
    if (!isBug(error)) throw error;
    return { result: mark(evidenceOfBug(error)), bug: error };
  }
}

/** Nothing is known of the submission then. */
export function evidenceOfBug(error: Error): Evidence {
  const message = `This is a bug in lab3, and nothing of the student’s: ${error.name}: ${error.message}`;
  return {
    unknown: 'Not marked: the program that grades failed. It is not the student’s doing.',
    modules: [],
    runs: [],
    checks: {},
    report: [],
    errors: [{ name: 'BugInLab3', message, concerns: 'build' }],
  };
}
