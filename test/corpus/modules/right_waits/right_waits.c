// SPDX-License-Identifier: GPL-2.0
/*
 * Threads wait at a start line, add under a spinlock, and stay until they
 * are stopped.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

static unsigned int n_threads = 4;
module_param(n_threads, uint, 0444);
MODULE_PARM_DESC(n_threads, "Number of threads");

static unsigned int increment = 2;
module_param(increment, uint, 0444);
MODULE_PARM_DESC(increment, "What one step adds");

static unsigned int n_times = 100000;
module_param(n_times, uint, 0444);
MODULE_PARM_DESC(n_times, "Steps of each thread");

struct worker {
	struct task_struct *task;
	u64 value;
};

static u64 *total;
static struct worker *workers;
static DEFINE_SPINLOCK(guard);
static DECLARE_WAIT_QUEUE_HEAD(line);
static atomic_t absent;

static int work(void *data)
{
	struct worker *worker = data;
	unsigned int i;

	if (atomic_dec_and_test(&absent))
		wake_up_all(&line);
	wait_event_idle(line, !atomic_read(&absent) || kthread_should_stop());
	for (i = 0; i < n_times && !kthread_should_stop(); i++) {
		spin_lock(&guard);
		*total += increment;
		worker->value = *total;
		spin_unlock(&guard);
		if (i % 1024 == 0)
			cond_resched();
	}
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static void stop(unsigned int count)
{
	while (count--)
		kthread_stop(workers[count].task);
}

static int __init right_waits_init(void)
{
	unsigned int i;
	int err = -ENOMEM;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	workers = kcalloc(n_threads, sizeof(*workers), GFP_KERNEL);
	if (!total || !workers)
		goto free;
	atomic_set(&absent, n_threads);
	for (i = 0; i < n_threads; i++) {
		workers[i].task = kthread_run(work, &workers[i], "worker/%u", i);
		if (IS_ERR(workers[i].task)) {
			err = PTR_ERR(workers[i].task);
			stop(i);
			goto free;
		}
	}
	return 0;

free:
	kfree(workers);
	kfree(total);
	return err;
}
module_init(right_waits_init);

static void __exit right_waits_exit(void)
{
	unsigned int i;

	stop(n_threads);
	for (i = 0; i < n_threads; i++)
		pr_info("thread %u ended at %llu\n", i, workers[i].value);
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)n_threads * increment * n_times);
	kfree(workers);
	kfree(total);
}
module_exit(right_waits_exit);

MODULE_DESCRIPTION("Threads wait at a start line, add under a spinlock, and stay until they are stopped");
MODULE_LICENSE("GPL");
