/**
 * The kernel's log as typed events. A line is the kernel's only if it has the kernel's shape and stands in the
 * kernel's company: a module can print anything, so what it writes is evidence and never proof.
 */
import { type LogLine, readLines, takeDropped } from './console/line.ts';
import { type EventKind, type Pattern, patterns, type Severity } from './console/patterns.ts';
import { body, type Details, readDetails } from './console/report.ts';

export type { EventKind, Severity } from './console/patterns.ts';

export interface KernelEvent extends Readonly<Details> {
  readonly kind: EventKind;
  readonly severity: Severity;
  /** The line that the kernel opens the report with, without its prefix. */
  readonly headline: string;
  /** What that means, in words of a student. */
  readonly means: string;
  /** Lines of the console, from 1, both included. */
  readonly lines: readonly [first: number, last: number];
  /** Seconds since boot. */
  readonly time?: number;
  /** The whole report as the console showed it, prefixes taken off; bounded. */
  readonly raw: string;
}

/** Events of one kind: a flood of one must not hide what comes after it. */
const maxOfKind = 500;
const maxReportLines = 200;
const maxRaw = 16_384;
/** Foreign lines that may stand in the middle of a report: another CPU's, or the module's own. */
const maxForeign = 8;
/** A console that ends this soon after a headline was cut off: a machine that dies may not finish its sentence. */
const cutOff = 4;
const opening = /^(?:={16,}|-+\[ cut here \]-+)$/;

/** A bit of /proc/sys/kernel/tainted: the kernel has had an oops. Documentation/admin-guide/tainted-kernels.rst */
const died = 1 << 7;

/** Whether a log has reports that the kernel's taints would bear out, or show to be a module's own lines. */
export const wantsTaints = (events: readonly KernelEvent[]): boolean =>
  events.some(({ kind }) => kind in leaves);

/** Bits that a report leaves; a machine that can be asked has not panicked. */
const leaves: Partial<Record<EventKind, number>> = { oops: died, trap: died, bug: died, panic: 0, stack: 0 };

const isBorneOut = (kind: EventKind, taints: number | undefined) => {
  const bits = leaves[kind];
  return taints === undefined || bits === undefined || (taints & bits) !== 0;
};

/**
 * Events in the order of the log. Never throws; time and size are linear in the text.
 *
 * @param taints what a kernel that still answers says in /proc/sys/kernel/tainted after all of it
 */
export function parseConsole(text: string, taints?: number): KernelEvent[] {
  const lines = readLines(text);
  const looks = new Looks(lines);
  const events: KernelEvent[] = [];
  const counts = new Map<EventKind, number>();
  const add = (event: KernelEvent) => {
    const count = (counts.get(event.kind) ?? 0) + 1;
    counts.set(event.kind, count);
    if (count <= maxOfKind) events.push(event);
  };
  let at = 0;
  let free = 0;
  while (at < lines.length) {
    const line = lines[at];
    if (line === undefined) break;
    const dropped = takeDropped(line.text);
    if (dropped !== undefined) {
      add(droppedEvent(line, dropped.count));
      lines[at] = { ...line, text: dropped.rest };
      looks.forget(at);
      continue;
    }
    const found = looks.headline(at);
    if (found === undefined) {
      at += 1;
      continue;
    }
    const last = endOfReport(lines, looks, at, found.pattern);
    if (isTheKernels(lines, looks, at, last, found.pattern) && isBorneOut(found.pattern.kind, taints)) {
      add(reportEvent(lines, at, last, found, free));
      at = last + 1;
      free = at;
    } else {
      add(imitation(line));
      at += 1;
    }
  }
  return events;
}

interface Headline {
  readonly pattern: Pattern;
  readonly groups: Readonly<Record<string, string | undefined>>;
}

function matchHeadline(text: string): Headline | undefined {
  if (text === '' || text.startsWith(' ')) return undefined;
  for (const pattern of patterns) {
    const found = pattern.headline.exec(text);
    if (found !== null) return { pattern, groups: found.groups ?? {} };
  }
  return undefined;
}

/**
 * What is known of each line already: a headline looks at two hundred lines below it, and thousands of them may follow
 * each other.
 */
class Looks {
  private readonly lines: readonly LogLine[];
  private readonly headlines: (Headline | null | undefined)[] = [];
  private readonly shapes = new Map<RegExp, Int8Array>();

  constructor(lines: readonly LogLine[]) {
    this.lines = lines;
  }

  headline(at: number): Headline | undefined {
    const known = this.headlines[at];
    if (known !== undefined) return known ?? undefined;
    const found = matchHeadline(this.lines[at]?.text ?? '');
    this.headlines[at] = found ?? null;
    return found;
  }

