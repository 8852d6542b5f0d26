/** How a class was graded: a line for each student, what a person must look at, where the files are. */
import type { Grades, StudentResult } from '../../grade/document.ts';
import { plural } from '../../report/numbers.ts';
import type { Style } from './style.ts';
import { type Cell, table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { harmless, wrap } from './text.ts';

const columns = [
  { title: 'Student' },
  { title: 'Mark', align: 'right' },
  { title: 'Status' },
  { title: 'Not earned' },
] as const;

/** A class of hundreds is for the page, not for a terminal. */
const mostRows = 60;

export interface GradesShown {
  readonly folder: string;
  readonly notes: readonly string[];
  /** Keys of students without a mark because `--only` named others; absent without `--only`. */
  readonly leftOut?: ReadonlySet<string>;
}

export function gradesText(
  grades: Grades,
  { folder, notes, leftOut }: GradesShown,
  terminal: Terminal,
  style: Style,
): string {
  const { students, assignment, unmatched, similar, remarks = [] } = grades;
  const isLeftOut = ({ key }: StudentResult) => leftOut?.has(key) ?? false;
  const rows = students.slice(0, mostRows).map((student) => row(student, isLeftOut(student), style));
  const lines = ['', ...table(columns, rows, style, terminal.columns)];
  if (students.length > mostRows) lines.push(style.dim(`and ${students.length - mostRows} more`));
  const finals = students.flatMap(({ final, status }) =>
    final === null || status !== 'graded' ? [] : [final],
  );
  const mean = finals.reduce((sum, one) => sum + one, 0) / Math.max(1, finals.length);
  const open = students.filter(({ status }) => status === 'review').length;
  const failed = students.filter((one) => one.status === 'error' && !isLeftOut(one));
  lines.push(
    '',
    `${style.green(style.glyphs.done)} ${finals.length} of ${students.length} marks are final, ${mean.toFixed(1)} of ${assignment.points} points on average.`,
  );
  const item = (text: string) => {
    const [first = '', ...rest] = wrap(style.say(harmless(text)), terminal.columns - 2);
    lines.push(`${style.yellow(style.glyphs.warning)} ${first}`, ...rest.map((line) => `  ${line}`));
  };
  if (open > 0)
    item(
      `${open === 1 ? '1 waits' : `${open} wait`} for a person: see why in class.html, decide with --marks FILE.`,
    );
  if (failed.length > 0) {
    const reason = mostFrequent(failed.flatMap(({ reviews }) => reviews.slice(-1)));
    const command = `the same command ${leftOut === undefined ? '' : 'without --only '}tries them again`;
    item(`${failed.length} could not be graded for this computer’s reasons; ${command}.`);
    if (reason !== undefined) item(`Most often: ${reason}`);
  }
  if (leftOut !== undefined && leftOut.size > 0)
    item(
      `${leftOut.size === 1 ? '1 other is' : `${leftOut.size} others are`} not graded by this rubric, kernel and seed: run the same command without --only. What was written for them before is as it was.`,
    );
  if (similar.length > 0)
    item(
      `${plural(similar.length, 'pair')} of submissions ${similar.length === 1 ? 'is' : 'are'} alike; that changes no mark.`,
    );
  if (unmatched.length > 0)
    item(
      `${plural(unmatched.length, 'entry', 'entries')} of folder or roster ${unmatched.length === 1 ? 'is nobody’s or is' : 'are nobody’s or are'} read with a remark: see class.html.`,
    );
  for (const note of [...remarks, ...notes]) item(note);
  lines.push('', `${style.dim('Class')}  ${style.bold(harmless(folder))}`);
  return `${lines.join('\n')}\n`;
}

function mostFrequent(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function row(
  { key, name, status, final, provisional, criteria }: StudentResult,
  isLeftOut: boolean,
  style: Style,
): Cell[] {
  const lost = criteria
    .filter((one) => one.status === 'fail' || one.status === 'partial')
    .map(({ id }) => id);
  const paint =
    status === 'graded'
      ? style.green
      : status === 'review'
        ? style.yellow
        : status === 'error' && !isLeftOut
          ? style.red
          : style.dim;
  return [
    { text: harmless(name === '' ? key : name).slice(0, 40) },
    { text: final === null ? `(${provisional})` : String(final) },
    { text: isLeftOut ? 'left out' : status.replace('_', ' '), paint },
    { text: status === 'not_submitted' ? '' : lost.slice(0, 4).join(', ') + (lost.length > 4 ? ', …' : '') },
  ];
}
