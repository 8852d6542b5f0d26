// SPDX-License-Identifier: GPL-2.0
/*
 * Results in an array, and the highest of them is looked for in one too
 * many.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static unsigned int n_threads = 4;
module_param(n_threads, uint, 0444);
MODULE_PARM_DESC(n_threads, "Number of threads");

static unsigned int increment = 2;
module_param(increment, uint, 0444);
MODULE_PARM_DESC(increment, "What one step adds");

static unsigned int n_times = 100000;
module_param(n_times, uint, 0444);
MODULE_PARM_DESC(n_times, "Steps of each thread");

static u64 *total;
static u64 *results;
static DEFINE_SPINLOCK(guard);
static struct task_struct **tasks;
static atomic_t started = ATOMIC_INIT(0);

static int work(void *data)
{
	u64 *variable = data;
	unsigned int number = atomic_fetch_inc(&started);
	unsigned int i;

	for (i = 0; i < n_times && !kthread_should_stop(); i++) {
		spin_lock(&guard);
		*variable += increment;
		spin_unlock(&guard);
		if (i % 1024 == 0)
			cond_resched();
	}
	spin_lock(&guard);
	results[number] = *variable;
	spin_unlock(&guard);
	return 0;
}

static void stop(unsigned int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init oob_read_init(void)
{
	unsigned int i;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	results = kcalloc(n_threads, sizeof(*results), GFP_KERNEL);
	tasks = kcalloc(n_threads, sizeof(*tasks), GFP_KERNEL);
	if (!total || !results || !tasks)
		goto free;
	for (i = 0; i < n_threads; i++) {
		tasks[i] = kthread_run(work, total, "adder/%u", i);
		if (IS_ERR(tasks[i])) {
			stop(i);
			goto free;
		}
		get_task_struct(tasks[i]);
	}
	return 0;

free:
	kfree(tasks);
	kfree(results);
	kfree(total);
	return -ENOMEM;
}
module_init(oob_read_init);

static void __exit oob_read_exit(void)
{
	unsigned int i;
	u64 highest = 0;

	stop(n_threads);
	for (i = 0; i <= n_threads; i++)
		if (results[i] > highest) /* fault: here */
			highest = results[i]; /* fault: here */
	pr_info("the last thread ended at %llu\n", highest);
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)n_threads * increment * n_times);
	kfree(tasks);
	kfree(results);
	kfree(total);
}
module_exit(oob_read_exit);

MODULE_DESCRIPTION("Results in an array, and the highest of them is looked for in one too many");
MODULE_LICENSE("GPL");
