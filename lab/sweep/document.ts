/** The document of a sweep, `lab3.sweep/1`: the grid, what it ran on, and every run. Cells are computed from it. */
import { z } from 'zod';
import { accelerators, architectures, guestNames, lockKinds } from '../names.ts';

export const sweepSchemaName = 'lab3.sweep/1';

const bigDecimal = z.string().regex(/^-?\d{1,40}$/, 'a decimal whole number as text');
const count = z.number().int().positive();
const axis = z.array(count).min(1).max(64);

const findingSchema = z.object({
  kind: z.string(),
  severity: z.enum(['error', 'warning', 'note']),
  message: z.string(),
});

/**
 * `right`: the total is the expected one. `lost`: too small without a lock, as the exercise wants to see. `wrong`: not
 * as expected under a lock, or too large. `cut`: stopped before its threads had finished. `none`: no total was printed.
 * `guest-lost`: the run ended its machine.
 */
export const runStatuses = ['right', 'lost', 'wrong', 'cut', 'none', 'guest-lost'] as const;
export type RunStatus = (typeof runStatuses)[number];

export const sweepRunSchema = z.object({
  vcpus: count,
  lock: z.enum(lockKinds),
  nThreads: count,
  nTimes: count,
  increment: count,
  /** From 1. */
  repeat: count,
  status: z.enum(runStatuses),
  expected: bigDecimal,
  /** Absent where the module printed no total. */
  final: bigDecimal.optional(),
  lostUpdates: bigDecimal.optional(),
  /** From the first thread's start to the last one's end; absent where the threads did not come to their end. */
  elapsedNs: z.number().nonnegative().optional(),
  /** Whose clock that is: the module printed it, or this computer watched the threads go, to some 100 ms. */
  clock: z.enum(['module', 'host']).optional(),
  findings: z.array(findingSchema).max(60),
});
export type SweepRun = z.infer<typeof sweepRunSchema>;

const gridSchema = z.object({
  vcpus: axis,
  locks: z.array(z.enum(lockKinds)).min(1),
  nThreads: axis,
  nTimes: axis,
  increment: axis,
  repeats: count,
});

export const sweepSchema = z.object({
  schema: z.literal(sweepSchemaName),
  /** ISO 8601, UTC: when its last run ended. */
  createdAt: z.string(),
  tool: z.string(),
  /** False for one that was stopped: then `runs` has not all of `grid`. */
  complete: z.boolean(),
  grid: gridSchema,
  module: z.object({ name: z.string(), sourceSha256: z.string() }),
  build: z.object({ compiler: z.string(), kernelRelease: z.string() }),
  guest: z.object({
    provider: z.enum(guestNames),
    arch: z.enum(architectures),
    kernel: z.string(),
    memoryMiB: count,
    accelerator: z.enum(accelerators),
    hypervisor: z.string(),
  }),
  host: z.object({ cores: count }),
  /** In the order of the grid. */
  runs: z.array(sweepRunSchema).max(20_000),
});
export type Sweep = z.infer<typeof sweepSchema>;

/** A document of this schema, or why it is none, in words that follow the file's name. */
export function parseSweep(text: string): { sweep: Sweep } | { problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: 'is not JSON' };
  }
  const answer = sweepSchema.safeParse(json);
  if (answer.success) return { sweep: answer.data };
  const [issue] = answer.error.issues;
  const place =
    issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.map(String).join('.')}`;
  return { problem: `is no document of ${sweepSchemaName}${place}` };
}
