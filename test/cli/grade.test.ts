import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Input, Tools } from '../../cli/command.ts';
import { gradeCommand, usualJobs } from '../../cli/grade.ts';
import { makeContext, temporaryFolder } from '../provision/context.ts';

const gibibyte = 2 ** 30;

test.each([
  [1, 8, 2],
  [2, 8, 3],
  [4, 16, 5],
  [8, 32, 10],
  [16, 8, 8],
  [2, 1, 1],
  [2, 0.5, 1],
])('%d cores and %d GiB of memory grade %d submissions at once', (cores, gibibytes, jobs) => {
  expect(usualJobs(cores, gibibytes * gibibyte)).toBe(jobs);
});

/** `lab3 grade class` in a folder with these files, up to where it would need a kernel. */
async function grade(
  values: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string | Buffer>>,
) {
  const cwd = await temporaryFolder();
  for (const [name, content] of Object.entries({ 'class/anna/lab.c': 'int x;', ...files })) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), content);
  }
  const context = await makeContext();
  const input: Input = {
    arguments: ['class'],
    settings: {},
    switches: new Set(),
    // Nobody's key: so it never comes to a machine.
    values: new Map(Object.entries({ '--only': 'nobody', ...values })),
  };
  // What is not here would be asked for only after the class was taken in.
  const tools = { cwd, env: {}, context: () => Promise.resolve(context) } as unknown as Tools;
  return { ended: gradeCommand(input, tools), context };
}

test('a file of decisions that is no table is the instructor’s mistake, with its name', async () => {
  const { ended } = await grade(
    { '--marks': 'm.csv' },
    { 'm.csv': 'student,criterion,points\n"anna,total,5' },
  );
  await expect(ended).rejects.toMatchObject({
    name: 'DecisionsUnreadable',
    fault: 'usage',
    message: expect.stringMatching(
      /m\.csv cannot be read: a quote that is opened in row 2 is never closed\.$/,
    ),
  });
});

const canvas = 'Student,ID,SIS Login ID,Section,Kernel threads (7),Kernel threads (8)\n';
const scale =
  'Identifier,Full name,Status,Grade,Last modified (grade),Feedback comments\nParticipant 12,Anna,,-,-,\n';

test.each([
  ['--canvas', 'GradebookUnreadable', Buffer.from(`\ufeff${canvas}`, 'utf16le')],
  ['--canvas', 'CanvasExportUnknown', 'a,b\n1,2\n'],
  ['--canvas', 'CanvasColumnAmbiguous', canvas],
  ['--moodle', 'GradebookUnreadable', Buffer.from(`\ufeff${scale}`, 'utf16le')],
  ['--moodle', 'MoodleWorksheetUnknown', scale],
])('%s: %s before anything else is done', async (flag, name, bytes) => {
  const { ended, context } = await grade(
    { [flag]: 'book.csv', '--rubric': 'r.yaml' },
    { 'book.csv': bytes, 'r.yaml': 'assignment: {title: Kernel threads}\n' },
  );
  await expect(ended).rejects.toMatchObject({ name, fault: 'usage' });
  expect(context.events).toEqual([]);
});
