/** The modules below `modules/`: each has one known fault, or none, and says in `expected.json` what a check must find. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** What a finding of the fault must point at: one of the lines that end with this. */
const marker = '/* fault: here */';

const expectedSchema = z.strictObject({
  /** Kind of fault or remark, as `lab/check` names them; `none` for a module that is right. */
  kind: z.string(),
  /** The fault in a few words. */
  title: z.string(),
  /** What may be found as well, and why: a consequence, or another view of the same fault. */
  also: z.array(z.strictObject({ kind: z.string(), why: z.string() })),
  /** The kernel that can see it. */
  kernel: z.enum(['checked', 'kasan']),
});

export interface CorpusModule extends z.infer<typeof expectedSchema> {
  readonly name: string;
  readonly folder: string;
  /** Its C source, of which each has one file: `NAME.c`. */
  readonly source: string;
  /** Line numbers, from 1. */
  readonly marked: readonly number[];
}

export async function readCorpus(): Promise<CorpusModule[]> {
  const top = fileURLToPath(new URL('modules', import.meta.url));
  const names = (await readdir(top)).sort();
  return Promise.all(
    names.map(async (name) => {
      const folder = join(top, name);
      const expected = expectedSchema.parse(
        JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')),
      );
      const source = await readFile(join(folder, `${name}.c`), 'utf8');
      const marked = source.split('\n').flatMap((line, index) => (line.includes(marker) ? [index + 1] : []));
      return { name, folder, source, marked, ...expected };
    }),
  );
}
