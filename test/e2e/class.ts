/** A class in a folder, and what its submissions may have changed of this computer. */
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { escaped } from '../corpus/submissions/made.ts';
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

/**
 * What is on this computer besides the cache and the class: names in the places that archives and Makefiles of the corpus
 * aim at, and programs such as a grading starts. Of other programs' files and processes it tells nothing.
 */
export async function hostState({ folder }: Pick<ClassPart, 'folder'>): Promise<string[]> {
  const places = [
    folder,
    dirname(folder),
    tmpdir(),
    homedir(),
    process.cwd(),
    '/',
    '/tmp',
    '/var/tmp',
    '/etc',
    '/dev/shm',
  ];
  const files = await Promise.all(
    [...new Set(places)].map(async (place) => {
      const names = await readdir(place).catch(() => []);
      return names
        .filter(
          (name) =>
            markers.some((marker) => name.includes(marker)) || (place !== folder && /^\.?lab3-/.test(name)),
        )
        .map((name) => join(place, name));
    }),
  );
  return [...files.flat(), ...(await programs())].sort();
}

/** What archives and Makefiles of the corpus would leave. */
const markers = [escaped, 'lab3-makefile-ran'];

const ours = /(?:^|\/)(?:qemu-system-\w+|bwrap|insmod|make|cc1|ld-linux-[\w.-]+)$/;

async function programs(): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const words = (await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')).split('\0');
      return ours.test(words[0] ?? '') ? [`process ${pid}: ${words.slice(0, 3).join(' ')}`] : [];
    }),
  );
  return found.flat();
}
