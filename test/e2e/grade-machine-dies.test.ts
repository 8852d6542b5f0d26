/** Every machine of a submission is ended from outside: nobody is marked for it, and the next start makes it good. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readCsv } from '../../grade/csv.ts';
import type { StudentResult } from '../../grade/document.ts';
import { parseGrades } from '../../grade/out/results.ts';
import { judgeStudent, studentOf } from '../corpus/submissions/judge.ts';
import { classOf, environmentOf } from './class.ts';
import { hostState, processesOf } from './host-state.ts';
import { hasMachine } from './machine.ts';
import { scratch, start } from './tool.ts';

const timeout = 1_200_000;

test.skipIf(!hasMachine || process.platform !== 'linux')(
  'machines that die are this computer’s fault, and the same command goes on',
  async () => {
    await using folder = await scratch();
    const made = await classOf(folder.path, ['28_machine_dies']);
    const env = await environmentOf(made);
    const before = await hostState(made);
    const grade = () =>
      start(['grade', 'submissions', '--roster', made.roster], {
        cwd: folder.path,
        env,
        deadlineMs: timeout,
      });
    const [submission] = made.submissions;
    if (submission === undefined) throw new Error('it is in the corpus');
    const student = async (): Promise<StudentResult | undefined> => {
      const text = await readFile(join(folder.path, 'lab3-grades', 'results.json'), 'utf8');
      return studentOf(
        parseGrades(JSON.parse(text), 'results.json'),
        submission,
        made.sources.get(submission.name),
      );
    };

    const doomed = grade();
    let over = false;
    const ended = doomed.ended.finally(() => {
      over = true;
    });
    let killed = 0;
    while (!over) {
      for (const { pid, words } of await processesOf(made.folder)) {
        if (!words.some((word) => /qemu-system/.test(word))) continue;
        // It may have ended meanwhile, as its tool's next step.
        killed += Number(kill(pid));
      }
      await setTimeout(100);
    }
    expect(killed).toBeGreaterThan(1);
    expect(await ended).toMatchObject({ code: 69 });
    expect(await student()).toMatchObject({ status: 'error', final: null });
    const { header, rows } = readCsv(await readFile(join(folder.path, 'lab3-grades', 'grades.csv'), 'utf8'));
    const row = rows.find((cells) => cells.includes('error')) ?? [];
    expect(row[header.indexOf('final')]).toBe('');

    expect(await grade().ended).toMatchObject({ code: 0 });
    const right = await student();
    const page = join(folder.path, 'lab3-grades', 'students', right?.key ?? '', 'feedback.html');
    expect(judgeStudent(submission, right, await readFile(page, 'utf8'))).toEqual([]);
    expect(await hostState(made)).toEqual(before);
  },
  timeout,
);

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
