/** What the totals show, and what they do not: a right one may be luck, a folded loop, or threads in a row. */
import type { Outcome } from '../outcome.ts';
import type { CheckPlace } from './document.ts';
import type { Draft, ModuleCode, RunEvidence, TaskLook } from './evidence.ts';

export interface Judged {
  readonly run: RunEvidence;
  readonly outcome: Outcome;
}

/** Totals that were read for sure, of runs that came to their end. */
export function isWhole({ run, outcome }: Judged): boolean {
  const doubtful = [
    'stopped-early',
    'time-limit',
    'ambiguous-total',
    'overflow',
    'total-from-list',
    'garbled',
    'dropped',
  ];
  return (
    run.spec.shape === 'whole' &&
    run.reached === 'unloaded' &&
    outcome.final !== undefined &&
    !outcome.findings.some(({ kind }) => doubtful.includes(kind))
  );
}

/**
 * What SLUB fills freed memory with, read as a total of 4 or 8 bytes, signed or not, perhaps with some steps added to it. Its
 * last byte differs.
 */
const poisons = [0x6b6b6b6b6b6b6b6bn, 0xa56b6b6b6b6b6b6bn, 0x6b6b6b6bn];
function isPoison(total: bigint): boolean {
  const bytes = BigInt.asUintN(64, total);
  return poisons.some((poison) => bytes >= poison && bytes < poison + 0x1000000n);
}

export function totalDrafts(judged: Judged, code: ModuleCode): Draft[] {
  const { run, outcome } = judged;
  const { spec } = run;
  if (outcome.final === undefined) return [];
  const total = BigInt(outcome.final);
  const raw = outcome.findings.map(({ message }) => message).join('\n');
  if (isPoison(total)) {
    const what = `The module printed the total ${total}, and 0x${total.toString(16)} is what the kernel fills freed memory with: the variable was read after it had been freed.`;
    return [{ kind: 'use-after-free', places: [], what, raw }];
  }
  if (!isWhole(judged)) return [];
  const missing = BigInt(spec.expected) - total;
  if (missing <= 0n) return [];
  const steps = BigInt(spec.nThreads) * BigInt(spec.nTimes);
  const lost = spec.increment === 0 ? missing : missing / BigInt(spec.increment);
  const share = steps === 0n ? 0 : Number((lost * 1000n) / steps) / 10;
  const under = spec.locked ? `Under the lock ${spec.lock}` : 'Without a lock';
  const what = `${under}, ${spec.nThreads} threads of ${spec.nTimes} steps each came to ${total} and not to ${spec.expected}: ${lost} of ${steps} updates were lost (${share} %).`;
  return [{ kind: 'lost-updates', places: updatePlaces(code), what, raw }];
}

