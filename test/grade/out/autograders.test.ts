/** The scripts of docs/autograders, run with a `lab3` that grades as the real one does, from what it is given. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeGrades } from '../../../grade/out/write.ts';
import { requirePart } from '../../require.ts';
import { importGradescope } from './importers/gradescope.ts';
import { gradesFrame, sampleStudent } from './sample.ts';

const fail = (): never => expect.fail('not in the sample');
const docs = fileURLToPath(new URL('../../../docs/autograders/', import.meta.url));
const scripts = ['gradescope/setup.sh', 'gradescope/run_autograder', 'github-classroom/grade.sh'];
const shellcheck = spawnSync('shellcheck', ['--version']).status === 0;
const bash = process.platform !== 'win32' && spawnSync('bash', ['--version']).status === 0;

it.skipIf(!requirePart('shellcheck', shellcheck, 'the program is not on the PATH')).each(scripts)(
  '%s is clean for shellcheck',
  (script) => {
    const { stdout, status } = spawnSync('shellcheck', [join(docs, script)], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  },
);

it('the workflow is YAML, and runs the script that is beside it', async () => {
  const workflow = parse(await readFile(join(docs, 'github-classroom/classroom.yml'), 'utf8'));
  expect(workflow.permissions).toEqual({ contents: 'read' });
  const commands = workflow.jobs.grade.steps.map(({ run }: { run?: string }) => run ?? '').join('\n');
  expect(commands).toContain('.github/grade.sh');
  // Nothing of a repository is put into a command's text.
  expect(commands).not.toContain('${{');
});

describe.skipIf(!requirePart('bash', bash, 'the scripts are for Linux'))('with a submission', () => {
  let root = '';
  const student = sampleStudent(7);
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lab3-autograder-'));
    for (const folder of ['bin', 'submission/src', 'source', 'made', 'class/lab3-octocat'])
      await mkdir(join(root, folder), { recursive: true });
    await writeFile(join(root, 'submission', 'src', 'spin.c'), 'int x;');
    await symlink('/etc/passwd', join(root, 'submission', 'link.c'));
    await writeGrades(
      join(root, 'made'),
      { ...gradesFrame, students: [student] },
      { phase: 'after_published', gradescope: true, junit: true },
    );
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** A `lab3` that writes down what it was given, hands over marks that are made already, and ends with `status`. */
  async function run(script: string, status: number, env: Record<string, string> = {}) {
    const program = [
      '#!/usr/bin/env bash',
      'printf "%s\\n" "$@" >"$LOG"',
      '[ "$1 $2" = "grade --single" ] && find "$3" | sort >>"$LOG"',
      'while [ "$#" -gt 0 ]; do [ "$1" = --out ] && out=$2; shift; done',
      ...(status <= 1 ? ['mkdir -p "$out"; cp -R "$MADE/." "$out/"'] : []),
      `exit ${status}`,
    ];
    await writeFile(join(root, 'bin', 'lab3'), program.join('\n'));
    await chmod(join(root, 'bin', 'lab3'), 0o755);
    const done = spawnSync('bash', [join(docs, script)], {
      encoding: 'utf8',
      cwd: root,
      env: {
        ...process.env,
        PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH}`,
        AUTOGRADER_ROOT: root,
        TMPDIR: root,
        LOG: join(root, 'log'),
        MADE: join(root, 'made'),
        ...env,
      },
    });
    return { ...done, log: await readFile(join(root, 'log'), 'utf8').catch(() => '') };
  }

  const metadata = (json: unknown) => writeFile(join(root, 'submission_metadata.json'), JSON.stringify(json));

  describe('Gradescope', () => {
    it('gets its results where it looks for them', async () => {
      await metadata({
        users: [
          { id: 982, name: '../../x' },
          { id: 17, name: 'y' },
        ],
      });
      const { status: ended, log, stderr } = await run('gradescope/run_autograder', 0);
      expect(stderr).toBe('');
      expect(ended).toBe(0);
      expect(log).toContain('--gradescope');
      expect(log).toMatch(/^\S+\/student-17\/src\/spin\.c$/m);
      const shown = importGradescope(await readFile(join(root, 'results', 'results.json'), 'utf8'), true);
      expect(shown.score).toBe(student.final);
      expect((await readdir(root)).filter((name) => name.startsWith('tmp.'))).toEqual([]);
    });

    it('gets no results where the machine failed', async () => {
      await metadata({ users: [{ id: 1 }] });
      for (const status of [1, 2, 69, 130])
        expect((await run('gradescope/run_autograder', status)).status).toBe(status);
      expect(await readdir(join(root, 'results'))).toEqual([]);
      await rm(join(root, 'made', 'gradescope'), { recursive: true });
      expect((await run('gradescope/run_autograder', 0)).status).toBe(69);
      expect(await readdir(join(root, 'results'))).toEqual([]);
    });

    it.each([[{}], [{ users: [] }], [{ users: [{ id: '1; rm' }] }]])(
      'is not run for nobody: %j',
      async (json) => {
        await metadata(json);
        expect((await run('gradescope/run_autograder', 0)).status).not.toBe(0);
      },
    );
  });

  describe('GitHub Classroom', () => {
    const env = () => ({ REPOSITORY: 'lab3-octocat', GITHUB_STEP_SUMMARY: join(root, 'summary.md') });

    it('gets the points of what is visible as notices and the feedback as a page', async () => {
      const { status, stdout, log } = await run('github-classroom/grade.sh', 0, env());
      // Points of a criterion that is not shown yet could be told from the sum.
      const { id, points } =
        gradesFrame.criteria.find(({ visibility }) => visibility !== 'visible') ?? fail();
      const earned = student.criteria.find((one) => one.id === id)?.earned ?? fail();
      const totalPoints = (student.final ?? fail()) - earned;
      const maxPoints = 10 - points;
      expect(status).toBe(0);
      expect(log).toContain('class/lab3-octocat/.github/rubric.yaml');
      expect(log).toMatch(/^class\/lab3-octocat$/m);
      expect(stdout.split('\n')).toContain(
        `::notice title=Autograding complete::Points ${totalPoints}/${maxPoints}`,
      );
      expect(stdout.split('\n')).toContain(
        `::notice title=Autograding report::${JSON.stringify({ totalPoints, maxPoints })}`,
      );
      expect(await readFile(join(root, 'summary.md'), 'utf8')).toContain(`${student.final} of 10 points`);
    });

    it('gets no points where the machine failed', async () => {
      const { status, stdout } = await run('github-classroom/grade.sh', 69, env());
      expect(status).toBe(69);
      expect(stdout).toContain('::error title=Not graded::');
      expect(stdout).not.toContain('Points');
    });
  });
});
