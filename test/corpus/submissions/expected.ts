/** The submissions beside this file: what each hands in, how, and in `expected.json` what grading must make of it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { checkNames, statuses } from '../../../grade/names.ts';

/** Kinds of `hostile` are numbered as in the list of what a grader of kernel modules must survive. */
export const hostileKinds = 28;

const statusSchema = z.enum(statuses);
/** Must be in what people read, in whatever case; of a list one is enough. */
const wordsSchema = z.union([z.string().min(1), z.array(z.string().min(1)).min(2)]);

const handedSchema = z.strictObject({
  /** Whose naming the entry of the class has. */
  via: z.enum(['moodle', 'github', 'plain']),
  /** `made`: no files of a folder can be it, so `made.ts` has a function of this name. `none`: nothing handed in. */
  as: z.enum(['folder', 'zip', 'tar', 'tar.gz', 'tar.xz', 'file', 'made', 'none']),
  /** Another submission, whose files are handed in too. */
  with: z.string().optional(),
  /** Another submission, which the same student has handed in too. */
  also: z.string().optional(),
  encoding: z.enum(['utf-8', 'utf-16le', 'windows-1251']).default('utf-8'),
  lineEnds: z.enum(['lf', 'crlf']).default('lf'),
  onRoster: z.boolean().default(true),
});

const expectedSchema = z.strictObject({
  title: z.string().min(1),
  /** A good one is a student's honest work, right or wrong. */
  kind: z.union([z.literal('good'), z.number().int().min(1).max(hostileKinds)]),
  student: z.string().min(1),
  handed: handedSchema,
  /** Only what is certain. What is not named may be anything but `error`. */
  statuses: z.partialRecord(
    z.enum(checkNames),
    z.union([statusSchema.exclude(['error']), z.array(statusSchema.exclude(['error'])).min(1)]),
  ),
  /** `submission`: anywhere in the feedback. */
  says: z.partialRecord(z.enum([...checkNames, 'submission']), z.array(wordsSchema)),
  /** Must not stand like this in a page, a gradebook or on a terminal. */
  never: z.array(z.string().min(1)).default([]),
  /** Whether a person must look at it. Absent: either will do. */
  review: z.boolean().optional(),
  why: z.string().min(1),
});

export interface ClassSubmission extends z.infer<typeof expectedSchema> {
  /** Of its folder here. */
  readonly name: string;
  /** Its files as they are kept here; a `/` between the parts. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const top = fileURLToPath(new URL('.', import.meta.url));

export async function readSubmissions(): Promise<ClassSubmission[]> {
  const entries = await readdir(top, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.sort().map(async (name) => {
      const folder = join(top, name);
      const expected = expectedSchema.parse(
        JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')),
      );
      return { name, files: await readFiles(join(folder, 'handed')), ...expected };
    }),
  );
}

async function readFiles(folder: string, below = ''): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && below === '') return [];
    throw error;
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = join(folder, entry.name);
    if (entry.isDirectory()) {
      for (const [name, content] of await readFiles(file, `${below}${entry.name}/`)) files.set(name, content);
    } else {
      // A checkout on Windows may have put CRLF there.
      const text = await readFile(file, 'utf8');
      files.set(`${below}${entry.name}`, Buffer.from(text.replaceAll('\r\n', '\n')));
    }
  }
  return files;
}
