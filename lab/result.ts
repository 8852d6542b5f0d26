/** The result document, `lab3.result/1`: the one thing that verdict, report and gradebook work from. */
import { z } from 'zod';
import { labError } from './errors.ts';
import { accelerators, architectures, builderNames, guestNames } from './names.ts';
import { quote } from './options.ts';

export const resultSchemaName = 'lab3.result/1';

/** A whole number that may pass 2^53, as decimal text. */
const bigDecimal = z.string().regex(/^-?\d+$/, 'a decimal whole number as text');

const packageSchema = z.object({ name: z.string(), version: z.string(), sha256: z.string() });

const diagnosticSchema = z.object({
  /** Path as the student knows it, relative to the source folder. */
  file: z.string(),
  line: z.number().int().positive(),
  column: z.number().int().positive().optional(),
  severity: z.enum(['error', 'warning', 'note']),
  message: z.string(),
  /** The compiler's flag, e.g. `-Wunused-variable`. */
  flag: z.string().optional(),
});
export type Diagnostic = z.infer<typeof diagnosticSchema>;

export const buildSchema = z.object({
  builder: z.enum(builderNames),
  compiler: z.string(),
  kernelRelease: z.string(),
  vermagic: z.string(),
  arch: z.enum(architectures),
  sourceSha256: z.string().regex(/^[0-9a-f]{64}$/),
  warnings: z.array(diagnosticSchema),
  cached: z.boolean(),
  elapsedMs: z.number().nonnegative(),
});
export type BuildRecord = z.infer<typeof buildSchema>;

export const guestSchema = z.object({
  provider: z.enum(guestNames),
  arch: z.enum(architectures),
  /** `uname -r` as the guest said it. */
  kernel: z.string(),
  vcpus: z.number().int().positive(),
  memoryMiB: z.number().int().positive(),
  accelerator: z.enum(accelerators),
  /** e.g. `QEMU emulator version 10.0.2`. */
  hypervisor: z.string(),
  /** Booted, or taken from the saved state of a machine that had. */
  start: z.enum(['cold', 'restored']).optional(),
});
export type GuestInfo = z.infer<typeof guestSchema>;

const threadSchema = z.object({
  index: z.number().int().nonnegative(),
  cpu: z.number().int().nonnegative().optional(),
  /** The shared variable when this thread finished. */
  value: bigDecimal.optional(),
  /** From the start barrier to the thread's last step. */
  elapsedNs: z.number().nonnegative().optional(),
  /** When it started, after the barrier opened. */
  startNs: z.number().nonnegative().optional(),
});
export type ThreadResult = z.infer<typeof threadSchema>;

const findingSchema = z.object({
  /** From the console parser's table of classes, e.g. `oops`, `soft-lockup`, `lost-updates`. */
  kind: z.string(),
  severity: z.enum(['error', 'warning', 'note']),
  message: z.string(),
  /** First line of the evidence in dmesg.txt, from 1. */
  consoleLine: z.number().int().positive().optional(),
});
export type Finding = z.infer<typeof findingSchema>;

const runSchema = z.object({
  lock: z.string(),
  nThreads: z.number().int().positive(),
  increment: z.number().int(),
  nTimes: z.number().int().nonnegative(),
  vcpus: z.number().int().positive(),
  expected: bigDecimal,
  /** Absent when the module died before it printed a total. */
  final: bigDecimal.optional(),
  lostUpdates: bigDecimal.optional(),
  threads: z.array(threadSchema),
  /** The values in the list, in the order of the list. */
  list: z.array(bigDecimal),
  /** From the first thread's start to the last one's end, by the guest's clock; else load to last exit. */
  elapsedNs: z.number().nonnegative(),
  findings: z.array(findingSchema),
  /** Path below the report folder. */
  screenshot: z.string().optional(),
  /** Lines of dmesg.txt that this run wrote, from 1, both included. */
  consoleLines: z.tuple([z.number().int(), z.number().int()]).optional(),
});
export type RunResult = z.infer<typeof runSchema>;

export const resultSchema = z.object({
  schema: z.literal(resultSchemaName),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  tool: z.string(),
  module: z.object({ name: z.string(), files: z.array(z.string()) }),
  guest: guestSchema,
  build: buildSchema,
  /** Exact versions taken from the archive, so that a class can pin them. */
  packages: z.array(packageSchema),
  runs: z.array(runSchema),
});
export type Result = z.infer<typeof resultSchema>;

/** A result of this schema with the same content. Throws `ResultInvalid` with the place and the value there. */
export function parseResult(json: unknown, fileName: string): Result {
  const schema = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  const version = typeof schema === 'string' ? /^lab3\.result\/(\d{1,9})$/.exec(schema)?.[1] : undefined;
  if (version !== undefined && Number(version) > 1) {
    throw labError('ResultTooNew', {
      file: fileName,
      schema: quote(String(schema)),
      known: resultSchemaName,
    });
  }
  const answer = resultSchema.safeParse(json);
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  const path = issue?.path ?? [];
  throw labError(
    'ResultInvalid',
    {
      file: fileName,
      path: path.length === 0 ? 'the document' : path.map(String).join('.'),
      value: shown(valueAt(json, path)),
      problem: (issue?.message ?? 'not a result')
        .replace(/^Invalid input: /, '')
        .replace(/, received \w+$/, ''),
    },
    { cause: answer.error },
  );
}

function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  let value = json;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return String(value);
}
