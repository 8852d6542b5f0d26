/** A run that did not come to its end: who waits for what, told by where each task stands. */
import type { KernelEvent } from '../console.ts';
import type { CheckPlace } from './document.ts';
import type { Draft, ModuleCode, RunEvidence, StuckTask } from './evidence.ts';
import type { FaultKind } from './kinds.ts';
import { placeKey, placeOf, placeText } from './places.ts';
import { type Frame, isIn, readStacks } from './stacks.ts';

/** Functions of the kernel in which a task waits for a lock of the kernel's. */
const kernelLocks =
  /^(?:_?raw_(?:spin|read|write)_lock\w*|do_raw_\w+|native_queued_spin_lock_slowpath|queued_\w+_slowpath|__?mutex_\w+|mutex_lock\w*|__down\w*|down\w*|rwsem_\w+|rt_mutex_\w+|__rt_mutex\w*)(?:\.|$)/;
/** What a lock that somebody built is called, and what it is made of: to wait for a flag is to wait for any event. */
const ownLockName = /(?:^|_)(?:my_?)?(?:spin_?)?(?:try_?)?(?:lock|acquire|enter|take)(?:_|$|\d)|lock$/i;
const unlockName = /unlock|release|leave|give/i;
const ownLockText = /cmpxchg|xchg\s*\(|test_and_set/i;

interface Waiter {
  readonly task: StuckTask;
  /** Where the student's code asks for the lock. */
  readonly site: CheckPlace;
  /** The lock function's own place, where that is the student's too. */
  readonly inside: CheckPlace | undefined;
}

/** The module's tasks with the stacks that reports of lockups add to what was seen in /proc. */
export function stuckTasks(run: RunEvidence, code: ModuleCode): StuckTask[] {
  const tasks = new Map(run.stuck.map((task) => [task.pid, task]));
  for (const event of run.events) {
    if (!['soft-lockup', 'hard-lockup', 'rcu-stall', 'hung-task', 'spinlock'].includes(event.kind)) continue;
    for (const task of tasksInReport(event.raw)) {
      const known = tasks.get(task.pid);
      const isOurs = ({ frames }: StuckTask) => frames.some((frame) => isIn(frame, code.name));
      // The stack of a task that runs is read while it changes, and may be of nothing.
      if (isOurs(task) && (known === undefined || !isOurs(known)))
        tasks.set(task.pid, { ...task, state: known?.state ?? task.state, cpu: known?.cpu ?? task.cpu });
    }
  }
  return [...tasks.values()];
}

/** `CPU: 1 UID: 0 PID: 62 Comm: worker …` with registers and trace below, or `task:worker state:D … pid:62`. */
export function tasksInReport(raw: string): StuckTask[] {
  const tasks: StuckTask[] = [];
  const parts = raw.split(/^(?=CPU: \d|task:)/m);
  for (const part of parts) {
    const cpu = /^CPU: (\d+) (?:UID: \d+ )?PID: (\d+) Comm: (.{1,40}?) (?:Tainted|Not tainted|Kdump)/.exec(
      part,
    );
    const task = /^task:(.{1,40}?) +state:(\w)[^\n]* pid:(\d+)/.exec(part);
    if (cpu === null && task === null) continue;
    const frames = readStacks(part).flatMap((stack) => stack.frames);
    tasks.push({
      pid: Number(cpu?.[2] ?? task?.[3]),
      name: cpu?.[3] ?? task?.[1] ?? '',
      state: task?.[2] ?? 'R',
      cpu: Number(cpu?.[1] ?? 0),
      frames,
      raw: part.trimEnd(),
    });
  }
  return tasks;
}

/** Nothing for a run that ended, and for one that the kernel stopped for another reason. */
export function stuckDrafts(run: RunEvidence, code: ModuleCode): Draft[] {
  const lockups = run.events
    .filter((event) => lockupKinds.has(event.kind) && event.inModule !== undefined && !isStarved(event))
    .sort((a, b) => Number(b.kind === 'rcu-stall') - Number(a.kind === 'rcu-stall'));
  // So many steps may take for ever.
  if (run.spec.shape === 'fold') return [];
  if (run.reached !== 'stuck' && run.reached !== 'machine-lost' && lockups.length === 0) return [];
  return stuckIn(run, lockups, code).map((draft) =>
    run.reached === 'unloaded' ? { ...draft, severity: 'warning', what: `${draft.what} ${itEnded}` } : draft,
  );
}

/**
 * A loop that keeps its CPU is a soft lockup. It is RCU's business only where it is in a part that RCU must wait for: these
 * kernels look at each tick, and say so when it was none and only their own thread did not come to run.
 */
const isStarved = ({ kind, raw }: KernelEvent) => kind === 'rcu-stall' && raw.includes('All QSes seen');

/** A slow computer makes lockups too. */
const itEnded = 'The run came to its end all the same: the loop is long, or this computer was very busy.';

function stuckIn(run: RunEvidence, lockups: readonly KernelEvent[], code: ModuleCode): Draft[] {
  const tasks = stuckTasks(run, code);
  const waiters = tasks.flatMap((task) => waiterOf(task, code) ?? []);
  const [first] = waiters;
  if (first !== undefined) return [lockDraft(waiters, first, tasks, code)];
  const own = tasks.filter(({ frames }) => frames.some((frame) => isIn(frame, code.name)));
  const [event] = lockups;
  const running = own.find(
    ({ state, pid }) => state === 'R' && (event?.task === undefined || event.task.pid === pid),
  );
  if (event !== undefined && event.kind !== 'hung-task') {
    const task = running ?? own[0];
    const [kind, how] =
      lockupWords[event.kind === 'soft-lockup' ? 'soft' : event.kind === 'hard-lockup' ? 'hard' : 'rcu'];
    if (task !== undefined) return [taskDraft(kind, task, how, code, event.raw)];
  }
  return waitDrafts(run, own, code);
}

const lockupWords = {
  soft: ['soft-lockup', 'kept its CPU and never gave way'],
  rcu: ['rcu-stall', 'kept RCU waiting: it stayed in a part that RCU must wait for'],
  hard: [
    'rcu-stall',
    'kept its CPU with interrupts off, so that nothing else ran there and RCU waits for it for ever',
  ],
} as const;

const lockupKinds = new Set(['soft-lockup', 'hard-lockup', 'rcu-stall', 'hung-task']);

function taskDraft(kind: FaultKind, task: StuckTask, how: string, code: ModuleCode, raw: string): Draft {
  const place = ownPlace(task, code, 'runs');
  return {
    kind,
    places: place === undefined ? [] : [place],
    what: `${nameOf(task)} ${how}${place === undefined ? '' : `, at ${placeText(place)}`}.`,
    tasks: [{ name: task.name, pid: task.pid }],
    cpus: [task.cpu],
    raw,
  };
}

/** A task stands in a lock, its own or the kernel's, that the module's code asked for. */
function waiterOf(task: StuckTask, code: ModuleCode): Waiter | undefined {
  const own = task.frames.findIndex((frame) => isIn(frame, code.name));
  if (own < 0) return undefined;
  const kernels = task.frames.slice(0, own).some(({ function: name }) => kernelLocks.test(name));
  const chain = task.frames
    .slice(own)
    .flatMap((frame) => (isIn(frame, code.name) ? chainOf(frame, code) : []));
  const asks = chain.findIndex(({ function: name }) => !isLock(name));
  const outside = chain[asks] ?? chain[0];
  const inside = asks > 0 ? chain[0] : undefined;
  if (outside === undefined) return undefined;
  const site = { ...outside, role: 'waits' };
  // A task that sleeps is not in a lock that spins, and one that runs is not in the kernel's wait for something else.
  if (kernels) return { task, site, inside };
  if (asks !== 0) return task.state === 'R' ? { task, site, inside } : undefined;
  const text = site.file === undefined ? '' : (code.lineText(site.file, site.line ?? 0) ?? '');
  return task.state === 'R' && ownLockText.test(text) ? { task, site, inside } : undefined;
}

const isLock = (name: string) => ownLockName.test(name) && !unlockName.test(name);

/** The functions that one frame stands for, innermost first: the compiler folds small ones into their callers. */
function chainOf(frame: Frame, code: ModuleCode): CheckPlace[] {
  const place = placeOf(frame, 'waits', code);
  const callers = place.file === undefined ? [] : (code.locate(frame)?.callers ?? []);
  return [
    place,
    ...callers.map(({ file, line, function: name }) => ({ file, line, function: name, role: 'waits' })),
  ];
}

/** All at one call of lock(): the holder has gone. At two: each holds what the other one wants. */
function lockDraft(
  waiters: readonly Waiter[],
  first: Waiter,
  tasks: readonly StuckTask[],
  code: ModuleCode,
): Draft {
  const sites = new Map(waiters.map(({ site }) => [placeKey(site), site]));
  const places = [...sites.values()];
  if (first.inside !== undefined) places.push({ ...first.inside, role: 'spins' });
  const involved = waiters.map(({ task }) => ({ name: task.name, pid: task.pid }));
  const common = {
    places,
    tasks: involved,
    cpus: [...new Set(waiters.map(({ task }) => task.cpu))],
    raw: waiters
      .map(({ task }) => task.raw)
      .join('\n\n')
      .slice(0, 16_384),
  };
  const who = waiters.length === 1 ? nameOf(first.task) : `${waiters.length} threads`;
  const one = waiters.length === 1;
  if (sites.size === 1) {
    const left = tasks.filter(({ frames }) => frames.some((frame) => isIn(frame, code.name))).length;
    const rest = left > waiters.length ? '' : ', and no other thread of the module is left to release it';
    return {
      kind: 'lock-not-released',
      ...common,
      what: `${who} ${one ? 'waits' : 'wait'} for ever for the lock that ${one ? 'it asks' : 'they ask'} for at ${placeText(first.site)}: it was taken and never given back${rest}.`,
    };
  }
  const [a, b] = [...sites.values()];
  return {
    kind: 'deadlock',
    ...common,
    what: `${who} wait for ever for locks, some at ${a && placeText(a)}, others at ${b && placeText(b)}: each holds what the other one waits for.`,
  };
}

/** A thread that sleeps for a while goes on by itself: what never comes is what it looks for in between. */
const wakes = ({ frames }: StuckTask) =>
  frames
    .slice(0, 6)
    .some(({ function: name }) => /^(?:msleep|ssleep|usleep_range\w*|schedule_\w*timeout\w*)$/.test(name)) &&
  !frames.some(({ function: name }) => /^wait_for_\w+$/.test(name));

/** Nobody waits for a lock: something else never comes. */
function waitDrafts(run: RunEvidence, own: readonly StuckTask[], code: ModuleCode): Draft[] {
  const command = run.phase === 'loading' ? 'insmod' : 'rmmod';
  const caller = own.find(({ name }) => name === command);
  const threads = own.filter((task) => task !== caller && task.name !== 'insmod' && task.name !== 'rmmod');
  const hung =
    threads.find((task) => task.state === 'D' && !wakes(task)) ??
    (run.phase === 'loading' ? caller : undefined);
  const hungEvent = run.events.find(
    ({ kind, task }) => kind === 'hung-task' && task !== undefined && task.pid === hung?.pid,
  );
  if (hung !== undefined && hung.state !== 'R') {
    const place = ownPlace(hung, code, 'waits');
    return [
      {
        kind: 'hung-task',
        places: place === undefined ? [] : [place],
        what: `${nameOf(hung)} sleeps${place === undefined ? '' : ` at ${placeText(place)}`} and waits for something that never comes.`,
        tasks: [{ name: hung.name, pid: hung.pid }],
        raw: hungEvent?.raw ?? hung.raw,
      },
    ];
  }
  const [thread] = threads;
  if (run.phase === 'unloading') {
    const waiting = caller && ownPlace(caller, code, 'waits');
    const busy = thread && ownPlace(thread, code, thread.state === 'R' ? 'runs' : 'sleeps');
    const of =
      thread === undefined || busy === undefined ? '' : `: ${nameOf(thread)} goes on at ${placeText(busy)}`;
    return [
      {
        kind: 'unload-hang',
        places: [waiting, busy].filter((place) => place !== undefined),
        what: `rmmod did not return: it waits${waiting === undefined ? '' : ` at ${placeText(waiting)}`} for the module’s exit function${of}.`,
        tasks: [caller, thread].flatMap((task) =>
          task === undefined ? [] : [{ name: task.name, pid: task.pid }],
        ),
        raw: own
          .map(({ raw }) => raw)
          .join('\n\n')
          .slice(0, 16_384),
      },
    ];
  }
  const task = caller ?? thread;
  if (task === undefined) return [];
  return [taskDraft('soft-lockup', task, 'ran on and never came to an end', code, task.raw)];
}

function ownPlace({ frames }: StuckTask, code: ModuleCode, role: string): CheckPlace | undefined {
  const frame: Frame | undefined = frames.find((one) => isIn(one, code.name));
  return frame === undefined ? undefined : placeOf(frame, role, code);
}

const nameOf = ({ name, pid }: StuckTask): string =>
  name === 'insmod' || name === 'rmmod' ? name : `Thread ${name} (${pid})`;