/** A line that changes a value: `x += y`, `x++`, `x = x + y`, `WRITE_ONCE(x, …)`, `atomic_set(x, …)`. */
const update = /\+=|-=|\+\+|--|[^=!<>]=[^=].*[+-]|WRITE_ONCE\s*\(|atomic(?:64|_long)?_set\w*\s*\(/;
const lockish = /lock|acquire|release|enter|leave/i;
const mostPlaces = 4;

/**
 * Where threads write what is added up, as far as the object file and the look of its lines tell. A data race that was
 * seen tells better.
 */
function updatePlaces({ writes, lineText }: ModuleCode): CheckPlace[] {
  const places: CheckPlace[] = [];
  for (const { file, line, function: name } of writes) {
    if (lockish.test(name) || !update.test(lineText(file, line) ?? '')) continue;
    if (places.some((known) => known.file === file && known.line === line)) continue;
    places.push({ file, line, function: name, role: 'writes' });
  }
  return places.length <= mostPlaces ? places : [];
}

/**
 * Runs that lose nothing make one ask why: unless threads were stopped in the middle of their loops, which then are loops,
 * and were seen on two processors at once.
 */
export function isSuspicious(judged: readonly Judged[]): boolean {
  if (judged.some(wasStoppedHalfway) && judged.some(({ run }) => run.looks.some(isOnTwo))) return false;
  const whole = judged.filter(isWhole);
  return whole.length > 0 && whole.every(({ run, outcome }) => outcome.final === run.spec.expected);
}

const isOnTwo = (look: readonly TaskLook[]) =>
  new Set(look.filter(({ state }) => state === 'R').map(({ cpu }) => cpu)).size > 1;

function wasStoppedHalfway({ run: { spec, reached }, outcome: { final } }: Judged): boolean {
  if (spec.shape !== 'early' || reached !== 'unloaded' || final === undefined) return false;
  return BigInt(final) > 0n && BigInt(final) < BigInt(spec.expected);
}

/**
 * Real steps take more than this on any computer: each has a read and a write, and each of those is a call of the checked
 * kernel's. A machine that has to wait for its processor is to be told from a loop all the same.
 */
const leastStepNs = 5;

/** Whether a run of very many steps ended in no time. */
export function foldDraft({ run }: Judged, code: ModuleCode): Draft[] {
  const { spec, elapsedMs } = run;
  if (spec.shape !== 'fold' || run.reached !== 'unloaded') return [];
  const stepNs = (elapsedMs * 1e6) / spec.nTimes;
  if (stepNs >= leastStepNs) return [];
  const what = `${spec.nTimes} steps of each thread were over within ${Math.round(elapsedMs)} ms, ${stepNs.toPrecision(1)} ns each, which no processor can do: the compiler made one addition of them, so threads hardly ever meet and the right total proves nothing.`;
  return [{ kind: 'loop-folded', severity: 'warning', places: updatePlaces(code), what, raw: '' }];
}

/** Whether the looks at the threads, or what they said themselves, show that they ran one after another. */
export function overlapDrafts(judged: readonly Judged[]): Draft[] {
  const whole = judged.filter(({ run }) => run.spec.nThreads > 1);
  for (const one of whole) {
    const draft = fromTimes(one) ?? fromLooks(one.run);
    if (draft !== undefined) return [draft];
  }
  return [];
}

function fromTimes({ outcome: { threads }, run }: Judged): Draft | undefined {
  const spans = threads
    .flatMap(({ startNs, elapsedNs }) =>
      startNs === undefined || elapsedNs === undefined ? [] : [{ from: startNs, to: elapsedNs }],
    )
    .sort((a, b) => a.from - b.from);
  if (spans.length < 2 || spans.length < run.spec.nThreads) return undefined;
  // A clock that stood still says nothing.
  if (spans.some(({ from, to }) => to <= from)) return undefined;
  if (spans.some(({ from }, at) => at > 0 && from < (spans[at - 1]?.to ?? 0))) return undefined;
  const what = `By their own times each of the ${spans.length} threads began when the one before had ended: they never ran at the same time, so nothing could be lost.`;
  return remark(what);
}

/** On a computer that does other things too, a machine's second CPU may have no turn for a while. */
const leastLooks = 10;

/** A look may catch a thread on its way out beside the next one; threads that overlap are seen together far more often. */
const looksPerHandover = 10;

function fromLooks({ looks, spec }: RunEvidence): Draft | undefined {
  const present = looks.filter((look) => look.length > 0);
  const pids = new Set(present.flatMap((look) => look.map(({ pid }) => pid)));
  const shared = present.filter((look) => look.length > 1);
  if (pids.size >= 2 && shared.length * looksPerHandover <= present.length) {
    const atOnce =
      shared.length === 0 ? 'never two of them at once' : `two of them at once in ${shared.length}`;
    const what = `In ${present.length} looks at the running module ${pids.size} threads were seen, and ${atOnce}: each was started when the one before had ended.`;
    return remark(what);
  }
  const isRunning = ({ state }: TaskLook) => state === 'R';
  const busy = present.filter((look) => look.some(isRunning));
  const cpus = new Set(busy.flatMap((look) => look.filter(isRunning).map(({ cpu }) => cpu)));
  const several = busy.filter((look) => look.filter(isRunning).length > 1);
  if (spec.vcpus > 1 && several.length >= leastLooks && cpus.size === 1) {
    const what = `In ${busy.length} looks at the running module all its threads ran on CPU ${[...cpus][0]} of ${spec.vcpus}, so no two of them ever ran at the same time.`;
    return remark(what);
  }
  return undefined;
}

const remark = (what: string): Draft => ({
  kind: 'never-overlapped',
  severity: 'warning',
  places: [],
  what,
  raw: '',
});
