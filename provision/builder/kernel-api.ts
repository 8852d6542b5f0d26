/**
 * What changed in the kernel's own interfaces, for modules written from older books: a compiler that says
 * "implicit declaration" is right and no help. One row for one change.
 */

interface ApiChange {
  /** Identifiers that a message of the compiler or modpost names, or the source line it points at holds. */
  readonly names: readonly string[];
  /** First release in which the old way fails. */
  readonly since?: string;
  /** Only messages of this kind speak of the change. */
  readonly message?: RegExp;
  /** What to write instead. */
  readonly advice: string;
}

const wrongCall = /too (many|few) arguments|passed \d+ arguments|incompatible pointer type/;

const changes: readonly ApiChange[] = [
  {
    names: ['do_exit'],
    since: '5.17',
    advice:
      'do_exit is no longer exported to modules: let the thread function return, or call kthread_complete_and_exit(NULL, 0)',
  },
  {
    names: ['complete_and_exit'],
    since: '5.17',
    advice: 'complete_and_exit is called kthread_complete_and_exit now',
  },
  {
    names: ['timespec', 'timeval', 'getnstimeofday', 'current_kernel_time', 'ktime_get_ts', 'timespec_sub'],
    since: '5.6',
    advice:
      'struct timespec and its functions are gone: use struct timespec64 with ktime_get_real_ts64() or ktime_get_ts64(), or plain ktime_get_ns()',
  },
  {
    names: ['do_gettimeofday'],
    since: '5.0',
    advice: 'do_gettimeofday is gone: use ktime_get_real_ts64() with struct timespec64',
  },
  {
    names: ['proc_create', 'proc_create_data'],
    since: '5.6',
    message: /incompatible pointer type/,
    advice:
      'proc_create takes a struct proc_ops (proc_read, proc_write, proc_open, …) in place of struct file_operations',
  },
  { names: ['create_proc_entry', 'create_proc_read_entry'], since: '3.10', advice: 'use proc_create()' },
  { names: ['PDE_DATA'], since: '5.17', advice: 'PDE_DATA is called pde_data now' },
  {
    names: ['class_create'],
    since: '6.4',
    message: wrongCall,
    advice: 'class_create takes the name alone: class_create("name"), without THIS_MODULE',
  },
  {
    names: ['access_ok', 'VERIFY_READ', 'VERIFY_WRITE'],
    since: '5.0',
    advice: 'access_ok lost its first argument: access_ok(pointer, size)',
  },
  {
    names: ['set_fs', 'get_fs', 'KERNEL_DS', 'USER_DS', 'mm_segment_t'],
    since: '5.10',
    advice: 'set_fs() and get_fs() are gone: read and write files with kernel_read() and kernel_write()',
  },
  {
    names: ['vfs_read', 'vfs_write'],
    since: '4.14',
    advice: 'vfs_read and vfs_write are not exported: use kernel_read() and kernel_write()',
  },
  {
    names: ['init_timer', 'setup_timer'],
    since: '4.15',
    advice: 'use timer_setup(&timer, function, 0); the function takes a struct timer_list *',
  },
  {
    names: ['del_timer', 'del_timer_sync'],
    since: '6.15',
    advice: 'del_timer and del_timer_sync are called timer_delete and timer_delete_sync now',
  },
  { names: ['from_timer'], since: '6.16', advice: 'from_timer is called timer_container_of now' },
  { names: ['hrtimer_init'], since: '6.15', advice: 'use hrtimer_setup(), which takes the function too' },
  {
    names: ['DECLARE_TASKLET', 'DECLARE_TASKLET_DISABLED'],
    since: '5.9',
    message: wrongCall,
    advice: 'DECLARE_TASKLET takes (name, callback), and the callback a struct tasklet_struct *',
  },
  { names: ['strlcpy'], since: '6.8', advice: 'strlcpy is gone: use strscpy(), with the same arguments' },
  {
    names: ['prandom_u32', 'get_random_int'],
    since: '6.1',
    advice: 'use get_random_u32(), or get_random_u32_below(limit)',
  },
  {
    names: ['kallsyms_lookup_name'],
    since: '5.7',
    advice: 'kallsyms_lookup_name is not exported: a module cannot look symbols up by name any more',
  },
  {
    names: ['sched_setscheduler'],
    since: '5.9',
    advice:
      'sched_setscheduler is not exported: use sched_set_fifo(), sched_set_fifo_low() or sched_set_normal()',
  },
  {
    names: ['state'],
    since: '5.14',
    message: /'struct task_struct' has no member named 'state'/,
    advice: 'task->state is called task->__state; set it with set_current_state(), read it with READ_ONCE()',
  },
  { names: ['ACCESS_ONCE'], since: '4.15', advice: 'ACCESS_ONCE is gone: use READ_ONCE() and WRITE_ONCE()' },
  {
    names: ['DEFINE_SEMAPHORE'],
    since: '6.4',
    message: wrongCall,
    advice: 'DEFINE_SEMAPHORE takes the count too: DEFINE_SEMAPHORE(name, 1); for a lock a mutex is meant',
  },
  { names: ['DECLARE_MUTEX', 'init_MUTEX'], since: '2.6.37', advice: 'use DEFINE_MUTEX() or mutex_init()' },
  { names: ['SPIN_LOCK_UNLOCKED'], since: '2.6.39', advice: 'use DEFINE_SPINLOCK() or spin_lock_init()' },
  {
    names: ['smp_mb__before_atomic_inc', 'smp_mb__after_atomic_inc', 'smp_mb__before_atomic_dec'],
    since: '4.0',
    advice: 'use smp_mb__before_atomic() and smp_mb__after_atomic()',
  },
  { names: ['kernel_thread'], since: '3.8', advice: 'kernel_thread is not exported: use kthread_run()' },
  {
    names: ['get_user_pages', 'get_user_pages_remote', 'pin_user_pages'],
    since: '6.5',
    message: wrongCall,
    advice: 'get_user_pages and its kin lost their last argument, vmas',
  },
  { names: ['ioremap_nocache'], since: '5.6', advice: 'ioremap_nocache is gone: ioremap() does the same' },
  {
    names: ['signal_pending', 'allow_signal', 'send_sig', 'send_sig_info', 'flush_signals'],
    since: '4.11',
    message: /implicit declaration/,
    advice: 'add #include <linux/sched/signal.h>',
  },
  {
    names: ['kmalloc', 'kzalloc', 'kcalloc', 'kfree', 'kmalloc_array', 'GFP_KERNEL'],
    message: /implicit declaration|undeclared/,
    advice: 'add #include <linux/slab.h>',
  },
  {
    names: ['vmalloc', 'vzalloc', 'vfree'],
    message: /implicit declaration/,
    advice: 'add #include <linux/vmalloc.h>',
  },
  {
    names: ['msleep', 'ssleep', 'mdelay', 'udelay', 'usleep_range', 'msleep_interruptible'],
    message: /implicit declaration/,
    advice: 'add #include <linux/delay.h>',
  },
  {
    names: ['kthread_run', 'kthread_create', 'kthread_stop', 'kthread_should_stop'],
    message: /implicit declaration/,
    advice: 'add #include <linux/kthread.h>',
  },
  {
    names: ['copy_to_user', 'copy_from_user', 'put_user', 'get_user'],
    message: /implicit declaration/,
    advice: 'add #include <linux/uaccess.h>',
  },
];

