/** Reports of KCSAN, which watches single accesses: two threads met at one variable without being kept apart. */
import type { KernelEvent } from '../console.ts';
import type { CheckPlace } from './document.ts';
import type { Draft, ModuleCode, RunEvidence } from './evidence.ts';
import { localLock } from './own-locks.ts';
import { moduleFrame, placeOf, placeText, samePlace } from './places.ts';
import { type Frame, isIn, readStacks } from './stacks.ts';

const accessTitle =
  /^(race at unknown origin, with )?(read-write|read|write|assert no accesses|assert no writes)(?: \(([a-z, ]+)\))? to (0x[0-9a-f]+) of (\d+) bytes by (?:task (\d+)|interrupt) on cpu (\d+):/;

/** Functions that touch memory for whoever called them: their access is the caller's. */
const servants =
  /^(?:__)?(?:mem(?:cpy|set|move|cmp|chr)|str\w+|list_(?:add|del)\w*|llist_\w+|rb_\w+|refcount_\w+|v?s[cn]*printf|kfree|__kasan_\w+|slab_free\w*|kmem_cache_free\w*|kvfree|vfree)(?:\.|$)/;
const freeing = /^(?:kfree|kvfree|vfree|slab_free|kmem_cache_free)/;

interface Access {
  readonly does: 'reads' | 'writes' | 'reads and writes' | 'frees';
  readonly place: CheckPlace;
  readonly pid: number | undefined;
  readonly cpu: number;
  readonly bytes: string;
  readonly address: string;
  /** Whether the access itself is the module's code. */
  readonly isModules: boolean;
  readonly held: readonly HeldLock[];
}

interface HeldLock {
  readonly address: string;
  readonly name: string;
  readonly place: CheckPlace | undefined;
}

/** Undefined for a race within the kernel itself: it has some of its own that it knows of and lives with. */
export function raceDraft(event: KernelEvent, run: RunEvidence, code: ModuleCode): Draft[] {
  const accesses = readAccesses(event.raw, code);
  const ours = accesses.filter(({ isModules }) => isModules);
  const [first] = ours;
  if (first === undefined) return [];
  const places: CheckPlace[] = [];
  for (const { place } of [...ours, ...accesses])
    if (!places.some((known) => samePlace(known, place))) places.push(place);
  const free = accesses.find(({ does }) => does === 'frees');
  const { before, after } = event.values;
  const common = {
    places,
    ...(before === undefined || after === undefined ? {} : { values: { before, after } }),
    tasks: accesses.flatMap(({ pid }) => (pid === undefined ? [] : [{ pid, ...nameOf(pid, run) }])),
    cpus: accesses.map(({ cpu }) => cpu),
    raw: event.raw,
    address: first.address,
  };
  if (free !== undefined) {
    const user = accesses.find((one) => one !== free);
    const what =
      user === undefined
        ? `Memory was freed at ${placeText(free.place)} while something else was still using it.`
        : `Memory was freed at ${placeText(free.place)} in the very moment in which another thread ${user.does} it at ${placeText(user.place)}.`;
    return [{ kind: 'use-after-free', ...common, what }];
  }
  return [
    { kind: 'data-race', ...common, what: sentence(accesses, run) },
    ...localLockOf(accesses, run, code),
  ];
}

function sentence(accesses: readonly Access[], { spec }: RunEvidence): string {
  const [one, other] = accesses;
  if (one === undefined) return '';
  const lock = spec.locked ? ` although the lock ${spec.lock} was chosen` : ', without a lock';
  const by = ({ pid, cpu }: Access) =>
    `${pid === undefined ? 'an interrupt' : `thread ${pid}`} on CPU ${cpu}`;
  const does = (access: Access) => `${access.does} them at ${placeText(access.place)}`;
  if (other === undefined)
    return `${capital(by(one))} ${one.does} ${one.bytes} bytes at ${placeText(one.place)}, and their value changed meanwhile by another’s hand${lock}.`;
  return `Two threads used the same ${one.bytes} bytes at the same time${lock}: ${by(one)} ${does(one)} while ${by(other)} ${does(other)}.`;
}

