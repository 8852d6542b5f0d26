// SPDX-License-Identifier: GPL-2.0
/*
 * lab3 - kernel threads that add to one shared variable
 *
 * n_threads threads add increment to the variable n_times times each, put
 * the value they then see on a list, and exit. Unloading prints the list and
 * the total. Without a lock updates get lost; with lock=own none may.
 *
 * Each hole is marked "Your part". As it is, the module builds, loads,
 * does nothing and unloads.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

static unsigned int n_threads = 10;
module_param(n_threads, uint, 0444);
MODULE_PARM_DESC(n_threads, "Number of threads (default 10)");

static unsigned int increment = 2;
module_param(increment, uint, 0444);
MODULE_PARM_DESC(increment, "What one step adds (default 2)");

static unsigned int n_times = 500000;
module_param(n_times, uint, 0444);
MODULE_PARM_DESC(n_times, "Steps of each thread (default 500000)");

static char *lock = "own";
module_param(lock, charp, 0444);
MODULE_PARM_DESC(lock, "Kind of lock: none own (default own)");

/* A node of the list: what one thread leaves when it exits. */
struct result {
	struct list_head link;
	unsigned int thread;
	u64 value;
};

/* What a thread is given. The variable is passed by reference. */
struct worker {
	struct task_struct *task;
	unsigned int index;
	u64 *total;
};

static u64 *total;
static struct worker *workers;
static LIST_HEAD(results);
static bool use_lock;

static void own_lock(void)
{
	if (!use_lock)
		return;
	/*
	 * Your part: a spinlock made of one atomic_t, 0 when it is free.
	 * Take it in a single step that no other CPU can come between, with
	 * acquire order (atomic_cmpxchg_acquire). While it is held by
	 * somebody else, wait with cpu_relax(). The holder must not be
	 * preempted: preempt_disable().
	 */
}

static void own_unlock(void)
{
	if (!use_lock)
		return;
	/*
	 * Your part: release it, with release order (atomic_set_release),
	 * and allow preemption again.
	 */
}

/* One step of a thread. */
static void add_increment(u64 *variable)
{
	own_lock();
	/*
	 * Your part: add increment to *variable. Read it with READ_ONCE() and
	 * write it with WRITE_ONCE(): otherwise the compiler makes a single
	 * addition of the whole loop, and there is no race left to see.
	 */
	own_unlock();
}

/* Take __maybe_unused away as soon as threads are created. */
static int __maybe_unused worker_run(void *data)
{
	struct worker *worker = data;
	unsigned int i;

	for (i = 0; i < n_times && !kthread_should_stop(); i++) {
		add_increment(worker->total);
		if (i % 1024 == 0)
			cond_resched();
	}

	/*
	 * Your part: allocate a struct result, fill it and add it to results.
	 * The lock guards the list too. kmalloc(..., GFP_KERNEL) may sleep,
	 * and nothing may sleep while a spinning lock is held: allocate
	 * before you take it.
	 *
	 * Your part: do not return before the module is ready for it. Who
	 * calls kthread_stop() for a thread that is gone already?
	 */
	return 0;
}

/* Returns 0 or a negative error; on error nothing is left behind. */
static int workers_start(void)
{
	/*
	 * Your part: allocate total and workers (kzalloc, kcalloc), then
	 * create each thread with kthread_run(worker_run, ..., "lab3/%u", i)
	 * and check it with IS_ERR(). On an error say so with pr_err(), and
	 * undo in reverse order what was done so far.
	 */
	return 0;
}

/* The threads may still be at work: a module can be unloaded at any time. */
static void workers_stop(void)
{
	/* Your part: stop each thread and wait until it has ended. */
}

static int __init lab3_init(void)
{
	int err;

	if (!strcmp(lock, "own")) {
		use_lock = true;
	} else if (strcmp(lock, "none")) {
		pr_err("lock=%s is not one of none own\n", lock);
		return -EINVAL;
	}
	/* Your part: refuse other parameters that make no sense likewise. */

	pr_info("start lock=%s n_threads=%u increment=%u n_times=%u\n", lock,
		n_threads, increment, n_times);
	err = workers_start();
	if (err)
		pr_err("cannot start: error %d\n", err);
	return err;
}

static void __exit lab3_exit(void)
{
	struct result *result, *next;

	workers_stop();

	list_for_each_entry_safe(result, next, &results, link) {
		pr_info("thread %u: value=%llu\n", result->thread,
			result->value);
		list_del(&result->link);
		kfree(result);
	}
	pr_info("total=%llu expected=%llu lock=%s\n", total ? *total : 0,
		(u64)n_threads * increment * n_times, lock);

	kfree(workers);
	kfree(total);
}

module_init(lab3_init);
module_exit(lab3_exit);

MODULE_AUTHOR("Your name");
MODULE_DESCRIPTION("Threads that add to one shared variable");
MODULE_LICENSE("GPL");
