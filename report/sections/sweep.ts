/** What many runs show: how the loss grows with steps and threads, and what each lock costs. */
import { type CellResult, cellsOf, type Spread } from '../../lab/sweep/cells.ts';
import type { Sweep } from '../../lab/sweep/document.ts';
import {
  costByThreads,
  type Held,
  type Line,
  lostBySteps,
  lostByThreads,
  type Slice,
} from '../../lab/sweep/slices.ts';
import { sweepFaults } from '../../lab/sweep/summary.ts';
import type { Block, Section, Text } from '../document.ts';
import type { SpreadFigure } from '../figures/figure.ts';
import { mostLines } from '../figures/spread.ts';
import { decimal, grouped, none, plural } from '../numbers.ts';
import { lockWords } from './runs.ts';
import { costSentence, lossSentence } from './sweepWords.ts';

/** What lies in the report folder as sweep/sweep.json. */
export type SweepEvidence = { readonly sweep: Sweep } | { readonly problem: string };

/** Of what the report's runs were made; absent where there is no report, only a sweep. */
interface Made {
  readonly sourceSha256: string;
  readonly kernel: string;
}

const mostCostFigures = 3;
const mostRows = 60;

export function sweepSections(found: SweepEvidence | undefined, made?: Made): Section[] {
  if (found === undefined) return [];
  const blocks = 'problem' in found ? [unreadable(found.problem)] : blocksOf(found.sweep, made);
  return [{ id: 'sweep', title: 'Many runs', blocks }];
}

const unreadable = (problem: string): Block => ({
  kind: 'callout',
  tone: 'unknown',
  title: 'The sweep cannot be read',
  sentences: [`sweep/sweep.json ${problem}.`],
  advice: ['Make it again: lab3 sweep.'],
});

function blocksOf(sweep: Sweep, made: Made | undefined): Block[] {
  const cells = cellsOf(sweep.runs);
  const { accelerator, hypervisor, kernel } = sweep.guest;
  const machine = accelerator === 'tcg' ? 'emulated by' : `accelerated by ${accelerator}, under`;
  return [
    ...callouts(sweep, made),
    {
      kind: 'paragraph',
      text: [
        `${plural(sweep.runs.length, 'run')} in all: every combination of ${axis(sweep.grid.nThreads, 'thread')}, of ${axis(sweep.grid.nTimes, 'step')} each, `,
        `with ${sweep.grid.increment.length === 1 ? 'an increment' : 'increments'} of ${list(sweep.grid.increment)}, on ${axis(sweep.grid.vcpus, 'vCPU')}, for ${plural(sweep.grid.locks.length, 'kind')} of lock, `,
        `${sweep.grid.repeats === 1 ? 'once' : `${sweep.grid.repeats} times`}; on Linux `,
        { code: kernel },
        `, ${machine} ${hypervisor} on a computer with ${plural(sweep.host.cores, 'core')}. All of them are in `,
        { code: 'sweep/sweep.csv' },
        '.',
      ],
    },
    ...lossBlocks(lostBySteps(cells), 'steps'),
    ...lossBlocks(lostByThreads(cells), 'threads'),
    ...costBlocks(cells, sweep),
    ...tableBlocks(cells),
  ];
}

