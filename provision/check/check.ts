/** A module on the checked kernel: all runs of the plan, and what they come to. */
import type { CheckDocument, CheckRun } from '../../lab/check/document.ts';
import { checkSchemaName } from '../../lab/check/document.ts';
import type { CheckSpec, Draft, ModuleCode, RunEvidence } from '../../lab/check/evidence.ts';
import { gather, runDrafts } from '../../lab/check/find.ts';
import { leakDrafts } from '../../lab/check/leaks.ts';
import type { CheckGroup, CheckPlan } from '../../lab/check/plan.ts';
import { kernelName } from '../../lab/check/stacks.ts';
import { isSuspicious, type Judged } from '../../lab/check/totals.ts';
import { LabError } from '../../lab/errors.ts';
import { type Step, step } from '../../lab/events.ts';
import { type Patterns, readOutcome } from '../../lab/outcome.ts';
import type { GuestInfo } from '../../lab/result.ts';
import type { BuiltModule, ModuleSource } from '../builder/builder.ts';
import type { Context } from '../context.ts';
import type { Guest } from '../guest/guest.ts';
import { modulePath } from '../run/scripts.ts';
import { ModuleAddresses } from './addresses.ts';
import { type Attempt, attempt, type CheckLimits } from './attempt.ts';
import { readModuleCode } from './code.ts';
import { firstScanScript, secondScanScript } from './scripts.ts';

export interface CheckRequest {
  readonly plan: CheckPlan;
  /** A run of very many steps for a group whose totals are right for no reason, where the module can make one. */
  readonly foldSpec?: (group: CheckGroup, number: number) => CheckSpec | undefined;
  readonly source: ModuleSource;
  /** Built for the checked kernel. */
  readonly module: BuiltModule;
  /** Starts a fresh machine with the checked kernel. */
  readonly startGuest: (vcpus: number) => Promise<Guest>;
  readonly patterns?: Patterns;
  readonly limits?: CheckLimits;
  /** Name and version of this tool, as the document says it. */
  readonly tool: string;
}

/** Machines of one group that hung or died: what two of them showed, a third would show again. */
const mostLost = 2;
/** kmemleak reports nothing that is younger than 5 s. */
const leakAgeMs = 5_300;

interface Shown {
  readonly judged: Judged;
  readonly drafts: readonly Draft[];
  readonly droppedBytes: number;
}

/**
 * Runs the plan and says what it showed. What the module did is in the document; throws errors of this computer and
 * interruptions, and leaves no machine.
 */
export async function checkModule(context: Context, request: CheckRequest): Promise<CheckDocument> {
  const { plan, source, module } = request;
  const { code, debugInfo } = readModuleCode(source, module);
  const check = new Check(context, request, { ...code, name: kernelName(code.name) });
  const notes = [...plan.notes];
  if (!debugInfo)
    notes.push(
      `${module.name}.ko has no debug information, so places are functions and offsets, not lines of a file.`,
    );
  await check.run();
  notes.push(...check.notes);
  if (check.guest === undefined) throw new Error('a check without runs');
  const { findings, remarks } = gather(check.shown, check.extra);
  return {
    schema: checkSchemaName,
    createdAt: new Date().toISOString(),
    tool: request.tool,
    module: { name: module.name, files: [...source.files.keys()].sort() },
    guest: check.guest,
    build: module.record,
    debugInfo,
    runs: check.shown.map(toRun).sort((a, b) => a.number - b.number),
    findings,
    remarks: [...remarks, ...oneVcpu(check.shown)],
    notes,
  };
}

class Check {
  readonly shown: Shown[] = [];
  readonly extra: { run: RunEvidence; draft: Draft }[] = [];
  readonly notes: string[] = [];
  guest: GuestInfo | undefined;
  private readonly context: Context;
  private readonly request: CheckRequest;
  private readonly code: ModuleCode;
  private readonly tails: Promise<void>[] = [];
  private readonly machines = new Set<Guest>();

  constructor(context: Context, request: CheckRequest, code: ModuleCode) {
    this.context = context;
    this.request = request;
    this.code = code;
  }

  async run(): Promise<void> {
    try {
      for (const group of this.request.plan.groups) await this.runGroup(group);
      await Promise.all(this.tails);
    } finally {
      await Promise.allSettled(this.tails);
      for (const guest of this.machines) await guest.kill();
    }
  }

