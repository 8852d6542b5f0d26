/** What a bug of ours costs: the one submission that it showed at, which is not marked for it, and not the class. */
import { LabError } from '../../lab/errors.ts';
import type { Evidence } from '../engine/evidence.ts';

/** Neither of the catalogue nor the system's or the network's, which have codes or causes. */
export function isBug(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof LabError) return false;
  return error.cause === undefined && (error as { code?: unknown }).code === undefined;
}

/** Nothing is known of the submission then. */
export function evidenceOfBug(error: Error): Evidence {
  const message = `This is a bug in lab3, and nothing of the student’s: ${error.name}: ${error.message}`;
  const errors = (['build', 'style'] as const).map((concerns) => ({ name: 'BugInLab3', message, concerns }));
  return { modules: [], runs: [], checks: {}, report: [], errors };
}
