/**
 * Results of a student's module, whose words are its own. With formats from lab3.yaml they are read; without,
 * they are recognised by how students print them (`Global_Counter = 5`, `Counter value is #5!`, `global var: 5`,
 * only a list, …), and what two readings fit is said and left open rather than guessed.
 */
import type { LogLine } from '../console/line.ts';
import type { Reading } from '../outcome.ts';
import type { RunSpec } from '../plan.ts';
import type { Finding, ThreadResult } from '../result.ts';
import type { HoleName, Template } from '../template.ts';
import { mostNodes } from './limits.ts';

const nanoseconds = { time_ns: 1, time_us: 1e3, time_ms: 1e6 } as const;

export function readByTemplates(lines: readonly LogLine[], templates: readonly Template[]): Reading {
  const threads: ThreadResult[] = [];
  const list: string[] = [];
  const totals: { value: string; line: LogLine }[] = [];
  const findings: Finding[] = [];
  let elapsedNs: number | undefined;
  for (const line of lines) {
    for (const template of templates) {
      const holes = template.match(line.text);
      if (holes === undefined) continue;
      if (template.kind === 'total' && holes.value !== undefined) totals.push({ value: holes.value, line });
      if (template.kind === 'thread' && threads.length < mostNodes)
        threads.push(threadOf(holes, threads.length));
      if (template.kind === 'list' && list.length < mostNodes) {
        list.push(...((holes.values ?? holes.value ?? '').match(/-?\d+/g)?.map(decimal) ?? []));
      }
      if (template.kind === 'time') elapsedNs = timeOf(holes);
      break;
    }
  }
  for (const { kind, source } of templates) {
    const count = { total: totals.length, thread: threads.length, list: list.length, time: elapsedNs ?? 0 }[
      kind
    ];
    if (count > 0) continue;
    const message = `No line of the module has the form of module.patterns.${kind} (${source}).`;
    findings.push({
      kind: kind === 'total' ? 'no-total' : 'no-match',
      severity: kind === 'total' ? 'error' : 'warning',
      message,
    });
  }
  const last = totals.at(-1);
  const different = new Set(totals.map(({ value }) => value)).size;
  if (last !== undefined && different > 1) {
    const message = `${totals.length} lines have the form of module.patterns.total, with ${different} different numbers; the last one is taken.`;
    findings.push({ kind: 'ambiguous-total', severity: 'warning', message, consoleLine: last.line.number });
  }
  return {
    threads,
    list: list.length > 0 ? list : threads.flatMap(({ value }) => (value === undefined ? [] : [value])),
    ...(last === undefined ? {} : { total: decimal(last.value) }),
    ...(elapsedNs === undefined ? {} : { elapsedNs }),
    findings,
  };
}

function threadOf(holes: Partial<Record<HoleName, string>>, position: number): ThreadResult {
  const cpu = holes.cpu === undefined ? undefined : Number(holes.cpu);
  const elapsedNs = timeOf(holes);
  const index = Number(holes.index ?? position);
  return {
    index: Number.isSafeInteger(index) && index >= 0 ? index : position,
    ...(holes.value === undefined ? {} : { value: decimal(holes.value) }),
    ...(cpu !== undefined && Number.isSafeInteger(cpu) && cpu >= 0 ? { cpu } : {}),
    ...(elapsedNs === undefined ? {} : { elapsedNs }),
  };
}

function timeOf(holes: Partial<Record<HoleName, string>>): number | undefined {
  for (const [name, factor] of Object.entries(nanoseconds)) {
    const time = Number(holes[name as keyof typeof nanoseconds] ?? Number.NaN) * factor;
    if (Number.isFinite(time) && time >= 0) return time;
  }
  return undefined;
}

/** A number that stands for itself: not part of a name (`cpu1`), an address (`0x10`) or a fraction. */
const numberAlone = /(?<![\w.])[-+]?\d{1,20}(?![\w.]\w|\w)/g;
const saysTotal = /total|final|result|glob|count|\bsum|shared|\bvar(?:iable)?\b|\bvalue\b/i;
const saysFinal = /total|final|result|glob/i;
const saysNode = /thread|\bthr\b|node|list|\bitem|element|entry|worker/i;
/** Lines that say what will be done rather than what was. */
const saysPlan =
  /expect|should|param|n_?threads|n_?times|increment|start|creat|spawn|init|\bpid\b|^lab3-mark/i;
