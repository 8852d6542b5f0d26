/** The threads in time, and what each left in the list. */
import type { RunResult, ThreadResult } from '../../lab/result.ts';
import type { Block, Section, Text } from '../document.ts';
import { mostNamedThreads, type TimelineBar } from '../figures/figure.ts';
import { duration, none, plural } from '../numbers.ts';
import type { NamedRun } from './runs.ts';

/** Longer lists show their first and last values; result.json has all of them. */
const longestList = 16;
const shownFirst = 10;
const shownLast = 4;

export function threadsSection(runs: readonly NamedRun[]): Section {
  return {
    id: 'threads',
    title: 'The threads',
    blocks: [
      ...runs.flatMap((named, index) => timeline(named, index)),
      ...runs.map((named) => listTable(named)),
    ],
  };
}

function timeline({ run, name }: NamedRun, index: number): Block[] {
  const bars = run.threads.flatMap((thread): TimelineBar[] =>
    thread.elapsedNs === undefined
      ? []
      : [
          {
            thread: thread.index,
            startNs: Math.min(thread.startNs ?? 0, thread.elapsedNs),
            endNs: thread.elapsedNs,
            ...(thread.cpu === undefined ? {} : { cpu: thread.cpu }),
          },
        ],
  );
  if (bars.length === 0)
    return [
      {
        kind: 'paragraph',
        small: true,
        text: [`${capital(name)}: the module left no times of its threads.`],
      },
    ];
  const ends = bars.map((bar) => bar.endNs);
  const cpus = [...new Set(bars.flatMap((bar) => (bar.cpu === undefined ? [] : [bar.cpu])))].sort(
    (a, b) => a - b,
  );
  const between = (ns: number) => {
    const { number, unit } = duration(ns);
    return `${number}\u00a0${unit}`;
  };
  const onCpus = cpus.length === 0 ? '' : ` on ${cpus.length === 1 ? 'CPU' : 'CPUs'} ${cpus.join(', ')}`;
  return [
    {
      kind: 'figure',
      figure: {
        kind: 'timeline',
        name: `threads_${index + 1}`,
        title: `Threads in time: ${name}`,
        alt: `${plural(bars.length, 'thread')} with ${name}${onCpus}: the first ended after ${between(smallest(ends))}, the last after ${between(largest(ends))}.`,
        note: `A bar runs from a thread’s first step to its last; its colour is the CPU on which the thread ended.${
          bars.length > mostNamedThreads ? ' The threads are sorted by CPU and by their end.' : ''
        }`,
        bars,
      },
    },
  ];
}

function listTable({ run, name }: NamedRun): Block {
  const nodes = listNodes(run);
  if (nodes.length === 0)
    return { kind: 'paragraph', small: true, text: [`${capital(name)}: the module left no list.`] };
  const row = (node: ListNode, place: number): Text[] => [
    [String(place + 1)],
    node.thread === undefined ? [none] : [String(node.thread.index)],
    [{ number: node.value }],
    node.thread?.cpu === undefined ? [none] : [String(node.thread.cpu)],
    node.thread?.elapsedNs === undefined ? [none] : [duration(node.thread.elapsedNs)],
  ];
  const rows = nodes.map(row);
  const long = rows.length > longestList;
  const left = rows.length - shownFirst - shownLast;
  return {
    kind: 'table',
    narrow: true,
    caption: `Values in the list: ${name}`,
    columns: [
      { title: 'Place', align: 'right' },
      { title: 'Thread', align: 'right' },
      { title: 'Value', align: 'right' },
      { title: 'CPU', align: 'right' },
      { title: 'Ended after', align: 'right' },
    ],
    rows: long
      ? [...rows.slice(0, shownFirst), [['…'], ['…'], ['…'], ['…'], ['…']], ...rows.slice(-shownLast)]
      : rows,
    ...(long
      ? {
          note: `The first ${shownFirst} and the last ${shownLast} of ${rows.length} values; the other ${left} are in result.json.`,
        }
      : {}),
  };
}

interface ListNode {
  readonly value: string;
  readonly thread?: ThreadResult;
}

/** The list with the thread that left each value: a student's module may print values without their threads. */
function listNodes(run: RunResult): ListNode[] {
  const byValue = new Map<string, ThreadResult[]>();
  for (const thread of run.threads)
    if (thread.value !== undefined) byValue.set(thread.value, [...(byValue.get(thread.value) ?? []), thread]);
  return run.list.map((value) => {
    const thread = byValue.get(value)?.shift();
    return thread === undefined ? { value } : { value, thread };
  });
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const smallest = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b));
const largest = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b));
