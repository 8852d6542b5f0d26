/** A class in a folder. */
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type MadeClass, makeClass } from '../corpus/submissions/make.ts';

export interface ClassPart extends MadeClass {
  /** Of the scratch folder. */
  readonly folder: string;
}

/** Makes the class below `folder`, and moves the wanted part of it to `submissions`: a pipe cannot be copied. */
export async function classOf(folder: string, wanted: readonly string[]): Promise<ClassPart> {
  const whole = join(folder, 'whole');
  const made = await makeClass(whole);
  const submissions = made.submissions.filter(({ name }) => wanted.includes('all') || wanted.includes(name));
  const target = join(folder, 'submissions');
  await mkdir(target);
  for (const { name } of submissions)
    for (const source of [made.sources.get(name), made.others.get(name)])
      if (source !== undefined) await rename(join(whole, source), join(target, source));
  return { ...made, submissions, folder };
}

/** For the tool that grades the class: what it leaves in a place for temporary files is then nobody else's. */
export async function environmentOf({ folder }: Pick<ClassPart, 'folder'>): Promise<Record<string, string>> {
  const own = join(folder, 'temporary');
  await mkdir(own, { recursive: true });
  return { TMPDIR: own, TEMP: own, TMP: own };
}
