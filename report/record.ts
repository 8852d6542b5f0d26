/**
 * `.lab3-report.json`: what the tool itself wrote into a report folder. Against it a later report tells a file that
 * the student changed from one that nobody touched.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { StudentText } from './document.ts';

const hashes = z.record(z.string(), z.string());
const recordSchema = z.object({
  schema: z.literal('lab3.report/1'),
  /** SHA-256 of each file that a run made: the result, its log, pictures, sources. */
  data: hashes,
  /** SHA-256 of each file that is made of them. */
  rendered: hashes,
  /** SHA-256 of an editable text file without the student's text. */
  frames: hashes,
  /** What each editable file was read back as, right after it was made. */
  shown: z.record(
    z.string(),
    z.object({
      name: z.string().optional(),
      group: z.string().optional(),
      conclusions: z.string().optional(),
    }),
  ),
  student: z.object({
    name: z.string(),
    group: z.string(),
    conclusions: z.object({ text: z.string(), markup: z.enum(['markdown', 'rst']).optional() }),
  }),
  /** Name and group as the caller gave them: a change there is news, the same again is not. */
  given: z.object({ name: z.string().optional(), group: z.string().optional() }),
});
export type ReportRecord = z.infer<typeof recordSchema>;

/** `undefined` for a missing or damaged record: then every file counts as the student's own. */
export function readRecord(bytes: Uint8Array | undefined): ReportRecord | undefined {
  if (bytes === undefined) return undefined;
  try {
    return recordSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The record's own form of the student's text: no keys without a value. */
export function studentOf(record: ReportRecord): StudentText {
  const { name, group, conclusions } = record.student;
  return {
    name,
    group,
    conclusions: {
      text: conclusions.text,
      ...(conclusions.markup === undefined ? {} : { markup: conclusions.markup }),
    },
  };
}
