/** A module on the checked kernel: all runs of the plan, and what they come to. */
import type { CheckDocument, CheckRun } from '../../lab/check/document.ts';
import { checkSchemaName } from '../../lab/check/document.ts';
import type { CheckSpec, Draft, ModuleCode, RunEvidence } from '../../lab/check/evidence.ts';
import { gather, runDrafts } from '../../lab/check/find.ts';
import { leakDrafts } from '../../lab/check/leaks.ts';
import { type CheckGroup, type CheckPlan, fitted } from '../../lab/check/plan.ts';
import { kernelName } from '../../lab/check/stacks.ts';
import { isSuspicious, type Judged } from '../../lab/check/totals.ts';
import { unexplainedDrafts } from '../../lab/check/unexplained.ts';
import { LabError } from '../../lab/errors.ts';
import { type Step, step } from '../../lab/events.ts';
import type { CheckedKind } from '../../lab/names.ts';
import { type Patterns, readOutcome } from '../../lab/outcome.ts';
import type { GuestInfo } from '../../lab/result.ts';
import type { ModuleSource } from '../builder/builder.ts';
import type { Context } from '../context.ts';
import type { Guest } from '../guest/guest.ts';
import { attempt, type CheckLimits } from './attempt.ts';
import { type ReadCode, readModuleCode } from './code.ts';
import { type CheckKernel, Machine } from './machine.ts';
import { leakScript } from './scripts.ts';

export interface CheckRequest {
  readonly plan: CheckPlan;
  /** A run of very many steps for a group whose totals are right for no reason, where the module can make one. */
  readonly foldSpec?: (group: CheckGroup, number: number) => CheckSpec | undefined;
  readonly source: ModuleSource;
  /** Those that the plan has groups for. */
  readonly kernels: Readonly<Partial<Record<CheckedKind, CheckKernel>>> & { readonly checked: CheckKernel };
  readonly patterns?: Patterns;
  readonly limits?: CheckLimits;
  /** Whether threads of the module are known to stay, at rest, until it is unloaded. */
  readonly stays?: boolean;
  /** Machines of one group that may hang or die before the rest of it is left out; 2 where nothing is said. */
  readonly mostLost?: number;
  /** Name and version of this tool, as the document says it. */
  readonly tool: string;
}

