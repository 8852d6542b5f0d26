// SPDX-License-Identifier: GPL-2.0
/*
 * Threads are started, and each is waited for before the next one is.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compiler.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

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
static struct task_struct **tasks;
static DECLARE_COMPLETION(ended);

static int work(void *data)
{
	u64 *variable = data;
	unsigned int i;

	for (i = 0; i < n_times; i++) {
		*variable += increment;
		barrier();
		if (i % 1024 == 0)
			cond_resched();
	}
	complete(&ended);
	return 0;
}

static void stop(unsigned int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init one_by_one_init(void)
{
	unsigned int i;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	tasks = kcalloc(n_threads, sizeof(*tasks), GFP_KERNEL);
	if (!total || !tasks)
		goto free;
	for (i = 0; i < n_threads; i++) {
		tasks[i] = kthread_create(work, total, "adder/%u", i);
		if (IS_ERR(tasks[i])) {
			stop(i);
			goto free;
		}
		get_task_struct(tasks[i]);
		wake_up_process(tasks[i]);
		wait_for_completion(&ended);
	}
	return 0;

free:
	kfree(tasks);
	kfree(total);
	return -ENOMEM;
}
module_init(one_by_one_init);

static void __exit one_by_one_exit(void)
{
	stop(n_threads);
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)n_threads * increment * n_times);
	kfree(tasks);
	kfree(total);
}
module_exit(one_by_one_exit);

MODULE_DESCRIPTION("Threads are started, and each is waited for before the next one is");
MODULE_LICENSE("GPL");
