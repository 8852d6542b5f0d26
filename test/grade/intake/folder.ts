/** A temporary folder with files in it, and how tests look at what was read. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type ClassOptions, readClass } from '../../../grade/intake/read-class.ts';
import type { Candidate, Intake, Submission } from '../../../grade/intake/submission.ts';

export type Files = Record<string, string | Uint8Array>;

/** To be called at the top of a test file; a new folder for each test. */
export function testFolder() {
  let folder = '';
  let count = 0;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lab3 сдано '));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const at = (name: string) => path.join(folder, name);
  return {
    at,
    async put(files: Files): Promise<void> {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(path.dirname(at(name)), { recursive: true });
        await writeFile(at(name), content);
      }
    },
    read: (place = 'class', options: ClassOptions = {}): Promise<Intake> => readClass(at(place), options),
    /** What one submission comes to. */
    async readOne(
      name: string,
      content: string | Uint8Array,
      options: ClassOptions = {},
    ): Promise<Submission> {
      count += 1;
      await mkdir(at(`one-${count}`));
      await writeFile(at(`one-${count}/${name}`), content);
      const { candidates } = await readClass(at(`one-${count}`), options);
      const [only] = candidates;
      if (candidates.length !== 1 || only?.submission === undefined) throw new Error('not one submission');
      return only.submission;
    },
  };
}

export function text(submission: Submission | undefined, name: string): string | undefined {
  const content = submission?.files.get(name);
  return content === undefined ? undefined : Buffer.from(content).toString('utf8');
}

export const names = (submission: Submission | undefined) =>
  [...(submission?.files.keys() ?? []), ...(submission?.documents ?? [])].sort();
export const keys = (intake: Intake) => intake.candidates.map(({ key }) => key);

export function byKey(intake: Intake, key: string): Candidate {
  const found = intake.candidates.find((candidate) => candidate.key === key);
  if (found === undefined) throw new Error(`no ${key} among ${keys(intake).join(', ')}`);
  return found;
}