function callouts(sweep: Sweep, made: Made | undefined): Block[] {
  const blocks: Block[] = [];
  const say = (tone: 'bad' | 'unknown', title: string, sentences: string[], advice: string[]) =>
    blocks.push({ kind: 'callout', tone, title, sentences, advice });
  const when = `${sweep.createdAt.slice(0, 16).replace('T', ' ')} UTC`;
  if (made !== undefined && made.sourceSha256 !== sweep.module.sourceSha256)
    say(
      'unknown',
      'Out of date',
      [`The source has changed since this sweep of ${when}: it shows how an earlier state of it behaved.`],
      ['Make it again: lab3 sweep.'],
    );
  else if (made !== undefined && made.kernel !== sweep.guest.kernel)
    say(
      'unknown',
      'Another kernel',
      [
        `This sweep of ${when} ran on Linux ${sweep.guest.kernel}, and the runs above on Linux ${made.kernel}.`,
      ],
      ['Make it again: lab3 sweep.'],
    );
  if (!sweep.complete)
    say(
      'unknown',
      'Stopped before its end',
      [`Of ${plural(gridSize(sweep), 'run')} ${sweep.runs.length} were made.`],
      ['Go on with it: lab3 sweep.'],
    );
  const faults = sweepFaults(sweep.runs);
  if (faults.length > 0)
    say(
      faults.some(({ module }) => module) ? 'bad' : 'unknown',
      'Not as expected',
      faults.map(({ text }) => text),
      [],
    );
  return blocks;
}

const gridSize = ({ grid }: Sweep): number =>
  [grid.vcpus, grid.locks, grid.nThreads, grid.nTimes, grid.increment].reduce(
    (product, { length }) => product * length,
    grid.repeats,
  );

