/** `lab3 grade` of classes of several sizes with the rubric that comes with lab3: does a submission cost the same in each? */
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findCheckedKernel } from '../../provision/kernel/checked.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import type { Measured } from '../document.ts';
import { type Spread, spread } from '../spread.ts';
import type { Workplace } from '../workplace.ts';

/** Runs of bare QEMU on each side of a class. */
const baselineRounds = 3;

export interface GradeTimes {
  readonly submissions: number;
  readonly ms: number;
  readonly perMinute: number;
  /** The baseline, before and after the class: the computer's mood changes in so many minutes. */
  readonly qemu: Spread;
  /** A submission to a run of bare QEMU. */
  readonly ratio: number;
  readonly peakMiB: number | undefined;
}

/**
 * Submissions are those of the corpus that students might write, right and wrong, over and over; no two are the same
 * text, here or in a bench before this one, so that each is compiled.
 *
 * @param sizes of the classes, graded once each
 * @param qemu the baseline: one boot of bare QEMU with an unlocked and a locked run; answers milliseconds
 */
export async function measureGrade(
  work: Workplace,
  stock: Kernel,
  sizes: readonly number[],
  qemu: () => Promise<number>,
): Promise<Measured<readonly GradeTimes[]>> {
  if (sizes.length === 0) return { notMeasured: '--grade 10,40 grades classes of 10 and 40' };
  if ((await findCheckedKernel(work.context, { kind: 'checked', stock })) === undefined)
    return { notMeasured: 'the cache has no checked kernel: --check builds one' };
  const times: GradeTimes[] = [];
  for (const size of sizes) {
    work.say(`a class of ${size} …`);
    const folder = `class-${size}`;
    await makeClass(work, join(work.current, folder), size);
    const out = `marks-${size}`;
    const bare: number[] = [];
    const baseline = async () => {
      for (let round = 0; round < baselineRounds; round += 1) bare.push(await qemu());
    };
    await baseline();
    const { ms, peakMiB } = await work.lab3(['grade', folder, '--out', out], size * 120_000);
    await baseline();
    const graded = await gradedIn(join(work.current, out));
    if (graded !== size) throw new Error(`${graded} of ${size} submissions were graded`);
    await rm(join(work.current, out), { recursive: true });
    const around = spread(bare);
    times.push({
      submissions: size,
      ms,
      perMinute: (size * 60_000) / ms,
      qemu: around,
      ratio: ms / size / around.median,
      peakMiB,
    });
  }
  return times;
}

async function makeClass({ corpus }: Workplace, into: string, size: number): Promise<void> {
  const names = (await readdir(corpus)).filter((name) => name.startsWith('good_')).sort();
  const mark = randomBytes(8).toString('hex');
  for (let at = 0; at < size; at += 1) {
    const student = join(into, `student-${String(at + 1).padStart(3, '0')}`);
    await mkdir(into, { recursive: true });
    await cp(join(corpus, names[at % names.length] ?? '', 'handed'), student, { recursive: true });
    for (const file of await readdir(student, { recursive: true })) {
      if (!file.endsWith('.c')) continue;
      const path = join(student, file);
      // As bytes: some are not UTF-8.
      await writeFile(
        path,
        Buffer.concat([await readFile(path), Buffer.from(`\n/* ${at + 1} of ${size}, ${mark} */\n`)]),
      );
    }
  }
}

async function gradedIn(out: string): Promise<number> {
  const { students } = JSON.parse(await readFile(join(out, 'results.json'), 'utf8')) as {
    students: readonly { readonly status: string }[];
  };
  const failed = students.filter(({ status }) => status === 'error');
  if (failed.length > 0)
    throw new Error(`${failed.length} submissions were not graded for this computer's sake`);
  return students.length;
}