  private async runGroup(group: CheckGroup): Promise<void> {
    const title = group.locked ? `Runs with lock ${group.lock}` : 'Runs without a lock';
    await step(this.context.emit, title, async (shown) => {
      const machine = new Machine(this.context, this.request, this.machines);
      const before = this.shown.length;
      let lost = 0;
      for (const [at, spec] of group.specs.entries()) {
        shown.progress(at, 'runs', group.specs.length);
        if (lost === mostLost) {
          const left = group.specs.length - at;
          this.notes.push(
            `${left} of ${group.specs.length} ${title.toLowerCase()} were left out: the machine had hung or died ${mostLost} times.`,
          );
          break;
        }
        const { judged } = await this.runOnce(machine, spec, shown);
        if (judged.run.reached === 'stuck' || judged.run.reached === 'machine-lost') lost += 1;
      }
      await this.probe(
        group,
        shown,
        this.shown.slice(before).map(({ judged }) => judged),
      );
      const mine = this.shown.slice(before);
      shown.summary(summary(mine));
      // The wait for the leaks' age passes while the next group runs.
      const tail = this.leaks(machine, mine).finally(() => machine.end());
      tail.catch(() => undefined);
      this.tails.push(tail);
    });
  }

  private async runOnce(machine: Machine, spec: CheckSpec, shown: Step): Promise<Shown> {
    for (let tries = 1; ; tries += 1) {
      const guest = await machine.get(spec.vcpus);
      this.guest ??= guest.info;
      const tried = await attempt(
        this.context,
        guest,
        this.request.module.name,
        spec,
        machine.addresses,
        this.request.limits,
      );
      const { evidence } = tried;
      const outcome = readOutcome(evidence.text, spec, this.request.patterns);
      const judged = { run: evidence, outcome };
      const drafts = runDrafts(judged, this.code);
      machine.note(tried);
      if (tried.spoilt) await machine.end();
      // A machine that vanished without a word from its kernel may be this computer's doing: once more.
      if (evidence.reached === 'machine-lost' && drafts.length === 0 && tries === 1) {
        shown.note('the machine was lost without a word from its kernel; trying once more');
        continue;
      }
      const one = {
        judged,
        drafts: drafts.length === 0 ? unexplained(evidence) : drafts,
        droppedBytes: tried.droppedBytes,
      };
      this.shown.push(one);
      return one;
    }
  }

  /** Totals that are right without a lock: is the loop still a loop? */
  private async probe(group: CheckGroup, shown: Step, judged: readonly Judged[]): Promise<void> {
    if ((group.locked && !group.asItIs) || !isSuspicious(judged)) return;
    const total = this.request.plan.groups.reduce((sum, { specs }) => sum + specs.length, 0);
    const spec = this.request.foldSpec?.(
      group,
      total + 1 + this.shown.filter(({ judged: { run } }) => run.spec.shape === 'fold').length,
    );
    if (spec === undefined) return;
    shown.note('no update was lost: looking whether the loop is still a loop');
    // On a machine of its own: a loop that is one may have to be left running.
    const machine = new Machine(this.context, this.request, this.machines);
    await this.runOnce(machine, spec, shown).finally(() => machine.end());
  }

  private async leaks(machine: Machine, shown: readonly Shown[]): Promise<void> {
    const { current: guest, loads } = machine;
    const [last] = loads.slice(-1);
    if (guest === undefined || last === undefined) {
      if (shown.some(({ judged: { run } }) => run.reached === 'unloaded'))
        this.notes.push('Leaks were not looked for: the machine did not last to the end of its runs.');
      return;
    }
    const listing = await this.scan(guest, last.at);
    if (listing === undefined) return;
    for (const draft of leakDrafts(machine.addresses.nameAll(listing), this.code)) {
      const pid = draft.tasks?.[0]?.pid ?? 0;
      const run = loads.findLast(({ firstPid }) => firstPid <= pid) ?? last;
      this.extra.push({ run: run.evidence, draft });
    }
  }

