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

/** For the tool that grades the class: what it leaves in a place for temporary files is then nobody else's. */
export async function environmentOf({ folder }: Pick<ClassPart, 'folder'>): Promise<Record<string, string>> {
  const own = join(folder, 'temporary');
  await mkdir(own, { recursive: true });
  return { TMPDIR: own, TEMP: own, TMP: own };
}

/**
 * What is on this computer besides the cache and the class: names in the places that archives and Makefiles of the corpus
 * aim at, all that lies where the tool's temporary files do, and programs that it started. Of other programs' files and
 * processes it tells nothing.
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
        .filter((name) => markers.some((marker) => name.includes(marker)))
        .map((name) => join(place, name));
    }),
  );
  const own = (await environmentOf({ folder })).TMPDIR ?? '';
  const left = (await readdir(own)).map((name) => join(own, name));
  return [...files.flat(), ...left, ...(await programs(folder))].sort();
}

/** What archives and Makefiles of the corpus would leave. */
const markers = [escaped, 'lab3-makefile-ran'];

const program = /(?:^|\/)(?:qemu-system-\w+|bwrap|insmod|make|cc1|ld-linux-[\w.-]+)$/;

/** Those that a tool with the environment of this class started, or that were told of its folder. */
async function programs(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, name: string) => readFile(join('/proc', pid, name), 'utf8').catch(() => '');
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [line, environment] = await Promise.all([read(pid, 'cmdline'), read(pid, 'environ')]);
      const words = line.split('\0');
      if (!program.test(words[0] ?? '') || !(environment + line).includes(folder)) return [];
      return [`process ${pid}: ${words.slice(0, 3).join(' ')}`];
    }),
  );
  return found.flat();
}
