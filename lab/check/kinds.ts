/** What a check can find: the names are permanent, and what each means stands here once. */

export const faultKinds = [
  'data-race',
  'lost-updates',
  'deadlock',
  'lock-order',
  'lock-not-released',
  'sleep-in-atomic',
  'leak',
  'double-free',
  'use-after-free',
  'list-corruption',
  'out-of-bounds',
  'oops',
  'soft-lockup',
  'rcu-stall',
  'hung-task',
  'thread-left-running',
  'unload-hang',
  'load-failed',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What a total that is right does not say of itself. */
export const remarkKinds = ['loop-folded', 'lock-not-shared', 'never-overlapped', 'one-vcpu'] as const;
export type RemarkKind = (typeof remarkKinds)[number];

export type CheckKind = FaultKind | RemarkKind;

interface Words {
  /** A heading: two or three words. */
  readonly title: string;
  /** What to look at in the source. */
  readonly look: string;
}

/** Titles, and advice in a sentence for someone who has never met the fault before. */
export const words: Readonly<Record<CheckKind, Words>> = {
  'data-race': {
    title: 'Data race',
    look: 'See that each of these lines runs with the lock held, and that it is one and the same lock for all threads.',
  },
  'lost-updates': {
    title: 'Lost updates',
    look: 'Look at the lock from taking it to releasing it: read, add and write must all be inside, and only one thread at a time may pass.',
  },
  deadlock: {
    title: 'Deadlock',
    look: 'Look at which locks the thread already holds when it takes this one: no lock may be taken twice, nor two locks in two orders.',
  },
  'lock-order': {
    title: 'Locks taken in two orders',
    look: 'Decide on one order of the locks and take them in it everywhere; one run that went well proves nothing here.',
  },
  'lock-not-released': {
    title: 'Lock never released',
    look: 'Follow every way out of the locked part, early return, break and goto too: each must pass unlock().',
  },
  'sleep-in-atomic': {
    title: 'Sleep while atomic',
    look: 'Move what may sleep (kmalloc with GFP_KERNEL, msleep, mutex_lock, schedule) before the spinning lock is taken or after it is released.',
  },
  leak: {
    title: 'Memory leak',
    look: 'Look for the kfree() that belongs to this allocation: on unload, on every error path, and when the module is unloaded early.',
  },
  'double-free': {
    title: 'Freed twice',
    look: 'Decide who owns this memory and free it there alone; setting the pointer to NULL after kfree() makes a second one harmless.',
  },
  'use-after-free': {
    title: 'Used after it was freed',
    look: 'See that nothing reaches this memory any more when it is freed: threads have ended, and the node is off its list.',
  },
  'list-corruption': {
    title: 'Damaged list',
    look: 'Hold the lock around every list_add() and list_del(), and see that no node is added or deleted twice.',
  },
  'out-of-bounds': {
    title: 'Out of bounds',
    look: 'Compare the size that is allocated with the largest index used: the last element of n is n - 1.',
  },
  oops: {
    title: 'Oops',
    look: 'See which pointer this line uses, and where it could be NULL, not yet set, or already freed.',
  },
  'soft-lockup': {
    title: 'A CPU was never given back',
    look: 'Look for the loop that this line is in: it needs an end that comes, and cond_resched() where it is long.',
  },
  'rcu-stall': {
    title: 'RCU waits for ever',
    look: 'Leave rcu_read_lock() or the part without preemption before anything that takes long.',
  },
  'hung-task': {
    title: 'A task waits for ever',
    look: 'Look for what should end this wait: the complete(), wake_up() or unlock that never comes.',
  },
  'thread-left-running': {
    title: 'A thread outlived the module',
    look: 'Stop every thread in the exit function with kthread_stop() and free nothing before it has returned.',
  },
  'unload-hang': {
    title: 'Unloading hangs',
    look: 'See that each thread looks at kthread_should_stop() wherever it loops or waits, and that the exit function waits only for what will come.',
  },
  'load-failed': {
    title: 'The module cannot be loaded',
    look: 'Look at what the init function returns, and at the first message above in its log.',
  },
  'loop-folded': {
    title: 'The loop was folded by the compiler',
    look: 'Use READ_ONCE() and WRITE_ONCE(), or barrier() in each step, so that every step reads and writes the variable.',
  },
  'lock-not-shared': {
    title: 'Each thread has a lock of its own',
    look: 'Make one lock for all threads: allocate it beside the shared variable and hand each thread its address.',
  },
  'never-overlapped': {
    title: 'The threads never ran at the same time',
    look: 'Start all threads before waiting for any, on different CPUs, and let them begin together.',
  },
  'one-vcpu': {
    title: 'One virtual CPU',
    look: 'Run with --vcpus 2 or more.',
  },
};