function localLockOf(accesses: readonly Access[], { spec }: RunEvidence, code: ModuleCode): Draft[] {
  const [one, other] = accesses;
  if (!spec.locked || one === undefined || other === undefined) return [];
  const own = localLock(one.place, code) ?? localLock(other.place, code);
  return own === undefined ? [] : [own];
}

/** Each is held against each other one, and a module can print as many as it likes. */
const mostReports = 200;

/**
 * Two threads that raced at one variable each held a lock of one name, and they are two locks: each keeps out nobody but its own
 * thread. Often a report has the locks of one side alone, so those of a run are taken together.
 */
export function notSharedDrafts({ events, spec, looks }: RunEvidence, code: ModuleCode): Draft[] {
  if (!spec.locked) return [];
  const holders = events
    .filter(({ kind }) => kind === 'kcsan')
    .slice(0, mostReports)
    .flatMap(({ raw }) =>
      readAccesses(raw, code)
        .filter(({ isModules, held, pid }) => isModules && held.length > 0 && pid !== undefined)
        .map((access) => ({ access, raw })),
    );
  for (const [at, { access: one, raw }] of holders.entries()) {
    for (const { access: other } of holders.slice(at + 1)) {
      if (other.address !== one.address || other.pid === one.pid) continue;
      const mine = one.held.find(({ name, address }) => {
        const same = other.held.filter((lock) => lock.name === name);
        return same.length > 0 && same.every((lock) => lock.address !== address);
      });
      if (mine === undefined) continue;
      const pids = [one.pid, other.pid].filter((pid) => pid !== undefined);
      return [
        {
          kind: 'lock-not-shared',
          severity: 'warning',
          places: mine.place === undefined ? [] : [mine.place],
          what: `While they met at the same variable both threads held a lock called ${mine.name}, but not the same one: two locks of that name, one for each.`,
          tasks: pids.map((pid) => ({ pid, ...nameOf(pid, { looks }) })),
          cpus: [one.cpu, other.cpu],
          raw,
        },
      ];
    }
  }
  return [];
}

/** The accesses of one report: two, or one whose counterpart nobody saw. */
export function readAccesses(raw: string, code: ModuleCode): Access[] {
  const accesses: (Access & { held: HeldLock[] })[] = [];
  for (const { title, frames } of readStacks(raw)) {
    const found = accessTitle.exec(title);
    if (found !== null) {
      const access = readAccess(found, frames, code);
      if (access !== undefined && accesses.length < 2) accesses.push(access);
      continue;
    }
    const lock = /^ #\d+: ([0-9a-f]{8,16}) \((.{1,200})\)\{.*\}-\{\d+:\d+\}, at: /.exec(title);
    const [frame] = frames;
    if (lock === null || frame === undefined) continue;
    const place = isIn(frame, code.name) ? placeOf(frame, 'takes the lock', code) : undefined;
    accesses.at(-1)?.held.push({ address: lock[1] ?? '', name: lock[2] ?? '', place });
  }
  return accesses;
}

function readAccess(
  found: RegExpExecArray,
  frames: readonly Frame[],
  code: ModuleCode,
): (Access & { held: HeldLock[] }) | undefined {
  const [, , type = '', , address = '', bytes = '', pid, cpu = '0'] = found;
  const nearest = moduleFrame({ frames }, code);
  const frame = nearest ?? frames[0];
  if (frame === undefined) return undefined;
  const own = nearest === undefined ? -1 : frames.indexOf(nearest);
  const above = frames.slice(0, Math.max(own, 0)).filter((one) => !isIn(one, code.name));
  const isModules = own >= 0 && above.every(({ function: name }) => servants.test(name));
  const frees = type.startsWith('assert') && frames.some(({ function: name }) => freeing.test(name));
  const does = frees
    ? 'frees'
    : type === 'read'
      ? 'reads'
      : type === 'read-write'
        ? 'reads and writes'
        : 'writes';
  return {
    does,
    place: placeOf(frame, does, code),
    pid: pid === undefined ? undefined : Number(pid),
    cpu: Number(cpu),
    bytes,
    address,
    isModules,
    held: [],
  };
}

function nameOf(pid: number, { looks }: Pick<RunEvidence, 'looks'>): { name?: string } {
  for (const look of looks) {
    const task = look.find((one) => one.pid === pid);
    if (task !== undefined) return { name: task.name };
  }
  return {};
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
