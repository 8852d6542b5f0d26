/** What a check came to: a table of its runs, each finding with its lines, what was not looked at. */
import type { CheckDocument, CheckFinding, CheckPlace } from '../../lab/check/document.ts';
import { words } from '../../lab/check/kinds.ts';
import type { Style } from './style.ts';
import { type Cell, table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { harmless, wrap } from './text.ts';

export interface CheckParts {
  readonly document: CheckDocument;
  /** What the person will want next, as `what: where or how`. */
  readonly next: readonly (readonly [what: string, how: string])[];
  /** Folder of the sources as it is shown before a file's name; '' for the working folder. */
  readonly sources: string;
  /** Whether to show what the kernel itself said. */
  readonly raw: boolean;
}

const columns = [
  { title: 'Lock' },
  { title: 'Runs', align: 'right' },
  { title: 'Data race', align: 'right' },
  { title: 'Lost updates', align: 'right' },
  { title: 'Other faults' },
] as const;

export function checkText(
  { document, next, sources, raw }: CheckParts,
  terminal: Terminal,
  style: Style,
): string {
  const rows = [...new Set(document.runs.map(({ lock }) => lock))].map((lock) => row(document, lock, style));
  const lines = ['', ...table(columns, rows, style, terminal.columns)];
  for (const finding of [...document.findings, ...document.remarks])
    lines.push('', ...findingLines(finding, { sources, raw }, terminal, style));
  if (document.findings.length === 0 && document.remarks.length === 0)
    lines.push('', `${style.green(style.glyphs.done)} Nothing was found in ${document.runs.length} runs.`);
  for (const note of document.notes)
    lines.push('', ...wrap(style.dim(style.say(harmless(note))), terminal.columns));
  if (next.length > 0) lines.push('');
  for (const [what, how] of next) lines.push(`${style.dim(what)}  ${style.bold(how)}`);
  return `${lines.join('\n')}\n`;
}

function row({ runs, findings }: CheckDocument, lock: string, style: Style): Cell[] {
  const mine = runs.filter((run) => run.lock === lock);
  const numbers = new Set(mine.map(({ number }) => number));
  const within = findings.filter((finding) => finding.runs.some((run) => numbers.has(run)));
  const seen = (kind: string): Cell => {
    const count = new Set(
      within.filter((one) => one.kind === kind).flatMap((one) => one.runs.filter((run) => numbers.has(run))),
    ).size;
    const expected = mine.every(({ locked }) => !locked);
    if (count === 0) return { text: '0', paint: expected ? style.dim : style.green };
    return { text: `${count} of ${mine.length}`, paint: expected ? style.yellow : style.red };
  };
  const others = within.flatMap(({ kind }) =>
    kind === 'data-race' || kind === 'lost-updates' ? [] : [kind],
  );
  return [
    { text: harmless(lock) },
    { text: String(mine.length) },
    seen('data-race'),
    seen('lost-updates'),
    {
      text: others.length === 0 ? style.glyphs.rule : [...new Set(others)].join(', '),
      paint: others.length === 0 ? style.dim : style.red,
    },
  ];
}

function findingLines(
  finding: CheckFinding,
  { sources, raw }: Pick<CheckParts, 'sources' | 'raw'>,
  terminal: Terminal,
  style: Style,
): string[] {
  const { kind, severity, places, values, what, look, count, runs } = finding;
  const mark = severity === 'error' ? style.red(style.glyphs.failed) : style.yellow(style.glyphs.warning);
  const times = `${count === 1 ? 'once' : `${count} times`}, in ${runs.length === 1 ? 'run' : 'runs'} ${runsText(runs)}`;
  const lines = [`${mark} ${style.bold(words[kind].title)}  ${style.dim(times)}`];
  const indented = (text: string, first = '  ') => {
    const [head = '', ...rest] = wrap(style.say(harmless(text)), terminal.columns - 4);
    lines.push(`${first}${head}`, ...rest.map((line) => `  ${line}`));
  };
  for (const place of places)
    lines.push(
      `  ${style.cyan(harmless(placeText(place, sources)))}  ${style.dim(harmless(`${place.function}() ${place.role}`))}`,
    );
  if (values !== undefined)
    lines.push(style.dim(`  value ${harmless(values.before)} before, ${harmless(values.after)} after`));
  indented(what);
  if (severity !== 'note') indented(look, `  ${style.cyan(style.glyphs.pointer)} `);
  if (raw && finding.raw.trim() !== '')
    lines.push(...finding.raw.split('\n').map((line) => style.dim(`    ${harmless(line)}`)));
  return lines;
}

function placeText({ file, line, function: name, offset }: CheckPlace, sources: string): string {
  if (file === undefined) return `${name}()${offset === undefined ? '' : `+0x${offset.toString(16)}`}`;
  return `${sources === '' ? '' : `${sources}/`}${file}:${line}`;
}

/** `1-4, 7` */
export function runsText(runs: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const run of runs) {
    const last = spans.at(-1);
    if (last !== undefined && run === last[1] + 1) last[1] = run;
    else spans.push([run, run]);
  }
  return spans.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}