  private async scan(guest: Guest, since: number): Promise<string | undefined> {
    try {
      await guest.run(firstScanScript, { deadlineMs: 60_000 });
      await pause(since + leakAgeMs - performance.now(), this.context.signal);
      const { status, output } = await guest.run(secondScanScript, { deadlineMs: 60_000 });
      if (status === 0) return output;
      this.notes.push('Leaks were not looked for: this kernel has no kmemleak, or it turned itself off.');
    } catch (error) {
      if (this.context.signal.aborted || !(error instanceof LabError)) throw error;
      this.notes.push(`Leaks were not looked for: ${error.message}`);
    }
    return undefined;
  }
}

/** The machine of a group, started when it is wanted and again after it was spoilt. */
class Machine {
  current: Guest | undefined;
  loads: { at: number; firstPid: number; evidence: RunEvidence }[] = [];
  addresses: ModuleAddresses;
  private readonly context: Context;
  private readonly request: CheckRequest;
  private readonly all: Set<Guest>;

  constructor(context: Context, request: CheckRequest, all: Set<Guest>) {
    this.context = context;
    this.request = request;
    this.all = all;
    this.addresses = this.noAddresses();
  }

  async get(vcpus: number): Promise<Guest> {
    if (this.current !== undefined) return this.current;
    this.context.signal.throwIfAborted();
    const { module } = this.request;
    const guest = await this.request.startGuest(vcpus);
    this.all.add(guest);
    this.current = guest;
    this.loads = [];
    this.addresses = this.noAddresses();
    await guest.send(modulePath(module.name), module.ko);
    return guest;
  }

  note({ evidence, firstPid }: Attempt): void {
    this.loads.push({ at: performance.now(), firstPid, evidence });
  }

  async end(): Promise<void> {
    const guest = this.current;
    this.current = undefined;
    if (guest === undefined) return;
    this.all.delete(guest);
    await guest.kill();
  }

  private noAddresses(): ModuleAddresses {
    const { module } = this.request;
    return new ModuleAddresses(module.ko, kernelName(module.name));
  }
}

/** A machine that was lost twice is the module's doing even where nothing says how. */
function unexplained(run: RunEvidence): Draft[] {
  if (run.reached !== 'machine-lost') return [];
  const what = `The machine stopped answering while the module was ${run.phase}, and its kernel said nothing: ${run.said.slice(0, 200)}`;
  return [{ kind: 'soft-lockup', places: [], what, raw: run.text.slice(-4000) }];
}

function oneVcpu(shown: readonly Shown[]): CheckDocument['remarks'] {
  const runs = shown
    .filter(({ judged: { run } }) => run.spec.vcpus === 1)
    .map(({ judged: { run } }) => run.spec.number);
  if (runs.length === 0 || runs.length < shown.length) return [];
  const what = 'All runs had one virtual CPU, on which threads take turns: most races cannot show there.';
  const look = 'Run with --vcpus 2 or more.';
  return [
    {
      kind: 'one-vcpu',
      severity: 'warning',
      places: [],
      what,
      look,
      tasks: [],
      cpus: [],
      count: runs.length,
      runs,
      raw: '',
    },
  ];
}

function toRun({ judged: { run, outcome }, droppedBytes }: Shown): CheckRun {
  const { spec } = run;
  return {
    number: spec.number,
    kernel: 'checked',
    lock: spec.lock,
    locked: spec.locked,
    nThreads: spec.nThreads,
    increment: spec.increment,
    nTimes: spec.nTimes,
    vcpus: spec.vcpus,
    shape: spec.shape,
    parameters: spec.moduleParams,
    expected: spec.expected,
    ...(outcome.final === undefined ? {} : { final: outcome.final }),
    ...(outcome.lostUpdates === undefined ? {} : { lostUpdates: outcome.lostUpdates }),
    reached: run.reached,
    elapsedMs: run.elapsedMs,
    droppedBytes,
  };
}

function summary(shown: readonly Shown[]): string {
  const kinds = new Map<string, number>();
  for (const { drafts } of shown) for (const { kind } of drafts) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const found = [...kinds].map(([kind, count]) => (count === 1 ? kind : `${kind} ×${count}`)).join(', ');
  return `${shown.length} runs: ${found === '' ? 'nothing found' : found}`;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  const { setTimeout } = await import('node:timers/promises');
  await setTimeout(ms, undefined, { signal });
}
