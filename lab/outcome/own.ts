/** The lines that the lab's own module prints, and modules made from its skeleton: `lab3: total=… expected=…`. */
import type { LogLine } from '../console/line.ts';
import type { Reading } from '../outcome.ts';
import type { RunSpec } from '../plan.ts';
import type { Finding, ThreadResult } from '../result.ts';
import { mostNodes } from './limits.ts';

const prefix = String.raw`^(?<module>[\w-]{1,64}): `;
const startLine = new RegExp(`${prefix}start (?<fields>.*n_threads=.*)$`);
const threadLine = new RegExp(`${prefix}thread (?<index>\\d{1,9}): (?<fields>value=.*)$`);
const totalLine = new RegExp(`${prefix}(?<fields>total=.*)$`);
const stoppedLine = new RegExp(
  `${prefix}stopped early, (?<unfinished>\\d{1,9}) of (?<threads>\\d{1,9}) threads`,
);
/** What is left of such a line when another line was written into it, or its end got lost. */
const fragment = /(?:\bthread \d+: val|\btotal=\d|\bvalue=\d+ cpu=)/;
const field = /(\w+)=(-?\d{1,20}|\w+)(?= |$)/g;

/** Undefined when the lines are of another make. Of several loads in one text the last one counts. */
export function readOwnLines(
  lines: readonly LogLine[],
  spec: Pick<RunSpec, 'nThreads' | 'increment' | 'nTimes'>,
): Reading | undefined {
  let start: { fields: Map<string, string>; line: LogLine } | undefined;
  let nodes: { thread: ThreadResult; line: LogLine }[] = [];
  let totals: { fields: Map<string, string>; line: LogLine }[] = [];
  let garbled: LogLine[] = [];
  let stopped: { unfinished: string; line: LogLine } | undefined;
  for (const line of lines) {
    const { text } = line;
    const started = startLine.exec(text)?.groups?.fields;
    if (started !== undefined) {
      start = { fields: fieldsOf(started), line };
      nodes = [];
      totals = [];
      garbled = [];
      stopped = undefined;
      continue;
    }
    const thread = threadLine.exec(text)?.groups;
    const read = thread === undefined ? undefined : readThread(thread.index ?? '', thread.fields ?? '');
    const total = fieldsOf(totalLine.exec(text)?.groups?.fields ?? '');
    const early = stoppedLine.exec(text)?.groups?.unfinished;
    if (read !== undefined) {
      if (nodes.length < mostNodes) nodes.push({ thread: read, line });
    } else if (isNumber(total.get('total')) && total.has('expected')) totals.push({ fields: total, line });
    else if (early !== undefined) stopped = { unfinished: early, line };
    else if (fragment.test(text)) garbled.push(line);
  }
  if (totals.length === 0 && start === undefined) return undefined;

  // Lines of one printk have the same fields: one with fewer was cut, and its last number may be too.
  const whole = Math.max(0, ...nodes.map(({ thread }) => Object.keys(thread).length));
  const isCut = ({ thread }: { thread: ThreadResult }) => Object.keys(thread).length < whole;
  garbled = [...garbled, ...nodes.filter(isCut).map(({ line }) => line)];
  const threads = nodes.filter((node) => !isCut(node)).map(({ thread }) => thread);

  const findings: Finding[] = [];
  const add = (kind: string, severity: Finding['severity'], message: string, line?: LogLine) =>
    findings.push({ kind, severity, message, ...(line === undefined ? {} : { consoleLine: line.number }) });
  if (start !== undefined) {
    const given = { n_threads: spec.nThreads, increment: spec.increment, n_times: spec.nTimes };
    for (const [name, value] of Object.entries(given)) {
      const said = start.fields.get(name);
      if (said !== undefined && said !== String(value)) {
        add(
          'parameters-ignored',
          'error',
          `The module was given ${name}=${value} and says it runs with ${said}.`,
          start.line,
        );
      }
    }
  }
  if (stopped !== undefined) {
    const message = `The module was unloaded while ${stopped.unfinished} threads were still at work, so the total is not complete.`;
    add('stopped-early', 'warning', message, stopped.line);
  }
  const [firstGarbled] = garbled;
  if (firstGarbled !== undefined) {
    const count = garbled.length === 1 ? 'A line' : `${garbled.length} lines`;
    add(
      'garbled',
      'warning',
      `${count} of the module’s output cannot be read: another line was written into it, or its end is missing.`,
      firstGarbled,
    );
  }
  const last = totals.at(-1);
  const values = new Set(totals.map(({ fields }) => fields.get('total')));
  if (last === undefined) {
    add(
      'no-total',
      'error',
      'The module printed no total: it was not unloaded, or it died before.',
      start?.line,
    );
  } else if (values.size > 1) {
    add(
      'ambiguous-total',
      'warning',
      `The module printed ${values.size} different totals; the last one is taken.`,
      last.line,
    );
  }
  const timeNs = Number(last?.fields.get('time_ns') ?? Number.NaN);
  const total = last?.fields.get('total');
  return {
    threads,
    list: threads.flatMap(({ value }) => (value === undefined ? [] : [value])),
    ...(total === undefined ? {} : { total: decimal(total) }),
    ...(Number.isFinite(timeNs) && timeNs >= 0 ? { elapsedNs: timeNs } : {}),
    findings,
  };
}

function readThread(index: string, text: string): ThreadResult | undefined {
  const fields = fieldsOf(text);
  const value = fields.get('value');
  if (!isNumber(value)) return undefined;
  const number = (name: string) => {
    const digits = fields.get(name);
    return isNumber(digits) && Number(digits) >= 0 ? Number(digits) : undefined;
  };
  const cpu = number('cpu');
  const startNs = number('start_ns');
  const elapsedNs = number('time_ns');
  return {
    index: Number(index),
    value: decimal(value),
    ...(cpu === undefined ? {} : { cpu }),
    ...(startNs === undefined ? {} : { startNs }),
    ...(elapsedNs === undefined ? {} : { elapsedNs }),
  };
}

function fieldsOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(field)].map(([, name, value]) => [name ?? '', value ?? '']));
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^-?\d{1,20}$/.test(text);
}

/** Without leading zeros, as the schema and other programs write it. */
function decimal(text: string): string {
  return String(BigInt(text));
}
