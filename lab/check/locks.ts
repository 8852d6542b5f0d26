/** Reports about the kernel's own locks, and about what may not be done while one that spins is held. */
import type { KernelEvent } from '../console.ts';
import type { CheckPlace } from './document.ts';
import type { Draft, ModuleCode } from './evidence.ts';
import type { FaultKind } from './kinds.ts';
import { at, modulePlaces, placeText } from './places.ts';

const common = ({ task, cpu, raw }: KernelEvent) => ({
  tasks: task === undefined ? [] : [task],
  cpus: cpu === undefined ? [] : [cpu],
  raw,
});

/** Name of a lock as lockdep writes it, from a line such as `ffff… (&run->a){+.+.}-{3:3}, at: …`. */
const lockName = /^(?: #\d+: )?[0-9a-f]{8,16} \((.{1,120})\)\{/;

function lockRole(title: string): string | undefined {
  if (lockName.test(title)) return / #\d+: /.test(title) ? 'holds' : 'lock';
  if (/^-> #\d+ /.test(title)) return 'takes';
  if (/^(?:Call [Tt]race|stack backtrace|CPU: |RIP)/.test(title)) return 'takes';
  if (/ is trying to release lock/.test(title)) return 'releases';
  return undefined;
}

export function lockdepDraft(event: KernelEvent, code: ModuleCode): Draft[] {
  const bug = event.values.bug ?? '';
  const found = modulePlaces(event.raw, code, lockRole);
  const places = taking(event.raw, found);
  const [place, other] = places;
  if (place === undefined) return [];
  const [one, two] = lockNames(event.raw);
  const draft = (kind: FaultKind, what: string): Draft[] => [{ kind, ...common(event), places, what }];
  if (/recursive locking/.test(bug))
    return draft(
      'deadlock',
      `A thread takes the lock ${one ?? ''}${at(place)} while it holds ${one === two || two === undefined ? 'that very lock' : `${two}, of the same kind`} already, since ${placeText(other ?? place)}: it waits for itself.`,
    );
  if (/circular locking/.test(bug))
    return draft(
      'lock-order',
      `One thread takes ${one ?? 'a lock'} while it holds ${two ?? 'another'}${at(place)}, and elsewhere they are taken the other way round: two threads can wait for each other for ever.`,
    );
  if (/unlock balance/.test(bug))
    return draft('lock-order', `A lock was released${at(place)} that the thread did not hold.`);
  if (/held lock freed/.test(bug))
    return draft('use-after-free', `Memory with a lock in it was freed${at(place)} while the lock was held.`);
  if (/still has locks held|returning to user space/.test(bug))
    return draft(
      'lock-not-released',
      `A thread ended and still held the lock ${one ?? ''} that it took at ${placeText(place)}.`.replace(
        '  ',
        ' ',
      ),
    );
  if (/Invalid wait context/.test(bug)) {
    const ended = endedHolding(event, code);
    if (ended.length > 0) return ended;
    return draft(
      'sleep-in-atomic',
      `The lock ${one ?? ''}, whose waiters sleep, was taken${at(place)} where nothing may sleep.`.replace(
        ' ,',
        ',',
      ),
    );
  }
  return draft(
    /lock inversion|unsafe lock order/.test(bug) ? 'lock-order' : 'deadlock',
    `The lock ${one ?? ''} is taken in ways that can stop the machine${at(place)}: ${bug}.`.replace(
      '  ',
      ' ',
    ),
  );
}

/** Where the lock of the report is taken comes before where the other one is held. */
function taking(raw: string, places: readonly CheckPlace[]): CheckPlace[] {
  const roles = ['lock', 'releases', 'takes', 'holds'];
  const named: Record<string, string> = {
    lock: 'takes',
    releases: 'releases',
    takes: 'takes',
    holds: 'holds',
  };
  const first = /still has locks held/.test(raw) ? ['holds', ...roles] : roles;
  return [...new Set(first)]
    .flatMap((role) => places.filter((place) => place.role === role))
    .map((place) => ({ ...place, role: named[place.role] ?? place.role }))
    .slice(0, 4);
}

function lockNames(raw: string): string[] {
  const names: string[] = [];
  for (const line of raw.split('\n')) {
    const name = lockName.exec(line)?.[1];
    if (name !== undefined && names.length < 2) names.push(name);
  }
  return names;
}

/** DEBUG_SPINLOCK looks at the lock itself. Waiting for ever is judged with the other ways to be stuck. */
export function spinlockDraft(event: KernelEvent, code: ModuleCode): Draft[] {
  const places = modulePlaces(event.raw, code, () => 'takes');
  const [place] = places;
  if (place === undefined) return [];
  const bug = event.values.bug ?? '';
  const draft = (kind: FaultKind, what: string): Draft[] => [{ kind, ...common(event), places, what }];
  if (/recursion/.test(bug))
    return draft('deadlock', `A thread takes a spinlock at ${placeText(place)} that it holds already.`);
  if (/\.magic: 6b6b6b6b/.test(event.raw))
    return draft('use-after-free', `A spinlock was used at ${placeText(place)} whose memory had been freed.`);
  if (/bad magic|uninitialized/.test(bug))
    return draft(
      'oops',
      `A spinlock was used at ${placeText(place)} that was never initialised, or was overwritten.`,
    );
  if (/already unlocked|wrong/.test(bug))
    return draft(
      'lock-order',
      `A spinlock was released at ${placeText(place)} by a thread that did not hold it.`,
    );
  return [];
}

/** A thread that comes to its end with a spinning lock held is stopped by the first thing in it that may sleep. */
function endedHolding(event: KernelEvent, code: ModuleCode): Draft[] {
  if (!isEnd.test(event.raw)) return [];
  const places = modulePlaces(event.raw, code, (title) => (/ #\d+: /.test(title) ? 'takes' : undefined));
  const [place] = places;
  if (place === undefined) return [];
  const lock = lockNames(event.raw).at(-1) ?? '';
  const what = `A thread ended and still held the lock ${lock} that it took at ${placeText(place)}: whoever wants it next waits for ever.`;
  return [{ kind: 'lock-not-released', ...common(event), places, what }];
}

const isEnd = /^ do_exit\+0x/m;

export function sleepDraft(event: KernelEvent, code: ModuleCode): Draft[] {
  const ended = endedHolding(event, code);
  if (ended.length > 0) return ended;
  const sleeping = modulePlaces(event.raw, code, (title) =>
    /^(?:Call [Tt]race|CPU: |RIP)/.test(title) ? 'sleeps' : undefined,
  );
  const holding = modulePlaces(event.raw, code, (title) =>
    /^\[<|^ #\d+: /.test(title) ? 'forbids sleeping' : undefined,
  );
  const places = [...sleeping.slice(0, 1), ...holding.slice(0, 2)];
  const [place] = places;
  if (place === undefined) return [];
  const [since] = holding;
  const what = `At ${placeText(place)} something was called that may sleep, where nothing may${
    since === undefined ? '' : `: a spinning lock was taken, or preemption turned off, at ${placeText(since)}`
  }.`;
  return [{ kind: 'sleep-in-atomic', ...common(event), places, what }];
}
