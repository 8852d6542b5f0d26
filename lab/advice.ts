/** What to do about a finding: one sentence for each kind that a student can mend. */
const advice: Readonly<Record<string, string>> = {
  'atomic-sleep':
    'Nothing may sleep while a spinning lock is held: call kmalloc(…, GFP_KERNEL), msleep and schedule before lock() or after unlock().',
  'soft-lockup':
    'See that every path out of the locked part calls unlock(), that the loop that waits calls cpu_relax(), and that the holder cannot be preempted (preempt_disable in lock, preempt_enable in unlock).',
  'rcu-stall': 'Look for a loop that never gives way: call cond_resched() now and then outside the lock.',
  'hung-task': 'Look for what the task waits for: a wake_up, a complete or a thread that never ends.',
  oops: 'Look at the function named: was each pointer it uses allocated, checked for NULL, and not yet freed?',
  trap: 'Look at the function named: was the pointer freed already, or the node taken off its list before?',
  'outlives-module':
    'In the exit function call kthread_stop() for each thread and wait for it before anything is freed.',
  'list-corruption': 'Take the lock around list_add and list_del too, and free a node only once.',
  slub: 'Look for memory that is used or freed again after kfree, or written past its end.',
  kasan: 'Look for memory that is used after kfree, or past its end.',
  kfence: 'Look for memory that is used after kfree, or past its end.',
  kcsan: 'Take the lock around each read and write of the variable named, or use atomic operations.',
  refcount: 'Count the gets and the puts on each path: there is one put too many or one get too few.',
  leak: 'Free in the exit function, and on each error path, all that was allocated.',
  lockdep: 'Take locks always in one order, never the same one twice, and release what was taken.',
  stack: 'Look for an array on the stack that is written past its end.',
  bug: 'Look at the file and the line named: a check of the kernel failed there.',
  panic: 'Look at the first report before the panic in lab3-report/dmesg.txt: it is the cause.',
  vermagic: 'Build the module again for this kernel: `lab3 build`.',
  'symbol-version': 'Build the module again for this kernel: `lab3 build`.',
  'unknown-symbol':
    'Use a function that this kernel exports to modules, and see that MODULE_LICENSE is "GPL" or "Dual MIT/GPL".',
  hang: 'Look for a loop without end and for a lock that is never released, above all on early returns.',
  'load-hang':
    'The init function must return: start the threads with kthread_run and wait for them elsewhere.',
  'unload-hang': 'The exit function must return: see that each thread looks at kthread_should_stop().',
  'load-failed': 'See what the init function returns, and the log in lab3-report/dmesg.txt.',
  overflow: 'Make the shared variable a u64 and print it with %llu.',
  'parameters-ignored': 'See that module_param() names the variable that the threads really use.',
  'no-total': 'Print the shared variable and the list in the exit function, with pr_info().',
  'ambiguous-total': 'Give the format of the right line in lab3.yaml: module: patterns: {total: "…"}.',
  'time-limit': 'Try fewer steps: `lab3 run --n-times 100000`.',
  'stopped-early': 'Try fewer steps: `lab3 run --n-times 100000`.',
  'wrong-total':
    'Look at lock() and unlock(): both must act on the one lock that all threads share, with acquire and release order, around the whole read, add and write.',
};

export function adviceFor(kind: string): string | undefined {
  return Object.hasOwn(advice, kind) ? advice[kind] : undefined;
}
