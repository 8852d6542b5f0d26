// SPDX-License-Identifier: GPL-2.0
/*
 * The variable is under a lock; the list of sums seen on the way is not.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
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

struct node {
	struct list_head link;
	u64 value;
};

static u64 *total;
static LIST_HEAD(results);
static DEFINE_SPINLOCK(guard);
static struct task_struct **tasks;

/* Every tenth sum is kept, to be counted at the end. */
static int keep(u64 value)
{
	struct node *node = kmalloc(sizeof(*node), GFP_KERNEL);

	if (!node)
		return -ENOMEM;
	node->value = value;
	list_add_tail(&node->link, &results); /* fault: here */
	return 0;
}

static int work(void *data)
{
	u64 *variable = data;
	unsigned int i;
	u64 seen;

	for (i = 0; i < n_times && !kthread_should_stop(); i++) {
		spin_lock(&guard);
		*variable += increment;
		seen = *variable;
		spin_unlock(&guard);
		if (i % 10 == 0 && keep(seen))
			return -ENOMEM;
		if (i % 1024 == 0)
			cond_resched();
	}
	return 0;
}

static void stop(unsigned int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init race_list_init(void)
{
	unsigned int i;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	tasks = kcalloc(n_threads, sizeof(*tasks), GFP_KERNEL);
	if (!total || !tasks)
		goto free;
	for (i = 0; i < n_threads; i++) {
		tasks[i] = kthread_run(work, total, "keeper/%u", i);
		if (IS_ERR(tasks[i]))
			goto stop;
		get_task_struct(tasks[i]);
	}
	return 0;

stop:
	stop(i);
free:
	kfree(tasks);
	kfree(total);
	return -ENOMEM;
}
module_init(race_list_init);

static void __exit race_list_exit(void)
{
	struct node *node, *next;
	unsigned int kept = 0;

	stop(n_threads);
	list_for_each_entry_safe(node, next, &results, link) {
		kept++;
		list_del(&node->link);
		kfree(node);
	}
	pr_info("total=%llu, %u sums kept\n", *total, kept);
	kfree(tasks);
	kfree(total);
}
module_exit(race_list_exit);

MODULE_DESCRIPTION("The variable is under a lock; the list of sums seen on the way is not");
MODULE_LICENSE("GPL");