  /** Whether the line has that shape. */
  has(at: number, shape: RegExp): boolean {
    let known = this.shapes.get(shape);
    if (known === undefined) {
      known = new Int8Array(this.lines.length);
      this.shapes.set(shape, known);
    }
    known[at] ||= shape.test(this.lines[at]?.text ?? '') ? 1 : -1;
    return known[at] === 1;
  }

  /** The line has another text now. */
  forget(at: number): void {
    this.headlines[at] = undefined;
    for (const known of this.shapes.values()) known[at] = 0;
  }
}

const cutHere = /^-{12}\[ cut here/;

/** Index of the report's last line. */
function endOfReport(lines: readonly LogLine[], looks: Looks, start: number, pattern: Pattern): number {
  if (pattern.company === undefined) return start;
  let last = start;
  let foreign = 0;
  const limit = Math.min(lines.length, start + maxReportLines);
  for (let at = start + 1; at < limit && foreign <= maxForeign; at++) {
    const isEmpty = lines[at]?.text === '';
    if (pattern.ends !== undefined && looks.has(at, pattern.ends)) return at;
    if (!pattern.absorbs?.includes('warning') && looks.has(at, cutHere)) break;
    const inner = looks.headline(at);
    if (inner !== undefined && inner.pattern.company !== undefined) {
      if (!pattern.absorbs?.includes(inner.pattern.kind)) break;
      last = at;
      foreign = 0;
    } else if (!isEmpty && looks.has(at, body)) {
      last = at;
      foreign = 0;
    } else if (!isEmpty) foreign += 1;
  }
  return last;
}

function isTheKernels(
  lines: readonly LogLine[],
  looks: Looks,
  at: number,
  last: number,
  { company }: Pattern,
): boolean {
  if (company === undefined) return true;
  for (let below = at + 1; below <= last; below += 1) if (looks.has(below, company)) return true;
  const rest = lines.slice(at + 1, at + 1 + cutOff).filter(({ text }) => text !== '');
  return at + cutOff >= lines.length && rest.length < cutOff - 1;
}

function reportEvent(
  lines: readonly LogLine[],
  headlineAt: number,
  last: number,
  { pattern, groups }: Headline,
  floor: number,
): KernelEvent {
  const line = lines[headlineAt];
  // WARN() with a text of its own prints that between the opening rule and the headline.
  const above = [headlineAt - 1, headlineAt - 2].find(
    (at) => at >= floor && opening.test(lines[at]?.text ?? ''),
  );
  const first = above ?? headlineAt;
  const report = lines.slice(first, last + 1);
  const details = readDetails(groups, report);
  return {
    ...refine(pattern, report, details),
    severity: pattern.severity,
    headline: line?.text ?? '',
    lines: [first + 1, last + 1],
    ...(line?.time === undefined ? {} : { time: line.time }),
    raw: report
      .map(({ text }) => text)
      .join('\n')
      .slice(0, maxRaw),
    ...details,
  };
}

const lastUnloaded = /^Modules linked in:(?<linked>.*) \[last unloaded: (?<name>[\w-]+)/;

/** Code that is fetched from where no code is any more, just after a module went: a thread of it was left. */
function refine(
  { kind, means }: Pattern,
  report: readonly LogLine[],
  { place }: Details,
): Pick<KernelEvent, 'kind' | 'means'> {
  const has = (shape: RegExp) => report.some(({ text }) => shape.test(text));
  const isFetch = /^(?:#PF: supervisor instruction fetch| +EC = 0x21: IABT)/;
  const last = report.map(({ text }) => lastUnloaded.exec(text)?.groups).find((found) => found !== undefined);
  // A module that is loaded has code: where it is gone from is then no place of a module.
  const isThere = last?.linked?.split(' ').some((word) => word.replace(/\(.*/, '') === last.name);
  const gone =
    kind === 'oops' &&
    has(isFetch) &&
    last !== undefined &&
    !isThere &&
    (place?.module === undefined || place.module === last.name);
  if (!gone) return { kind, means };
  return {
    kind: 'outlives-module',
    means: 'A thread of the module went on after the module was unloaded, in code that is gone.',
  };
}

function single(line: LogLine, kind: EventKind, severity: Severity, means: string): KernelEvent {
  return {
    kind,
    severity,
    headline: line.text,
    means,
    lines: [line.number, line.number],
    ...(line.time === undefined ? {} : { time: line.time }),
    raw: line.text,
    values: {},
  };
}

function droppedEvent(line: LogLine, count: string): KernelEvent {
  const means = 'The log was written faster than the console takes it, so some of it is missing.';
  const headline = `** ${count} printk messages dropped **`;
  return { ...single({ ...line, text: headline }, 'dropped', 'warning', means), values: { count } };
}

function imitation(line: LogLine): KernelEvent {
  return single(line, 'imitation', 'note', 'The module printed a line that looks like one of the kernel’s.');
}
