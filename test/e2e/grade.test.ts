/**
 * A class graded with one command, as its submissions say that it must be.
 *
 *     LAB3_TEST_CLASS=all     every submission; a few by default
 *     LAB3_TEST_CLASS=a,b     these alone
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseGrades } from '../../grade/out/results.ts';
import { judgeStudent, studentOf } from '../corpus/submissions/judge.ts';
import { sharedCache } from '../shared-cache.ts';
import { classOf, environmentOf } from './class.ts';
import { hostState } from './host-state.ts';
import { lab3, scratch, start } from './tool.ts';

const quick = ['good_plain', '02_no_threads', '04_dotdot', '13_oops_init', '24_absent'];
const wanted = process.env.LAB3_TEST_CLASS?.split(',') ?? quick;
const env = { LAB3_CACHE: sharedCache };
const timeout = 3_600_000;

test(
  'marks, feedback and gradebooks of a class; killed in the middle it goes on, and ends with the same files',
  async () => {
    await using folder = await scratch();
    const made = await classOf(folder.path, wanted);
    const before = await hostState(made);
    const command = ['grade', 'submissions', '--roster', made.roster, '--gradescope', '--junit'];
    const options = {
      cwd: folder.path,
      env: { ...env, ...(await environmentOf(made)) },
      deadlineMs: timeout,
    };
    const killed = start(command, options);
    await killed.waitFor(/Grading: 1 of \d+ submissions/);
    killed.child.kill('SIGKILL');
    await killed.ended;

    const { code, stderr } = await lab3(command, options);
    expect(stderr).toContain('✔ Grading');
    expect(code).toBe(0);
    const out = join(folder.path, 'lab3-grades');
    const text = await readFile(join(out, 'results.json'), 'utf8');
    const grades = parseGrades(JSON.parse(text), 'results.json');
    const problems: string[] = [];
    for (const submission of made.submissions) {
      const student = studentOf(grades, submission, made.sources.get(submission.name));
      const page = student && (await readFile(join(out, 'students', student.key, 'feedback.html'), 'utf8'));
      problems.push(...judgeStudent(submission, student, page ?? ''));
    }
    expect(problems).toEqual([]);

    // All is in the journals now: the same command takes seconds, and the same marks are the same bytes.
    const again = await lab3(command, { ...options, deadlineMs: 120_000 });
    expect(again.code).toBe(0);
    expect(await readFile(join(out, 'results.json'), 'utf8')).toBe(text);
    expect(await hostState(made)).toEqual(before);
  },
  timeout,
);

test('a rubric to begin with, and what is wrong in one', async () => {
  await using folder = await scratch();
  const made = await lab3(['grade', '--new-rubric'], { cwd: folder.path, env });
  expect(made).toMatchObject({ code: 0 });
  expect((await readdir(folder.path)).sort()).toEqual(['rubric.schema.json', 'rubric.yaml']);
  expect((await lab3(['grade', '--new-rubric'], { cwd: folder.path, env })).code).toBe(2);
  const checked = await lab3(['grade', '--check-rubric', 'rubric.yaml'], { cwd: folder.path, env });
  expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('criteria, 100 points') });
  const nothing = await lab3(['grade'], { cwd: folder.path, env });
  expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('folder') });
});
