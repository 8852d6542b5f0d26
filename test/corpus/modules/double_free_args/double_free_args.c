// SPDX-License-Identifier: GPL-2.0
/*
 * Each thread frees what it was given when it ends, and unloading frees it
 * for those that did not.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

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

struct args {
	u64 *variable;
	unsigned int number;
};

static u64 *total;
static DEFINE_SPINLOCK(guard);
static struct task_struct **tasks;
static struct args **given;

static int work(void *data)
{
	struct args *args = data;
	unsigned int i;

	for (i = 0; i < n_times && !kthread_should_stop(); i++) {
		spin_lock(&guard);
		*args->variable += increment;
		spin_unlock(&guard);
		if (i % 1024 == 0)
			cond_resched();
	}
	pr_info("thread %u has ended\n", args->number);
	kfree(args); /* fault: here */
	return 0;
}

static void stop(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		kthread_stop(tasks[i]);
		put_task_struct(tasks[i]);
		kfree(given[i]); /* fault: here */
	}
}

static int start(unsigned int i)
{
	given[i] = kmalloc(sizeof(*given[i]), GFP_KERNEL);
	if (!given[i])
		return -ENOMEM;
	given[i]->variable = total;
	given[i]->number = i;
	tasks[i] = kthread_run(work, given[i], "adder/%u", i);
	if (IS_ERR(tasks[i])) {
		kfree(given[i]);
		return PTR_ERR(tasks[i]);
	}
	get_task_struct(tasks[i]);
	return 0;
}

static int __init double_free_args_init(void)
{
	unsigned int i;
	int err = -ENOMEM;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	tasks = kcalloc(n_threads, sizeof(*tasks), GFP_KERNEL);
	given = kcalloc(n_threads, sizeof(*given), GFP_KERNEL);
	if (!total || !tasks || !given)
		goto free;
	for (i = 0; i < n_threads; i++) {
		err = start(i);
		if (err) {
			stop(i);
			goto free;
		}
	}
	return 0;

free:
	kfree(given);
	kfree(tasks);
	kfree(total);
	return err;
}
module_init(double_free_args_init);

static void __exit double_free_args_exit(void)
{
	stop(n_threads);
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)n_threads * increment * n_times);
	kfree(given);
	kfree(tasks);
	kfree(total);
}
module_exit(double_free_args_exit);

MODULE_DESCRIPTION("Each thread frees what it was given when it ends, and unloading frees it for those that did not");
MODULE_LICENSE("GPL");
