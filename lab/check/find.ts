/** From the evidence of all runs to findings: each fault once, with the runs that showed it. */
import type { KernelEvent } from '../console.ts';
import type { CheckFinding, CheckPlace } from './document.ts';
import type { Draft, ModuleCode, RunEvidence } from './evidence.ts';
import { type CheckKind, remarkKinds, words } from './kinds.ts';
import { lockdepDraft, sleepDraft, spinlockDraft } from './locks.ts';
import {
  listDraft,
  oopsDraft,
  panicDraft,
  refcountDraft,
  sanitizerDraft,
  slubDraft,
  warningDraft,
} from './memory.ts';
import { placeKey } from './places.ts';
import { notSharedDrafts, raceDraft } from './races.ts';
import { stuckDrafts } from './stuck.ts';
import { foldDraft, isSuspicious, type Judged, overlapDrafts, totalDrafts } from './totals.ts';

export interface Findings {
  readonly findings: CheckFinding[];
  readonly remarks: CheckFinding[];
}

/** After one of these the machine's memory or locks are no longer what the module made of them. */
const fatal = new Set<KernelEvent['kind']>(['oops', 'trap', 'bug', 'panic', 'stack', 'outlives-module']);

/** What one run shows. Later reports of a run whose kernel already broke are its consequences and left out. */
export function runDrafts(judged: Judged, code: ModuleCode): Draft[] {
  const { run } = judged;
  const drafts: Draft[] = [];
  let broken = false;
  for (const event of run.events) {
    const found: Draft[] = broken ? [] : eventDrafts(event, run, code);
    drafts.push(...found);
    broken ||= found.length > 0 && fatal.has(event.kind);
  }
  drafts.push(...notSharedDrafts(run, code));
  const hasCause = drafts.some(({ kind, severity }) => explainsHang.has(kind) && severity === undefined);
  if (!hasCause && !broken) drafts.push(...stuckDrafts(run, code));
  // An insmod or rmmod that an oops ended says no more than that.
  if (!broken) drafts.push(...outlivedDrafts(run), ...loadDrafts(run, code));
  drafts.push(...totalDrafts(judged, code), ...foldDraft(judged, code));
  return drafts;
}

/** What lockdep says before a run hangs is why it hangs. */
const explainsHang = new Set<CheckKind>(['deadlock', 'lock-order', 'lock-not-released', 'sleep-in-atomic']);

function eventDrafts(event: KernelEvent, run: RunEvidence, code: ModuleCode): Draft[] {
  switch (event.kind) {
    case 'kcsan':
      return raceDraft(event, run, code);
    case 'slub':
      return slubDraft(event, code);
    case 'kasan':
    case 'kfence':
      return sanitizerDraft(event, code);
    case 'list-corruption':
      return listDraft(event, code);
    case 'refcount':
      return refcountDraft(event, code);
    case 'lockdep':
      return lockdepDraft(event, code);
    case 'spinlock':
      return spinlockDraft(event, code);
    case 'atomic-sleep':
      return sleepDraft(event, code);
    case 'oops':
    case 'trap':
    case 'bug':
    case 'stack':
    case 'outlives-module':
      return oopsDraft(event, code);
    case 'panic':
      return panicDraft(event, code);
    case 'warning':
      return warningDraft(event, code);
    default:
      return [];
  }
}

function outlivedDrafts({ outlived }: RunEvidence): Draft[] {
  const [first] = outlived;
  if (first === undefined) return [];
  const who =
    outlived.length === 1 ? `The thread ${first.name} (${first.pid}) was` : `${outlived.length} threads were`;
  const what = `${who} still there when the module had been unloaded, and will go on in code that is gone.`;
  const raw = outlived.map(({ pid, name, state }) => `${pid} (${name}) ${state}`).join('\n');
  return [
    {
      kind: 'thread-left-running',
      places: [],
      what,
      tasks: outlived.map(({ name, pid }) => ({ name, pid })),
      raw,
    },
  ];
}

function loadDrafts(run: RunEvidence, code: ModuleCode): Draft[] {
  const { reached, said, phase } = run;
  if (reached !== 'load-failed') return [];
  const failed = run.events.filter(({ kind }) => loadKinds.has(kind));
  const lines = [...failed.map(({ headline }) => headline), said.trim()].filter((line) => line !== '');
  if (phase === 'unloading') {
    const what = `The module was loaded and cannot be unloaded again: ${said.trim().slice(0, 200)}`;
    return [{ kind: 'unload-hang', places: [], what, raw: lines.join('\n') }];
  }
  const own = run.text.split('\n').filter((line) => line.includes(`${code.name}: `));
  const what = `insmod was refused: ${(failed[0]?.headline ?? said.trim()).slice(0, 200)}.`.replace(
    '..',
    '.',
  );
  return [{ kind: 'load-failed', places: [], what, raw: [...own.slice(-10), ...lines].join('\n') }];
}

const loadKinds = new Set<KernelEvent['kind']>([
  'vermagic',
  'symbol-version',
  'unknown-symbol',
  'license',
  'parameter',
  'load',
]);