const valueName = /(?:value|val|count(?:er)?|var|result|sum|total|res)\W*$/i;
const otherName = /(?:thread|thr|node|cpu|pid|id|index|idx|no|num|number|#|time|took)\W*$/i;

interface NumberLine {
  readonly line: LogLine;
  /** The text with each number replaced, so that lines of one printk are alike. */
  readonly shape: string;
  readonly numbers: readonly string[];
  /** What stands before each number. */
  readonly names: readonly string[];
}

export function guessResults(lines: readonly LogLine[], { nThreads }: Pick<RunSpec, 'nThreads'>): Reading {
  const groups = new Map<string, NumberLine[]>();
  const inOneLine: NumberLine[] = [];
  for (const line of lines) {
    if (saysPlan.test(line.text)) continue;
    const read = readNumbers(line);
    if (read.numbers.length === 0) continue;
    if (read.numbers.length === nThreads && nThreads > 2) inOneLine.push(read);
    else {
      const group = groups.get(read.shape) ?? [];
      if (group.length <= mostNodes) group.push(read);
      groups.set(read.shape, group);
    }
  }
  const nodes = [...groups.values()].filter(
    (group) => group.length === nThreads && (nThreads > 1 || saysNode.test(group[0]?.shape ?? '')),
  );
  const findings: Finding[] = [];
  const { threads, list } = readNodes(nodes, inOneLine, findings);
  const ofNodes = new Set(nodes);
  const candidates = [...groups.values()]
    .filter((group) => !ofNodes.has(group))
    .flat()
    .filter(({ numbers, shape }) => numbers.length === 1 && saysTotal.test(shape) && !saysNode.test(shape));
  const total = chooseTotal(candidates, list, findings);
  return { threads, list, ...(total === undefined ? {} : { total }), findings };
}

function readNumbers(line: LogLine): NumberLine {
  // The module's own name says nothing about the line, unless the line says nothing else (`Total: 5`).
  const text = line.text.slice(0, 1000).replace(/^[\w-]+: (?=.*[A-Za-z])/, '');
  const numbers: string[] = [];
  const names: string[] = [];
  let from = 0;
  const shape = text.replaceAll(numberAlone, (digits, at: number) => {
    numbers.push(decimal(digits));
    names.push(text.slice(from, at));
    from = at + digits.length;
    return '#';
  });
  return { line, shape, numbers, names };
}

/** A module may print any number of lines, each of another form. */
const mostAmbiguous = 5;

/** The list is what is printed last, on unload; threads may have said their values before. */
function readNodes(
  groups: readonly NumberLine[][],
  inOneLine: readonly NumberLine[],
  findings: Finding[],
): { threads: ThreadResult[]; list: string[] } {
  let ambiguous = 0;
  const read = groups.flatMap((group) => {
    const column = valueColumn(group);
    if (column === undefined) {
      ambiguous += 1;
      if (ambiguous > mostAmbiguous) return [];
      const message = `The lines of the form “${(group[0]?.shape ?? '').slice(0, 100)}” hold several numbers, and which is the value cannot be told; give their form as module.patterns.thread in lab3.yaml.`;
      findings.push({ kind: 'ambiguous-list', severity: 'warning', message, ...lineOf(group[0]) });
      return [];
    }
    const indexAt = group[0]?.numbers.findIndex((_, at) => at !== column && isIndex(group, at)) ?? -1;
    return [
      group.map(({ numbers }, position) => ({
        index: indexAt < 0 ? position : Number(numbers[indexAt]),
        value: numbers[column] ?? '0',
      })),
    ];
  });
  if (ambiguous > mostAmbiguous) {
    const message = `So do lines of ${ambiguous - mostAmbiguous} more forms.`;
    findings.push({ kind: 'ambiguous-list', severity: 'warning', message });
  }
  const [first] = read;
  const last = inOneLine.at(-1)?.numbers ?? read.at(-1)?.map(({ value }) => value) ?? [];
  return { threads: first ?? [], list: [...last] };
}

function valueColumn(group: readonly NumberLine[]): number | undefined {
  const [sample] = group;
  if (sample === undefined) return undefined;
  const columns = sample.numbers.map((_, at) => at);
  if (columns.length === 1) return 0;
  const named = columns.filter((at) => valueName.test(sample.names[at] ?? ''));
  if (named.length === 1) return named[0];
  const left = columns.filter((at) => !isIndex(group, at) && !otherName.test(sample.names[at] ?? ''));
  return left.length === 1 ? left[0] : undefined;
}

/** Different in each line, and none greater than the number of lines. */
function isIndex(group: readonly NumberLine[], at: number): boolean {
  const values = group.map(({ numbers }) => Number(numbers[at]));
  return (
    new Set(values).size === group.length && values.every((value) => value >= 0 && value <= group.length)
  );
}

function chooseTotal(
  candidates: readonly NumberLine[],
  list: readonly string[],
  findings: Finding[],
): string | undefined {
  const distinct = (lines: readonly NumberLine[]) => [...new Set(lines.map(({ numbers }) => numbers[0]))];
  const likely = [candidates, candidates.filter(({ shape }) => saysFinal.test(shape))].find(
    (lines) => distinct(lines).length === 1,
  );
  if (likely !== undefined) return likely[0]?.numbers[0];
  if (candidates.length > 0) {
    const shown = candidates.slice(-3).map(({ line }) => `“${line.text.slice(0, 80)}”`);
    const message = `Several numbers may be the total: ${shown.join(', ')}. Give the form of the right line as module.patterns.total in lab3.yaml.`;
    findings.push({ kind: 'ambiguous-total', severity: 'error', message, ...lineOf(candidates.at(-1)) });
    return undefined;
  }
  if (list.length > 0) {
    const greatest = list.reduce((a, b) => (BigInt(a) > BigInt(b) ? a : b));
    const message = `The module prints a list and no total; its greatest value, ${greatest}, is taken for it.`;
    findings.push({ kind: 'total-from-list', severity: 'note', message });
    return greatest;
  }
  const message =
    'No total was found in what the module printed. If it prints one, give the form of that line as module.patterns.total in lab3.yaml.';
  findings.push({ kind: 'no-total', severity: 'error', message });
  return undefined;
}

function lineOf(read: NumberLine | undefined): { consoleLine?: number } {
  return read === undefined ? {} : { consoleLine: read.line.number };
}

function decimal(text: string): string {
  return String(BigInt(text.replace(/^\+/, '')));
}