/** What two machines that hung or died showed, a third would show again. */
const usualMostLost = 2;

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
  const { plan, source, kernels } = request;
  const { module } = kernels.checked;
  const check = new Check(context, request);
  const { debugInfo } = check.codeFor('checked');
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
  private readonly tails: Promise<void>[] = [];
  private readonly machines = new Set<Guest>();
  private readonly codes = new Map<CheckedKind, ModuleCode & Pick<ReadCode, 'debugInfo'>>();

  constructor(context: Context, request: CheckRequest) {
    this.context = context;
    this.request = request;
  }

  /** Instrumentation is part of the code, so each kernel's module has lines of its own. */
  codeFor(kernel: CheckedKind): ModuleCode & Pick<ReadCode, 'debugInfo'> {
    const known = this.codes.get(kernel);
    if (known !== undefined) return known;
    const { code, debugInfo } = readModuleCode(this.request.source, this.on(kernel).module);
    const named = { ...code, name: kernelName(code.name), debugInfo };
    this.codes.set(kernel, named);
    return named;
  }

  private on(kernel: CheckedKind): CheckKernel {
    const on = this.request.kernels[kernel];
    if (on === undefined) throw new TypeError(`a plan with runs on a kernel that is not there: ${kernel}`);
    return on;
  }

  private newMachine(kernel: CheckedKind): Machine {
    return new Machine(this.context, this.on(kernel), this.machines);
  }

  async run(): Promise<void> {
    try {
      const { groups } = this.request.plan;
      let free: Machine | undefined;
      for (const [at, group] of groups.entries()) {
        const { machine, leaks } = await this.runGroup(group, free ?? this.newMachine(group.kernel));
        free = undefined;
        const next = groups[at + 1];
        if (next?.joins && next.kernel === group.kernel) {
          await leaks;
          free = machine;
          continue;
        }
        const tail = leaks.finally(() => machine.end());
        tail.catch(() => undefined);
        this.tails.push(tail);
      }
      await Promise.all(this.tails);
    } finally {
      // Where all went well the tails are over; after a failure nobody wants their answers.
      await Promise.all([...this.machines].map((guest) => guest.kill()));
      await Promise.allSettled(this.tails);
    }
  }

  private async runGroup(
    group: CheckGroup,
    machine: Machine,
  ): Promise<{ machine: Machine; leaks: Promise<void> }> {
    const runs = group.locked ? `Runs with lock ${group.lock}` : 'Runs without a lock';
    const { mostLost = usualMostLost } = this.request;
    const title = group.kernel === 'checked' ? runs : `${runs}, ${group.kernel} kernel`;
    return step(this.context.emit, title, async (shown) => {
      const before = this.shown.length;
      let lost = 0;
      let enough: string | undefined;
      let stepMs: number | undefined;
      for (const [at, planned] of group.specs.entries()) {
        const spec = fitted(group, planned, stepMs, lost > 0);
        shown.progress(at, 'runs', group.specs.length);
        if (enough !== undefined) {
          const left = group.specs.length - at;
          this.notes.push(
            `${left} of ${group.specs.length} ${title.toLowerCase()} were left out: ${enough}.`,
          );
          break;
        }
        const { judged, drafts } = await this.runOnce(machine, spec, shown, at === group.specs.length - 1);
        const { run } = judged;
        if (run.reached === 'unloaded' && spec.shape === 'whole')
          stepMs = run.elapsedMs / (spec.nThreads * spec.nTimes);
        if (run.reached !== 'stuck' && run.reached !== 'machine-lost') continue;
        lost += 1;
        // A hang takes a quarter of a minute, and where it is known why, the next one says nothing new.
        if (drafts.some(explains)) enough = 'a run had hung or died, and why is known';
        else if (lost === mostLost)
          enough = `the machine had hung or died${mostLost === 1 ? '' : ` ${mostLost} times`}`;
      }
      await this.probe(
        group,
        shown,
        this.shown.slice(before).map(({ judged }) => judged),
      );
      const mine = this.shown.slice(before);
      shown.summary(summary(mine));
      // Only the one kernel looks for leaks. The wait for their age passes while the next group runs.
      const looks = group.kernel === 'checked' && group.leaks !== false;
      return { machine, leaks: looks ? this.leaks(machine, mine) : Promise.resolve() };
    });
  }

  /** @param last of the runs on its machine: after it comes what need not be done after each */
  private async runOnce(machine: Machine, spec: CheckSpec, shown: Step, last = false): Promise<Shown> {
    for (let tries = 1; ; tries += 1) {
      const guest = await machine.get(spec.vcpus);
      this.guest ??= guest.info;
      const { unsent: ko } = machine;
      machine.unsent = undefined;
      const tried = await attempt(this.context, guest, this.request.source.name, spec, machine.addresses, {
        ko,
        validate: last,
        ...(this.request.stays ? { stays: true } : {}),
        limits: this.request.limits,
      });
      const { evidence } = tried;
      const outcome = readOutcome(evidence.text, spec, this.request.patterns, evidence.taints);
      const judged = { run: evidence, outcome };
      const drafts = runDrafts(judged, this.codeFor(spec.kernel));
      machine.loads.push({ firstPid: tried.firstPid, evidence });
      if (tried.spoilt) await machine.end();
      // A machine that vanished without a word from its kernel may be this computer's doing: once more.
      const { mostLost = usualMostLost } = this.request;
      if (evidence.reached === 'machine-lost' && drafts.length === 0 && tries < mostLost) {
        shown.note('the machine was lost without a word from its kernel; trying once more');
        continue;
      }
      const one = {
        judged,
        drafts: drafts.length === 0 ? unexplainedDrafts(evidence) : drafts,
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
    const machine = this.newMachine(group.kernel);
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
    const listing = await this.scan(guest);
    if (listing === undefined) return;
    for (const draft of leakDrafts(machine.addresses.nameAll(listing), this.codeFor('checked'))) {
      const pid = draft.tasks?.[0]?.pid ?? 0;
      const run = loads.findLast(({ firstPid }) => firstPid <= pid) ?? last;
      this.extra.push({ run: run.evidence, draft });
    }
  }

  private async scan(guest: Guest): Promise<string | undefined> {
    try {
      const { status, output } = await guest.run(leakScript, { deadlineMs: 90_000 });
      if (status === 0) return output;
      this.notes.push('Leaks were not looked for: this kernel has no kmemleak, or it turned itself off.');
    } catch (error) {
      if (this.context.signal.aborted || !(error instanceof LabError)) throw error;
      this.notes.push(`Leaks were not looked for: ${error.message}`);
    }
    return undefined;
  }
}

/** A fault at a line of the module's own. */
const explains = ({ severity, places, kind }: Draft) =>
  severity === undefined && places.length > 0 && kind !== 'data-race' && kind !== 'lost-updates';

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
    kernel: spec.kernel,
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
    ...(spec.shape === 'early' && run.phase.startsWith('unload')
      ? { threadsAtUnload: run.looks.at(-1)?.length ?? 0 }
      : {}),
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