interface Group {
  readonly kind: CheckKind;
  readonly locked: boolean;
  readonly drafts: { draft: Draft; run: number }[];
  readonly places: CheckPlace[];
  readonly addresses: Set<string>;
}

/**
 * One finding for each fault. Races at one variable, told by its address in one run or by a line in common, are one
 * race however many pairs of lines meet in it. What the unlocked runs show stays apart from what the others do.
 */
export function gather(
  shown: readonly { readonly judged: Judged; readonly drafts: readonly Draft[] }[],
  extra: readonly { readonly run: RunEvidence; readonly draft: Draft }[] = [],
): Findings {
  const groups: Group[] = [];
  const all = [
    ...shown.flatMap(({ judged, drafts }) => drafts.map((draft) => ({ run: judged.run, draft }))),
    ...extra,
    ...overlaps(shown.map(({ judged }) => judged)),
  ];
  for (const { run, draft } of all) {
    const { number, locked } = run.spec;
    const address = draft.address === undefined ? undefined : `${number} ${draft.address}`;
    const group = groups.find(
      (one) => one.kind === draft.kind && one.locked === locked && belongs(one, draft, address),
    );
    const target = group ?? {
      kind: draft.kind,
      locked,
      drafts: [],
      places: [],
      addresses: new Set<string>(),
    };
    if (group === undefined) groups.push(target);
    target.drafts.push({ draft, run: number });
    if (address !== undefined) target.addresses.add(address);
    for (const place of draft.places)
      if (!target.places.some((known) => placeKey(known) === placeKey(place))) target.places.push(place);
  }
  const findings = withLines(groups).map((group) => finding(group));
  const isRemark = ({ kind }: CheckFinding) => remarkKinds.some((name) => name === kind);
  const rank = { error: 0, warning: 1, note: 2 };
  findings.sort((a, b) => rank[a.severity] - rank[b.severity]);
  return { findings: findings.filter((one) => !isRemark(one)), remarks: findings.filter(isRemark) };
}

const maxPlaces = 8;

/**
 * Faults that have several places, of which one report may name some and another report others: two lines that race,
 * locks in two orders, memory that was allocated, freed and used.
 */
const byAnyPlace = new Set<CheckKind>([
  'data-race',
  'deadlock',
  'lock-order',
  'use-after-free',
  'double-free',
  'out-of-bounds',
]);

function belongs(group: Group, draft: Draft, address: string | undefined): boolean {
  if (address !== undefined && group.addresses.has(address)) return true;
  // Of a total nobody knows the line; each kernel's code only suggests where threads write.
  if (draft.kind === 'lost-updates') return true;
  if (draft.places.length === 0) return group.places.length === 0;
  if (byAnyPlace.has(draft.kind))
    return draft.places.some((place) => group.places.some((known) => placeKey(known) === placeKey(place)));
  const [first] = draft.places;
  const [known] = group.places;
  return first !== undefined && known !== undefined && placeKey(first) === placeKey(known);
}

/** Updates are lost where the race is, if there is one under the same lock. */
function withLines(groups: readonly Group[]): Group[] {
  return groups.map((group) => {
    if (group.kind !== 'lost-updates' && group.kind !== 'loop-folded') return group;
    const race = groups.find(({ kind, locked }) => kind === 'data-race' && locked === group.locked);
    return race === undefined ? group : { ...group, places: race.places };
  });
}

function finding({ kind, locked, drafts, places: found }: Group): CheckFinding {
  // KASAN sees the access itself; SLUB finds later that there has been one.
  const [{ draft: first } = { draft: undefined }] = [
    ...drafts.filter(({ draft }) => draft.places[0]?.role === 'used'),
    ...drafts,
  ];
  const places = [...found].sort((a, b) => Number(b.role === 'used') - Number(a.role === 'used'));
  const runs = [...new Set(drafts.map(({ run }) => run))].sort((a, b) => a - b);
  // The race of the unlocked run is what the exercise wants to see.
  const expected = !locked && (kind === 'data-race' || kind === 'lost-updates');
  const tasks = new Map((first?.tasks ?? []).map((task) => [task.pid, task]));
  return {
    kind,
    severity: expected ? 'note' : (first?.severity ?? 'error'),
    places: places.slice(0, maxPlaces),
    what: first?.what ?? '',
    look: expected
      ? 'This is what the lock is for: see that the locked runs do not show it.'
      : (first?.look ?? words[kind].look),
    ...(first?.values === undefined ? {} : { values: first.values }),
    tasks: [...tasks.values()],
    cpus: [...new Set(first?.cpus ?? [])],
    count: drafts.reduce((sum, { draft }) => sum + (draft.count ?? 1), 0),
    runs,
    raw: first?.raw ?? '',
  };
}

/** One remark for all runs that show that the threads came one after another, where that is why nothing was lost. */
function overlaps(judged: readonly Judged[]): { run: RunEvidence; draft: Draft }[] {
  const free = judged.filter(({ run: { spec } }) => !spec.locked || spec.asItIs);
  const [first] = free;
  if (first === undefined || !isSuspicious(free)) return [];
  return overlapDrafts(free).map((draft) => ({ run: first.run, draft }));
}
