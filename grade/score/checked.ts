/** What the checked kernel found in a module, and whether it could look at all. */
import type { CheckDocument, CheckFinding } from '../../lab/check/document.ts';
import { type FaultKind, words } from '../../lab/check/kinds.ts';
import type { GradeDetail } from '../document.ts';
import type { ModuleEvidence } from '../engine/evidence.ts';
import type { Role, Status } from '../names.ts';
import type { Remark } from '../rubric/rubric.ts';
import { notBuilt } from './build.ts';
import {
  detail,
  fail,
  failed,
  inconclusive,
  type Judgement,
  open,
  pass,
  type Question,
  review,
} from './judgement.ts';
import { isBuilt, playing } from './runs.ts';
import { at, counted, head, listed, placesOf, sentence, shown } from './words.ts';

export function checkOf({ evidence }: Question, module: string): CheckDocument | undefined {
  return Object.hasOwn(evidence.checks, module) ? evidence.checks[module] : undefined;
}

export function checkedFindings(
  question: Question,
  module: string,
  kinds: readonly FaultKind[],
): readonly CheckFinding[] {
  return (checkOf(question, module)?.findings ?? []).filter(({ kind }) => kinds.some((one) => one === kind));
}

interface Looked {
  /** Faults that cost the criterion. */
  readonly kinds: readonly FaultKind[];
  /** Of these, the ones that count without a lock too. */
  readonly always?: readonly FaultKind[];
  /** Calls that ask the checker to look away. */
  readonly optOut: RegExp;
  readonly nothing: string;
}

/** Told by a clock: the checked kernel is slow, and so may be the computer that it runs on. */
const byClock: readonly FaultKind[] = ['soft-lockup', 'rcu-stall', 'hung-task', 'unload-hang'];

/** Whether a finding shows a fault, rather than that something took long: its line is known, or no run ever ended. */
function isFirm(question: Question, { kind, places }: CheckFinding): boolean {
  if (placesOf(places).length > 0 || !byClock.some((one) => one === kind)) return true;
  const whole = question.evidence.runs.filter(({ shape }) => shape === 'whole');
  return whole.length > 0 && whole.every(({ reached }) => reached !== 'unloaded');
}

/**
 * Faults of the modules that have a lock: without one, much goes wrong that the exercise wants to see. Where no module
 * has a lock, all are looked at.
 */
export function checked(question: Question, looked: Looked): Judgement {
  const locked = playing(question, 'locked').filter(isBuilt);
  const built = question.evidence.modules.filter(isBuilt);
  const modules = locked.length > 0 ? locked : built;
  const unchecked = built.filter(({ name }) => checkOf(question, name) === undefined);
  const needed = unchecked.find((one) => modules.includes(one));
  if (needed?.roles.length === 0) {
    const what = `${shown(needed.name, 60)}.ko was not checked, because it cannot be told whether it has a lock: ${sentence(needed.why)}`;
    return open(question, 'role-unclear', what);
  }
  const { unchecked: refusals = {} } = question.evidence;
  const refused = needed && Object.hasOwn(refusals, needed.name) ? refusals[needed.name] : undefined;
  if (needed !== undefined && refused !== undefined) return stockOnly(question, needed, refused);
  if (needed !== undefined || built.length === 0) {
    return failed(
      `${needed === undefined ? 'Nothing' : `${shown(needed.name, 60)}.ko`} was not run on the checked kernel.`,
    );
  }
  const found = built.flatMap((one) => faultsOf(question, one, looked, modules.includes(one)));
  const faults = found.filter((one) => isFirm(question, one));
  const details = faults.map((one) => findingDetail(question, one));
  const [first] = faults;
  const outs = optOuts(built, looked.optOut);
  if (outs !== undefined) {
    const also =
      first === undefined ? looked.nothing : `Even so it found: ${words[first.kind].title.toLowerCase()}.`;
    return open(question, 'opt-out', `${outs.what} ${also}`, {
      hint: 'A checker that is told to look away proves nothing: take that out.',
      details: [detail(question, 'review', outs.what, { places: outs.places }), ...details],
    });
  }
  if (first !== undefined) {
    const more = faults.length === 1 ? '' : ` (${counted(faults.length - 1, 'more fault')} below)`;
    const place = placesOf(first.places)[0];
    const what = `${words[first.kind].title}${at(place)}: ${sentence(first.what)}${more}`;
    return fail(what, { hint: sentence(first.look), details });
  }
  const [weak] = found;
  if (weak !== undefined) {
    const what = `On the checked kernel something took too long, which is slow by itself: ${sentence(weak.what)} That shows nothing.`;
    return inconclusive(question, what, {
      details: found.map((one) => findingDetail(question, one, 'inconclusive')),
    });
  }
  const blind = modules.map((one) => blindness(question, one)).find((one) => one !== undefined);
  if (blind !== undefined) return blind;
  const runs = modules.reduce((sum, { name }) => sum + (checkOf(question, name)?.runs.length ?? 0), 0);
  return pass(`${looked.nothing} It was looked for in ${counted(runs, 'run')} on the checked kernel.`);
}

