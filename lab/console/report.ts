/** Reading the body of one report: where it happened, in which task, with which values. */
import type { LogLine } from './line.ts';

export interface Place {
  readonly function: string;
  /** Name of the module the function is in; absent for the kernel itself. */
  readonly module?: string;
}

/** What a report says beside its kind. */
export interface Details {
  /** Where the kernel says it happened. */
  place?: Place;
  /** The nearest function of a module on the way there: where a student looks first. */
  inModule?: Place;
  /** Source file as the compiler knew it. */
  file?: string;
  sourceLine?: number;
  address?: string;
  cpu?: number;
  task?: { name: string; pid: number };
  values: Record<string, string>;
}

const symbol = String.raw`([\w.]+)\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[([\w-]+)(?:\([^)]*\))?\])?`;
const instruction = new RegExp(`^(?:RIP: 0010:|pc : )${symbol}`);
const frame = new RegExp(`^(?: +(\\? )?|\\[<[0-9a-f]{8,16}>\\] )${symbol}`);
const processor = /^CPU: (\d+) (?:UID: \d+ )?PID: (\d+) Comm: (.{1,40}?) (?:Tainted|Not tainted|Kdump)/;
const race =
  /^(?:race at unknown origin, with )?(read|write|read-write|assert no \S+).* to (0x[0-9a-f]+) of (\d+) bytes by /;
const valueChanged = /^value changed: (0x[0-9a-f]+) -> (0x[0-9a-f]+)/;
const badAccess = /^(Read|Write) of size (\d+) at addr ([0-9a-f]+) by task (.{1,40})\/(\d+)/;
const atomicTask = /^in_atomic\(\): .*pid: (\d+), name: (.{1,40})$/;
const lockTask = /^(\S{1,40})\/(\d+) (?:is (?:trying|freeing|leaving|exiting)|just changed)/;
/** What makes the report, on top of what it is about. */
const reporter =
  /^(?:dump_\w+|show_\w+|v?panic|__warn\w*|__schedule_bug|__might_\w+|kasan_\w+|__kcsan_\w+|die\w*)(?:\.|$)/;
const stalled = /^rcu:\s+(\d+)-/;

/** Shape of the lines that go on a report; a foreign line between them does not end it. */
export const body =
  /^(?:\s|[A-Z]{2}\d?:|[A-Z][A-Z0-9]{2}:|#PF:|ESR|PKRU|Code:|CPU: |Hardware name:|Modules linked|Unloaded tainted|Call [Tt]race|PGD |Oops|Internal error|invalid opcode|Tainted:|Workqueue:|(?:pc|lr|sp|pstate) ?:|x\d+ ?:|(?:Mem|Data) abort|\w+ pgtable|note: |---|===|Kernel Offset|rcu: |task:|"echo|Sending NMI|NMI backtrace|Rea[ds]|read|write|Write |Free |value changed|race at|Reported by|Allocated|Freed|The buggy|Memory state|page: |flags: |raw: |>?ff|\(|0x[0-9a-f]|Slab |Object |Redzone|Padding|Bytes b4|FIX |in_atomic|preempt_count|RCU nest|INFO: lockdep|but task|which lock|but there are|the existing|other info|stack backtrace|\d+ locks? held|no locks held|locks held by|#\d|-> #|irq event|(?:hard|soft)irqs|kfence|Disabled|Last |addr |index |Showing|workqueue|pool |Tasks state|Mem-Info|oom-kill|SMP: |Dumping|Rebooting|\[[0-9a-f]{16}\]|[\w./-]+\/\d+ (?:is|just) )/;

/** Fields of the headline's named groups, completed from the report's lines. */
export function readDetails(
  headline: Readonly<Record<string, string | undefined>>,
  lines: readonly LogLine[],
): Details {
  const details: Details = { values: {} };
  for (const [name, value] of Object.entries(headline)) {
    if (value === undefined) continue;
    if (name === 'function') details.place = placeOf(value, headline.in);
    else if (name === 'file') details.file = value;
    else if (name === 'line') details.sourceLine = Number(value);
    else if (name === 'address') details.address = hex(value);
    else if (name === 'cpu') details.cpu = Number(value);
    else if (!['comm', 'pid', 'in'].includes(name)) details.values[name] = value.slice(0, 200);
  }
  const { comm, pid } = headline;
  if (comm !== undefined && pid !== undefined) details.task = { name: comm, pid: Number(pid) };
  const frames: Place[] = [];
  for (const { text } of lines) readLine(text, details, frames);
  const [first] = frames;
  if (details.place === undefined) {
    // A sleeping function or a lockup is reported from inside the kernel; the first frames are the reporter's own.
    if (first !== undefined) details.place = first;
  } else if (details.place.module === undefined) {
    const same = frames.find((place) => place.function === details.place?.function);
    if (same !== undefined) details.place = same;
  }
  const inModule = [details.place, ...frames].find((place) => place?.module !== undefined);
  if (inModule !== undefined) details.inModule = inModule;
  return details;
}

function readLine(text: string, details: Details, frames: Place[]): void {
  const at = instruction.exec(text) ?? frame.exec(text);
  if (at !== null) {
    const isFrame = /^[ []/.test(text);
    const [name, module] = isFrame ? [at[2], at[3]] : [at[1], at[2]];
    const unreliable = isFrame && at[1] !== undefined;
    if (name !== undefined && !unreliable && !reporter.test(name) && frames.length < 64) {
      frames.push(placeOf(name, module));
    }
    return;
  }
  const cpu = processor.exec(text);
  if (cpu !== null) {
    details.cpu ??= Number(cpu[1]);
    details.task ??= { name: cpu[3] ?? '', pid: Number(cpu[2]) };
    return;
  }
  const access = race.exec(text);
  if (access !== null) {
    details.address ??= hex(access[2] ?? '');
    details.values[details.values.access === undefined ? 'access' : 'otherAccess'] ??= access[1] ?? '';
    details.values.bytes ??= access[3] ?? '';
    return;
  }
  const changed = valueChanged.exec(text);
  if (changed !== null) {
    details.values.before = changed[1] ?? '';
    details.values.after = changed[2] ?? '';
    return;
  }
  const bad = badAccess.exec(text);
  if (bad !== null) {
    details.address ??= hex(bad[3] ?? '');
    details.task ??= { name: bad[4] ?? '', pid: Number(bad[5]) };
    details.values.access ??= (bad[1] ?? '').toLowerCase();
    details.values.bytes ??= bad[2] ?? '';
    return;
  }
  const atomic = atomicTask.exec(text);
  if (atomic !== null) details.task ??= { name: atomic[2] ?? '', pid: Number(atomic[1]) };
  const lock = lockTask.exec(text);
  if (lock !== null) details.task ??= { name: lock[1] ?? '', pid: Number(lock[2]) };
  const stall = stalled.exec(text);
  if (stall !== null) details.cpu ??= Number(stall[1]);
}

function placeOf(name: string, module: string | undefined): Place {
  return { function: name, ...(module === undefined ? {} : { module }) };
}

function hex(digits: string): string {
  return digits.startsWith('0x') ? digits : `0x${digits}`;
}
