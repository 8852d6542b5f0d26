/** The document of a check, `lab3.check/1`: what was run, what was found, what was not looked at. */
import { z } from 'zod';
import { labError } from '../errors.ts';
import { quote } from '../options.ts';
import { buildSchema, guestSchema } from '../result.ts';
import { faultKinds, remarkKinds } from './kinds.ts';

export const checkSchemaName = 'lab3.check/1';

const bigDecimal = z.string().regex(/^-?\d{1,40}$/, 'a decimal whole number as text');

const placeSchema = z.object({
  /** Path as the student knows it, relative to the source folder; absent where the line is not known. */
  file: z.string().optional(),
  line: z.number().int().positive().optional(),
  function: z.string(),
  /** Bytes from the function's start, where there is no line. */
  offset: z.number().int().nonnegative().optional(),
  /** What this place did: `reads`, `writes`, `allocated`, `freed`, `takes`, `holds`, `waits`, … */
  role: z.string(),
});
export type CheckPlace = z.infer<typeof placeSchema>;

const findingSchema = z.object({
  kind: z.enum([...faultKinds, ...remarkKinds]),
  /** `note`: what the exercise wants to see, such as the race of the unlocked run. */
  severity: z.enum(['error', 'warning', 'note']),
  /** The first is where to look first. Empty where nothing is known. */
  places: z.array(placeSchema),
  /** What happened, in a sentence. */
  what: z.string(),
  /** What to look at, in a sentence. */
  look: z.string(),
  /** The variable before and after, as the kernel printed it. */
  values: z.object({ before: z.string(), after: z.string() }).optional(),
  tasks: z.array(z.object({ name: z.string().optional(), pid: z.number().int().nonnegative() })),
  cpus: z.array(z.number().int().nonnegative()),
  /** How often it was seen. */
  count: z.number().int().positive(),
  /** Numbers of the runs that it was seen in, as `runs[].number`. */
  runs: z.array(z.number().int().positive()),
  /** The kernel's own words, of the first time. Guest output. */
  raw: z.string(),
});
export type CheckFinding = z.infer<typeof findingSchema>;

const runSchema = z.object({
  /** From 1. */
  number: z.number().int().positive(),
  kernel: z.enum(['checked', 'kasan']),
  lock: z.string(),
  /** Whether threads are kept apart: without, a data race is what the exercise wants to see. */
  locked: z.boolean(),
  nThreads: z.number().int().positive(),
  increment: z.number().int(),
  nTimes: z.number().int().nonnegative(),
  vcpus: z.number().int().positive(),
  /** What was tried: a whole run, unloading while threads are at work, or very many steps. */
  shape: z.enum(['whole', 'early', 'fold']),
  parameters: z.record(z.string(), z.string()),
  expected: bigDecimal,
  final: bigDecimal.optional(),
  lostUpdates: bigDecimal.optional(),
  /** How far it came. */
  reached: z.enum(['unloaded', 'load-failed', 'stuck', 'machine-lost']),
  /** How many threads were there when it was unloaded, of an `early` run. */
  threadsAtUnload: z.number().int().nonnegative().optional(),
  elapsedMs: z.number().nonnegative(),
  /** Bytes of the console that did not fit. */
  droppedBytes: z.number().int().nonnegative(),
});
export type CheckRun = z.infer<typeof runSchema>;

export const checkSchema = z.object({
  schema: z.literal(checkSchemaName),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  tool: z.string(),
  module: z.object({ name: z.string(), files: z.array(z.string()) }),
  guest: guestSchema,
  build: buildSchema,
  /** Whether addresses could be turned into lines. */
  debugInfo: z.boolean(),
  runs: z.array(runSchema),
  /** Faults, the worst first. */
  findings: z.array(findingSchema),
  /** What the totals alone cannot say. */
  remarks: z.array(findingSchema),
  /** What was not looked at, and why. */
  notes: z.array(z.string()),
});
export type CheckDocument = z.infer<typeof checkSchema>;

/** Throws `CheckInvalid` or `CheckTooNew`: the file may be of another version, or changed by hand. */
export function parseCheck(json: unknown, fileName: string): CheckDocument {
  const schema = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  const version = typeof schema === 'string' ? /^lab3\.check\/(\d{1,9})$/.exec(schema)?.[1] : undefined;
  if (version !== undefined && Number(version) > 1) {
    throw labError('CheckTooNew', { file: fileName, schema: quote(String(schema)), known: checkSchemaName });
  }
  const answer = checkSchema.safeParse(json);
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  const path = (issue?.path ?? []).map(String).join('.');
  const problem = (issue?.message ?? 'not a check').replace(/^Invalid input: /, '');
  throw labError(
    'CheckInvalid',
    { file: fileName, path: path === '' ? 'the document' : path, problem },
    { cause: answer.error },
  );
}

/** What a process answers: 1 when a fault was found that is one. */
export function checkExitCode({ findings }: Pick<CheckDocument, 'findings'>): 0 | 1 {
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}