const list = (values: readonly number[]): string => {
  const words = values.map((value) => grouped(String(value), '\u00a0'));
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} and ${last}`;
};

const axis = (values: readonly number[], noun: string) =>
  `${list(values)} ${values.length === 1 && values[0] === 1 ? noun : `${noun}s`}`;

function lossBlocks(slice: Slice | undefined, along: 'steps' | 'threads'): Block[] {
  if (slice === undefined) return [];
  const several = new Set(slice.lines.map(({ lock }) => lock)).size > 1;
  const sentence = lossSentence(slice, along);
  return figureBlocks(
    slice,
    {
      name: `lost_by_${along}`,
      title: `Share of lost updates against ${along === 'steps' ? 'the steps of each thread' : 'threads'}`,
      alt: sentence,
      x: axisOf(slice, along === 'steps' ? 'steps of each thread' : 'threads'),
      y: { label: 'lost updates, %', logarithmic: false },
    },
    ({ vcpus, lock }) => `${plural(vcpus, 'vCPU')}${several ? `, ${lockWords(lock)}` : ''}`,
    sentence,
  );
}

function costBlocks(cells: readonly CellResult[], sweep: Sweep): Block[] {
  const watched = sweep.runs.filter(({ clock }) => clock === 'host').length;
  const notes = [
    ...(sweep.guest.accelerator === 'tcg'
      ? ['The processor was emulated: compare these times with each other, not with those of real hardware.']
      : []),
    ...(watched === 0
      ? []
      : [
          `The module printed no time in ${plural(watched, 'run')}: these were timed from outside, to some 100 ms.`,
        ]),
  ];
  const all = costByThreads(cells);
  const shown = all.slice(-mostCostFigures);
  const left = all.length - shown.length;
  if (left > 0 && shown.length > 0)
    notes.push(`Figures of ${plural(left, 'smaller number')} of vCPUs are left out.`);
  return shown.flatMap(({ vcpus, slice }, at) => {
    const sentence = costSentence(slice, vcpus);
    return figureBlocks(
      slice,
      {
        name: `cost_by_threads_${vcpus}_vcpu`,
        title: `Time per increment against threads, ${plural(vcpus, 'vCPU')}`,
        alt: sentence,
        x: axisOf(slice, 'threads'),
        y: { label: 'ns per increment', logarithmic: isWide(slice.lines) },
      },
      ({ lock }) => lockWords(lock),
      sentence,
      at === shown.length - 1 ? notes : [],
    );
  });
}

function figureBlocks(
  slice: Slice,
  about: Pick<SpreadFigure, 'name' | 'title' | 'alt' | 'x' | 'y'>,
  labelOf: (line: Line) => string,
  sentence: string,
  notes: readonly string[] = [],
): Block[] {
  const lines = slice.lines.slice(0, mostLines);
  const more = slice.lines.length - lines.length;
  const few = Math.max(...slice.lines.flatMap(({ points }) => points.map(({ spread }) => spread.count))) < 4;
  const note = [
    `${capital(heldInWords(slice.held))}.`,
    few
      ? 'Points are medians; thin strokes reach from the least to the greatest value, thick ones between the quartiles of the few runs there are.'
      : 'Points are medians; thick strokes reach from quartile to quartile, thin ones from the least to the greatest value.',
    ...(about.y.logarithmic ? ['The scale of the times is logarithmic.'] : []),
    ...(more > 0 ? [`${plural(more, 'line')} more: see sweep/sweep.csv.`] : []),
    ...notes,
  ].join(' ');
  return [
    {
      kind: 'figure',
      figure: {
        kind: 'spread',
        ...about,
        note,
        lines: lines.map((line) => ({
          label: labelOf(line),
          points: line.points.map(({ x, spread }) => ({ x, ...spread })),
        })),
      },
    },
    { kind: 'paragraph', text: [sentence] },
  ];
}

export function heldInWords({ nThreads, nTimes, increment }: Held): string {
  const parts = [
    ...(nThreads === undefined ? [] : [plural(nThreads, 'thread')]),
    ...(nTimes === undefined ? [] : [`${grouped(String(nTimes), '\u00a0')} steps of each thread`]),
    `increment ${increment}`,
  ];
  return parts.join(', ');
}

/** Values that grow by ratios stand at equal distances. */
function axisOf({ lines }: Slice, label: string): SpreadFigure['x'] {
  const places = lines.flatMap(({ points }) => points.map(({ x }) => x));
  return { label, logarithmic: Math.max(...places) / Math.min(...places) >= 8 };
}

/** So far apart that the small ones would lie on the axis. */
function isWide(lines: readonly Line[]): boolean {
  const values = lines.flatMap(({ points }) => points.map(({ spread }) => spread.median));
  const low = Math.min(...values);
  return low > 0 && Math.max(...values) / low > 15;
}

function tableBlocks(cells: readonly CellResult[]): Block[] {
  const most = Math.max(0, ...cells.map(({ nTimes }) => nTimes));
  const chosen = cells.filter(({ nTimes }) => nTimes === most);
  if (chosen.length === 0) return [];
  const rows = chosen
    .slice(0, mostRows)
    .map((cell): Text[] => [
      [lockWords(cell.lock)],
      [String(cell.vcpus)],
      [String(cell.nThreads)],
      [String(cell.increment)],
      [String(cell.runs - cell.failed)],
      ...spreadCells(cell.lost, (value) => value.toFixed(2)),
      ...spreadCells(cell.nsPerIncrement, decimal),
    ]);
  const right = (title: string) => ({ title, align: 'right' as const });
  return [
    {
      kind: 'fold',
      title: `Medians and spread with ${grouped(String(most), '\u00a0')} steps of each thread`,
      print: false,
      blocks: [
        {
          kind: 'table',
          caption: `Lost updates and time per increment, ${grouped(String(most), '\u00a0')} steps of each thread`,
          columns: [
            { title: 'Lock' },
            right('vCPUs'),
            right('Threads'),
            right('Increment'),
            right('Whole runs'),
            right('Lost, %'),
            right('least – greatest'),
            right('ns per increment'),
            right('least – greatest'),
          ],
          rows,
          ...(chosen.length > mostRows
            ? {
                note: `The first ${mostRows} of ${chosen.length} combinations; all runs are in sweep/sweep.csv.`,
              }
            : {}),
        },
      ],
    },
  ];
}

const spreadCells = (spread: Spread | undefined, shown: (value: number) => string): Text[] =>
  spread === undefined
    ? [[none], [none]]
    : [[{ number: shown(spread.median) }], [`${shown(spread.min)} – ${shown(spread.max)}`]];

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
