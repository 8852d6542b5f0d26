/** The totals: table, figure, findings, and what each lock cost. */
import type { Finding, Result, RunResult } from '../../lab/result.ts';
import type { Block, Section, Text } from '../document.ts';
import type { LostUpdatesBar } from '../figures/figure.ts';
import { decimal, duration, grouped, none } from '../numbers.ts';
import {
  difference,
  judgement,
  lossInWords,
  lostShare,
  type NamedRun,
  numberOrNone,
  totalInWords,
} from './runs.ts';

export function resultsSection(runs: readonly NamedRun[]): Section {
  return {
    id: 'results',
    title: 'Results',
    blocks: [
      {
        kind: 'table',
        caption: 'Expected and final value of the shared variable',
        columns: [
          { title: 'Run' },
          { title: 'Expected', align: 'right' },
          { title: 'Final', align: 'right' },
          { title: 'Lost updates', align: 'right' },
          { title: 'Lost, %', align: 'right' },
          { title: 'Time', align: 'right' },
          { title: 'Total is' },
        ],
        rows: runs.map(({ run, name }): Text[] => {
          const { tone, text } = judgement(run);
          return [
            [name],
            [{ number: run.expected }],
            numberOrNone(run.final),
            numberOrNone(run.lostUpdates),
            numberOrNone(lostShare(run)),
            [time(run.elapsedNs)],
            [{ status: tone, text }],
          ];
        }),
        note: 'Expected = threads × increments of each × size of an increment. Time runs from the first thread’s start to the last one’s end.',
      },
      {
        kind: 'figure',
        figure: {
          kind: 'lost-updates',
          name: 'lost_updates',
          title: 'Share of the expected total that was kept and that was lost',
          alt: `${runs.map(totalInWords).join('; ')}.`,
          bars: runs.map(bar),
        },
      },
    ],
  };
}

function bar(named: NamedRun): LostUpdatesBar {
  const { run, name } = named;
  const lost = lostShare(run);
  const missing = difference(run);
  const group = (text: string) => grouped(text, '\u00a0');
  if (run.final === undefined || missing === undefined || lost === undefined)
    return { label: name, detail: `of ${group(run.expected)}`, verdict: 'no total' };
  const share = Number(lost);
  const totals = `${group(run.final)} of ${group(run.expected)}`;
  const count = `${group(run.lostUpdates ?? '')} lost`;
  return {
    label: name,
    detail: totals.length <= longestDetail ? totals : '',
    kept: Math.min(100, Math.max(0, 100 - share)),
    lost: Math.min(100, Math.max(0, share)),
    verdict: count.length <= longestCount && missing > 0n ? count : lossInWords(missing, lost),
  };
}

/** Characters that fit beside a bar; larger numbers stand in the table alone. */
const longestDetail = 30;
const longestCount = 16;

const time = (ns: number) => (ns > 0 ? duration(ns) : none);

/** Findings of all runs and warnings of the compiler; nothing when there are none. */
export function findingsSections(result: Result, runs: readonly NamedRun[]): Section[] {
  const found = runs.flatMap(({ run, name }) => run.findings.map((finding) => ({ finding, name })));
  const blocks: Block[] = [];
  if (found.length > 0)
    blocks.push({
      kind: 'table',
      caption: 'What the kernel and the checks had to say',
      columns: [
        { title: 'Finding' },
        { title: 'Severity' },
        { title: 'Run' },
        { title: 'What happened' },
        { title: 'Log line', align: 'right' },
      ],
      rows: found.map(({ finding, name }): Text[] => [
        [{ code: finding.kind }],
        [severity(finding.severity)],
        [name],
        [finding.message],
        finding.consoleLine === undefined ? [none] : [String(finding.consoleLine)],
      ]),
    });
  if (result.build.warnings.length > 0)
    blocks.push({
      kind: 'table',
      caption: 'What the compiler had to say',
      columns: [{ title: 'Place' }, { title: 'Severity' }, { title: 'Message' }],
      rows: result.build.warnings.map((each): Text[] => [
        [{ code: [each.file, each.line, ...(each.column === undefined ? [] : [each.column])].join(':') }],
        [severity(each.severity)],
        [each.message, ...(each.flag === undefined ? [] : [' ', { code: each.flag }])],
      ]),
    });
  return blocks.length === 0 ? [] : [{ id: 'findings', title: 'Findings', blocks }];
}

const severity = (word: Finding['severity']): { status: 'bad' | 'unknown'; text: string } => ({
  status: word === 'error' ? 'bad' : 'unknown',
  text: word,
});

/** Time per increment, and the ratio to the first run without a lock. */
export function costSection(result: Result, runs: readonly NamedRun[]): Section {
  const bare = runs.map(({ run }) => run).find((run) => run.lock === 'none' && run.elapsedNs > 0);
  const base = bare && perIncrement(bare);
  return {
    id: 'cost',
    title: 'What the lock cost',
    blocks: [
      {
        kind: 'table',
        caption: 'Time per increment',
        columns: [
          { title: 'Run' },
          { title: 'Increments', align: 'right' },
          { title: 'Time', align: 'right' },
          { title: 'Per increment', align: 'right' },
          { title: 'Times the run without a lock', align: 'right' },
        ],
        rows: runs.map(({ run, name }): Text[] => {
          const each = perIncrement(run);
          return [
            [name],
            [{ number: String(BigInt(run.nThreads) * BigInt(run.nTimes)) }],
            [time(run.elapsedNs)],
            each === undefined ? [none] : [{ number: decimal(each), unit: 'ns' }],
            each === undefined || !base ? [none] : [{ number: decimal(each / base), unit: '×' }],
          ];
        }),
        note: `Time per increment is the run’s time divided by the increments of all its threads.${
          result.guest.accelerator === 'tcg'
            ? ' The processor was emulated (TCG): compare these times with each other, not with those of real hardware.'
            : ''
        }`,
      },
    ],
  };
}

function perIncrement(run: RunResult): number | undefined {
  const increments = run.nThreads * run.nTimes;
  return increments > 0 && run.elapsedNs > 0 ? run.elapsedNs / increments : undefined;
}
