/** The table of the class in README.md. */
import { type ClassSubmission, hostileKinds } from './expected.ts';

export function submissionsPage(submissions: readonly ClassSubmission[]): string {
  const good = submissions.filter(({ kind }) => kind === 'good');
  const hostile = submissions.filter(({ kind }) => kind !== 'good');
  const lines = [
    '# A class to grade',
    '',
    'Each folder is a submission: what its student hands in under `handed/`, and in `expected.json` what grading must make',
    'of it. What plain files cannot be is made by `made.ts`; `makeClass()` in `make.ts` makes the folder of the whole class',
    'with its roster. This page is made by `npx vitest run -u test/corpus/submissions.test.ts`.',
    '',
    '**Do not build or load any of it by hand**: some of it reads, fills or ends the computer it runs on.',
    '',
    `## Students’ honest work (${good.length})`,
    '',
    ...table(good),
    '',
    `## Hostile or broken (${hostile.length}, of ${hostileKinds} kinds)`,
    '',
    ...table(hostile),
  ];
  return `${lines.join('\n')}\n`;
}

function table(submissions: readonly ClassSubmission[]): string[] {
  return [
    '| submission | what it is | handed in as | not passed |',
    '| --- | --- | --- | --- |',
    ...submissions.map((submission) => {
      const { name, title, handed } = submission;
      const as = handed.as === 'none' ? 'nothing' : `${handed.via}, ${handed.as}`;
      return `| \`${name}\` | ${escaped(title)} | ${as} | ${lost(submission).join(', ')} |`;
    }),
  ];
}

/** Criteria that certainly do not pass. */
function lost({ statuses }: ClassSubmission): string[] {
  return Object.entries(statuses)
    .filter(([, status]) => ![status].flat().includes('pass'))
    .map(([id]) => `\`${id}\``);
}

const escaped = (text: string) => text.replaceAll(/[|<>*_`\\]/g, '\\$&');
