/** What one run came to, read from its part of the console. Guest output: evidence, never proof. */

import { isDumpLine } from './console/dump.ts';
import { type LogLine, readLines } from './console/line.ts';
import { type KernelEvent, parseConsole } from './console.ts';
import { readOwnLines } from './outcome/own.ts';
import { guessResults, readByTemplates } from './outcome/student.ts';
import type { RunSpec } from './plan.ts';
import type { Finding, ThreadResult } from './result.ts';
import { readTemplate, type Template, type TemplateKind } from './template.ts';

export type Patterns = Partial<Readonly<Record<TemplateKind, string>>>;

/** The part of a RunResult that the console tells; the rest is known to whoever ran it. */
export interface Outcome {
  threads: ThreadResult[];
  /** Decimal texts, in the order of the list. */
  list: string[];
  /** Absent where no total was printed, or none that can be told from other numbers. */
  final?: string;
  /** Additions that did not reach the total: (expected − final) / increment. */
  lostUpdates?: string;
  elapsedNs?: number;
  findings: Finding[];
}

/** What a reader of lines answers; everything else is derived from it. */
export interface Reading {
  threads: ThreadResult[];
  list: string[];
  total?: string;
  elapsedNs?: number;
  findings: Finding[];
}

/**
 * Reads the lines of our own module, or a student's: by the formats of lab3.yaml where it gives them, else by
 * their looks. What cannot be told for sure is said in a finding. Line numbers of findings count within `text`.
 * Never throws for what the text holds.
 *
 * @param taints as for `parseConsole`
 */
export function readOutcome(
  text: string,
  spec: Pick<RunSpec, 'lock' | 'nThreads' | 'increment' | 'nTimes' | 'expected'>,
  patterns: Patterns = {},
  taints?: number,
): Outcome {
  const events = parseConsole(text, taints);
  const lines = moduleLines(readLines(text), events);
  const templates = Object.entries(patterns).flatMap(([kind, source]) => {
    const template = readTemplate(kind as TemplateKind, source);
    return 'problem' in template ? [] : [template];
  });
  const reading = readModule(lines, spec, templates);
  const findings = [...eventFindings(events, spec.lock), ...reading.findings];
  const { total, elapsedNs } = reading;
  if (total !== undefined) findings.push(...checkTotal(BigInt(total), spec));
  return {
    threads: reading.threads,
    list: reading.list,
    ...(total === undefined ? {} : { final: total, lostUpdates: lostUpdates(total, spec) }),
    ...(elapsedNs === undefined ? {} : { elapsedNs }),
    findings,
  };
}

function readModule(
  lines: readonly LogLine[],
  spec: Parameters<typeof readOutcome>[1],
  templates: readonly Template[],
): Reading {
  if (templates.length > 0) {
    const read = readByTemplates(lines, templates);
    if (templates.some(({ kind }) => kind === 'total')) return read;
    // Formats for some lines only: the others are still recognised by their looks.
    const guess = readOwnLines(lines, spec) ?? guessResults(lines, spec);
    return {
      ...guess,
      ...read,
      threads: read.threads.length > 0 ? read.threads : guess.threads,
      list: read.list.length > 0 ? read.list : guess.list,
      findings: [...guess.findings, ...read.findings],
    };
  }
  return readOwnLines(lines, spec) ?? guessResults(lines, spec);
}

/** Lines that no report or dump of the kernel's holds. Those that imitate one are the module's, and stay. */
function moduleLines(lines: readonly LogLine[], events: readonly KernelEvent[]): LogLine[] {
  const taken = new Set<number>();
  for (const { kind, lines: range } of events) {
    if (kind === 'imitation' || kind === 'dropped') continue;
    for (let line = range[0]; line <= range[1]; line++) taken.add(line);
  }
  // Another CPU's lines may stand in the middle of a report, and a module's own are told by their prefix.
  return lines.filter(
    ({ number, text }) =>
      text !== '' && !isDumpLine(text) && (!taken.has(number) || /^[\w-]+: \w+=/.test(text)),
  );
}

function lostUpdates(
  total: string,
  { expected, increment }: { expected: string; increment: number },
): string {
  const missing = BigInt(expected) - BigInt(total);
  return String(increment === 0 ? 0n : missing / BigInt(increment));
}

const twoTo32 = 2n ** 32n;

function checkTotal(
  total: bigint,
  { expected, increment }: { expected: string; increment: number },
): Finding[] {
  const difference = BigInt(expected) - total;
  if (difference !== 0n && difference % twoTo32 === 0n) {
    const message = `The total ${total} is the right one cut to 32 bits: a variable of 64 bits (u64) is needed for ${expected}.`;
    return [{ kind: 'overflow', severity: 'error', message }];
  }
  if (increment !== 0 && total % BigInt(increment) !== 0n) {
    const message = `The total ${total} is no multiple of the increment ${increment}, so it is not made of such steps alone.`;
    return [{ kind: 'odd-total', severity: 'warning', message }];
  }
  return [];
}

/** Lockups that a slow computer makes too: they are the module's only if its code is on the stack. */
const maybeSlowness = new Set(['soft-lockup', 'rcu-stall', 'workqueue-lockup', 'hung-task']);
const maxFindings = 50;

/** Events as findings; those of one kind at one place are one finding with a count. */
function eventFindings(events: readonly KernelEvent[], lock: string): Finding[] {
  const found = new Map<string, { finding: Finding; count: number }>();
  for (const event of events) {
    const message = describeEvent(event);
    const key = `${event.kind} ${event.inModule?.function ?? event.place?.function ?? ''} ${event.file ?? ''}`;
    const known = event.kind === 'imitation' ? undefined : found.get(key);
    if (known !== undefined) {
      known.count += 1;
      continue;
    }
    const severity =
      event.kind === 'kcsan' && lock === 'none'
        ? 'note'
        : maybeSlowness.has(event.kind) && event.inModule === undefined
          ? 'warning'
          : event.severity;
    const finding = { kind: event.kind, severity, message, consoleLine: event.lines[0] };
    found.set(event.kind === 'imitation' ? `${key} ${event.lines[0]}` : key, { finding, count: 1 });
    if (found.size >= maxFindings) break;
  }
  return [...found.values()].map(({ finding, count }) =>
    count === 1 ? finding : { ...finding, message: `${finding.message} (${count} times)` },
  );
}

/** One event in a sentence: what it means, where, in which task, and the kernel's own words. */
export function describeEvent(event: KernelEvent): string {
  const { place, inModule, task, cpu, file, sourceLine, headline, means } = event;
  if (event.kind === 'imitation') return `${means} Its words: ${headline.slice(0, 200)}`;
  const where: string[] = [];
  const named = inModule ?? place;
  if (named !== undefined) {
    where.push(`in ${named.function}()${named.module === undefined ? '' : ` of ${named.module}`}`);
  }
  if (file !== undefined) where.push(`at ${file}${sourceLine === undefined ? '' : `:${sourceLine}`}`);
  if (task !== undefined) where.push(`task ${task.name}/${task.pid}`);
  if (cpu !== undefined) where.push(`CPU ${cpu}`);
  return `${means}${where.length === 0 ? '' : ` ${capital(where.join(', '))}.`} The kernel says: ${headline.slice(0, 200)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