/** For a person, whatever the rubric says: who writes a module that only one kernel compiles is not looked at. */
function stockOnly(question: Question, { name }: ModuleEvidence, build: ModuleEvidence['build']): Judgement {
  const said = notBuilt(`${shown(name, 60)}.ko`, build);
  const what = `It compiles for the kernel that it was run on, but not for the checked one, so no fault could be looked for: ${said}`;
  const places = build.diagnostics.slice(0, 20).map(({ file, line }) => ({ file, line }));
  return review(what, {
    hint: '`lab3 check` shows the same lines. Leave nothing in the source that depends on how the kernel is configured.',
    details: [detail(question, 'review', said, { places, raw: head(build.log) })],
  });
}

function faultsOf(
  question: Question,
  { name, roles }: ModuleEvidence,
  { kinds, always = [] }: Looked,
  inFull: boolean,
): readonly CheckFinding[] {
  const document = checkOf(question, name);
  const free = new Set(document?.runs.filter(({ locked }) => !locked).map(({ number }) => number));
  const hasLock = roles.includes('locked');
  return checkedFindings(question, name, kinds).filter(({ kind, severity, runs }) => {
    if (severity !== 'error') return false;
    if (always.some((one) => one === kind)) return true;
    return inFull && !(hasLock && runs.length > 0 && runs.every((number) => free.has(number)));
  });
}

export function findingDetail(
  question: Question,
  { kind, what, places, raw, count, runs }: CheckFinding,
  status: Status = 'fail',
): GradeDetail {
  const often = count > 1 ? ` Seen ${counted(count, 'time')} in ${counted(runs.length, 'run')}.` : '';
  const rest = { places: placesOf(places), raw: head(raw) };
  return detail(question, status, `${words[kind].title}: ${sentence(what)}${often}`, rest);
}

/** Why nothing can be said of a module: no run of it came to its end. */
function blindness(question: Question, { name, roles }: ModuleEvidence): Judgement | undefined {
  const document = checkOf(question, name);
  const role: Role = roles.includes('locked') ? 'locked' : 'unlocked';
  const runs = document?.runs.filter(({ locked }) => locked || role === 'unlocked') ?? [];
  if (document === undefined) return undefined;
  if (runs.length === 0) {
    return inconclusive(
      question,

      `${shown(name, 60)}.ko was not run ${role === 'locked' ? 'under its lock ' : ''}on the checked kernel.`,
    );
  }
  if (runs.some(({ reached }) => reached === 'unloaded')) return undefined;
  const fault = document.findings.find((one) => one.severity === 'error' && isFirm(question, one));
  const said =
    runs.length === 1
      ? `The run of ${shown(name, 60)}.ko on the checked kernel did not come to its end`
      : `None of ${runs.length} runs of ${shown(name, 60)}.ko on the checked kernel came to its end`;
  if (fault === undefined && runs.every(({ reached }) => reached !== 'load-failed')) {
    return inconclusive(question, `${said} in its time, so nothing was shown.`);
  }
  if (fault === undefined) return fail(`${said}, so nothing can be said for it.`);
  const place = placesOf(fault.places)[0];
  return fail(
    `${said}, so nothing can be said for it. ${words[fault.kind].title}${at(place)}: ${sentence(fault.what)}`,
    {
      hint: sentence(fault.look),
      details: [findingDetail(question, fault)],
    },
  );
}

function optOuts(modules: readonly ModuleEvidence[], pattern: RegExp) {
  const found = modules.flatMap(({ optOuts: all }) => all).filter(({ what }) => pattern.test(what));
  const [first] = found;
  if (first === undefined) return undefined;
  const names = [...new Set(found.map(({ what }) => what))];
  return {
    what: `It asks the checker to look away with ${listed(names)}${at(first)}.`,
    places: found.slice(0, 20).map(({ file, line }) => ({ file, line })),
  };
}

/** A remark of the checked kernel on a module that has a lock. */
export function remarked(question: Question, remark: Remark): CheckFinding | undefined {
  return playing(question, 'locked')
    .flatMap(({ name }) => checkOf(question, name)?.remarks ?? [])
    .find(({ kind }) => kind === remark);
}
