// SPDX-License-Identifier: GPL-2.0
/*
 * The threads stay until they are told to end, and nobody tells them.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
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
static DEFINE_SPINLOCK(guard);

static int work(void *data)
{
	u64 *variable = data;
	unsigned int i;

	for (i = 0; i < n_times && !kthread_should_stop(); i++) {
		spin_lock(&guard);
		*variable += increment;
		spin_unlock(&guard);
		if (i % 1024 == 0)
			cond_resched();
	}
	while (!kthread_should_stop())
		msleep(100); /* fault: here */
	return 0;
}

static int __init left_running_init(void)
{
	struct task_struct *task;
	unsigned int i;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	if (!total)
		return -ENOMEM;
	for (i = 0; i < n_threads; i++) {
		task = kthread_run(work, total, "adder/%u", i);
		if (IS_ERR(task))
			pr_err("cannot create thread %u\n", i);
	}
	return 0;
}
module_init(left_running_init);

static void __exit left_running_exit(void)
{
	spin_lock(&guard);
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)n_threads * increment * n_times);
	spin_unlock(&guard);
	kfree(total);
}
module_exit(left_running_exit);

MODULE_DESCRIPTION("The threads stay until they are told to end, and nobody tells them");
MODULE_LICENSE("GPL");