const byName = new Map<string, ApiChange[]>();
for (const change of changes) {
  for (const name of change.names) byName.set(name, [...(byName.get(name) ?? []), change]);
}

/**
 * What to write instead of what this message complains about, or undefined.
 *
 * @param message the compiler's or modpost's words
 * @param line the source line they point at
 * @param release `uname -r` of the kernel built for
 */
export function adviceFor(message: string, line: string, release: string): string | undefined {
  const { since, instead } = changeFor(message, line, release) ?? {};
  return since === undefined ? instead : `${instead} (since Linux ${since})`;
}

/** What this message complains about: the name that the kernel dropped or changed. Arguments as of `adviceFor`. */
export function changeFor(
  message: string,
  line: string,
  release: string,
): { readonly call: string; readonly since?: string; readonly instead: string } | undefined {
  for (const [call] of `${message} ${line}`.matchAll(/[A-Za-z_]\w*/g)) {
    for (const { message: of, since, advice } of byName.get(call) ?? []) {
      if (of !== undefined && !of.test(message)) continue;
      if (since === undefined) return { call, instead: advice };
      if (isAtLeast(release, since)) return { call, since, instead: advice };
    }
  }
  return undefined;
}

function isAtLeast(release: string, since: string): boolean {
  const numbers = (text: string) => (/^[\d.]+/.exec(text)?.[0] ?? '').split('.').map(Number);
  const [have, want] = [numbers(release), numbers(since)];
  for (const [at, part] of want.entries()) {
    const own = have[at] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
