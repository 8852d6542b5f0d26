// SPDX-License-Identifier: GPL-2.0
/*
 * Results in an array, and the number of a thread is one less than it should
 * be.
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

static unsigned int thread_count = 4;
module_param(thread_count, uint, 0444);
MODULE_PARM_DESC(thread_count, "Number of threads");

static unsigned int increment = 2;
module_param(increment, uint, 0444);
MODULE_PARM_DESC(increment, "What one step adds");

static unsigned int iterations = 100000;
module_param(iterations, uint, 0444);
MODULE_PARM_DESC(iterations, "Steps of each thread");

static u64 *total;
static u64 *results;
static DEFINE_SPINLOCK(guard);
static struct task_struct **tasks;
static atomic_t started = ATOMIC_INIT(0);

static int work(void *data)
{
	u64 *variable = data;
	int number = atomic_fetch_inc(&started) - 1;
	unsigned int i;

	for (i = 0; i < iterations && !kthread_should_stop(); i++) {
		spin_lock(&guard);
		*variable += increment;
		spin_unlock(&guard);
		if (i % 1024 == 0)
			cond_resched();
	}
	spin_lock(&guard);
	results[number] = *variable; /* fault: here */
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

static int __init oob_first_init(void)
{
	unsigned int i;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	results = kcalloc(thread_count, sizeof(*results), GFP_KERNEL); /* fault: here */
	tasks = kcalloc(thread_count, sizeof(*tasks), GFP_KERNEL);
	if (!total || !results || !tasks)
		goto free;
	for (i = 0; i < thread_count; i++) {
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
module_init(oob_first_init);

static void __exit oob_first_exit(void)
{
	unsigned int i;

	stop(thread_count);
	for (i = 0; i < thread_count; i++)
		pr_info("a thread ended at %llu\n", results[i]);
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)thread_count * increment * iterations);
	kfree(tasks);
	kfree(results);
	kfree(total);
}
module_exit(oob_first_exit);

MODULE_DESCRIPTION("Results in an array, and the number of a thread is one less than it should be");
MODULE_LICENSE("GPL");
