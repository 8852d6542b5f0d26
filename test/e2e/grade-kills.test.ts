/**
 * Grading that is killed at random moments and started again ends with the marks of one that nobody disturbed.
 *
 *     LAB3_TEST_KILLS=20      so many kills; 3 by default
 *
 * What differs between any two gradings of a race, killed or not, is left out of the comparison: how many updates a run
 * lost, times, and what a kernel's report says of threads and addresses. Marks, statuses and the files for course systems
 * are compared byte by byte.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parseGrades } from '../../grade/out/results.ts';
import { classOf, environmentOf } from './class.ts';
import { hostState } from './host-state.ts';
import { scratch, start } from './tool.ts';

const wanted = ['good_plain', '02_no_threads', '13_oops_init', '23_empty', '24_absent'];
const kills = Number(process.env.LAB3_TEST_KILLS ?? 3);
/** After the start, in ms: while submissions are read, built, run and checked. */
const moment = () => 300 + Math.random() * 12_000;
const timeout = 3_600_000;

test(
  `killed ${kills} times`,
  async () => {
    await using folder = await scratch();
    const { roster, ...part } = await classOf(folder.path, wanted);
    const env = await environmentOf(part);
    const grade = (out: string) =>
      start(['grade', 'submissions', '--roster', roster, '--gradescope', '--junit', '--out', out], {
        cwd: folder.path,
        env,
        deadlineMs: timeout,
      });
    const before = await hostState(part);
    expect((await grade('undisturbed').ended).code).toBe(0);

    const [one, other] = [join(folder.path, 'undisturbed'), join(folder.path, 'killed')];
    const compare = async () => {
      expect(await namesBelow(other)).toEqual(await namesBelow(one));
      expect(await marks(other)).toEqual(await marks(one));
      for (const name of ['grades.csv', ...(await csvFiles(one))])
        expect(await readFile(join(other, name), 'utf8')).toBe(await readFile(join(one, name), 'utf8'));
    };
    for (let killed = 0; killed < kills; ) {
      const running = grade('killed');
      const ended = await Promise.race([running.ended, setTimeout(moment(), undefined)]);
      if (ended === undefined) {
        running.child.kill('SIGKILL');
        await running.ended;
        killed += 1;
        continue;
      }
      // It got to its end: so the class is graded once more, from nothing.
      expect(ended).toMatchObject({ code: 0 });
      await compare();
      await rm(other, { recursive: true });
    }
    expect(await grade('killed').ended).toMatchObject({ code: 0 });
    await compare();
    expect(await hostState(part)).toEqual(before);
  },
  timeout,
);

async function namesBelow(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

async function csvFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.csv'));
}

/** All that decides about a mark. */
async function marks(folder: string): Promise<unknown> {
  const { students } = parseGrades(
    JSON.parse(await readFile(join(folder, 'results.json'), 'utf8')),
    'results.json',
  );
  return students.map(({ key, status, raw, penalty, final, criteria }) => ({
    ...{ key, status, raw, penalty, final },
    criteria: criteria.map(({ id, status, earned }) => ({ id, status, earned })),
  }));
}
