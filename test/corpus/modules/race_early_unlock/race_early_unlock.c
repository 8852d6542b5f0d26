// SPDX-License-Identifier: GPL-2.0
/*
 * Reads and adds under the lock, and writes the sum back after it.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compiler.h>
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

static int n_threads = 4;
module_param(n_threads, int, 0444);
MODULE_PARM_DESC(n_threads, "Number of threads");

static int inc_value = 2;
module_param(inc_value, int, 0444);
MODULE_PARM_DESC(inc_value, "What one step adds");

static int n_iterations = 100000;
module_param(n_iterations, int, 0444);
MODULE_PARM_DESC(n_iterations, "Steps of each thread");

struct node {
	struct list_head link;
	u64 value;
};

static u64 *total;
static LIST_HEAD(results);
static DEFINE_SPINLOCK(guard);
static struct task_struct **tasks;

static int work(void *data)
{
	u64 *variable = data;
	struct node *node;
	u64 sum;
	int i;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	for (i = 0; i < n_iterations && !kthread_should_stop(); i++) {
		spin_lock(&guard);
		sum = *variable + inc_value; /* fault: here */
		spin_unlock(&guard);
		*variable = sum; /* fault: here */
		if (i % 1024 == 0)
			cond_resched();
	}
	spin_lock(&guard);
	node->value = READ_ONCE(*variable);
	list_add_tail(&node->link, &results);
	spin_unlock(&guard);
	return 0;
}

static void stop(int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init race_early_unlock_init(void)
{
	int i;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	tasks = kcalloc(n_threads, sizeof(*tasks), GFP_KERNEL);
	if (!total || !tasks) {
		kfree(tasks);
		kfree(total);
		return -ENOMEM;
	}
	for (i = 0; i < n_threads; i++) {
		tasks[i] = kthread_create(work, total, "adder/%d", i);
		if (IS_ERR(tasks[i])) {
			int err = PTR_ERR(tasks[i]);

			pr_err("cannot create thread %d\n", i);
			stop(i);
			kfree(tasks);
			kfree(total);
			return err;
		}
		get_task_struct(tasks[i]);
	}
	for (i = 0; i < n_threads; i++)
		wake_up_process(tasks[i]);
	return 0;
}
module_init(race_early_unlock_init);

static void __exit race_early_unlock_exit(void)
{
	struct node *node, *next;

	stop(n_threads);
	list_for_each_entry_safe(node, next, &results, link) {
		pr_info("a thread ended at %llu\n", node->value);
		list_del(&node->link);
		kfree(node);
	}
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)n_threads * inc_value * n_iterations);
	kfree(tasks);
	kfree(total);
}
module_exit(race_early_unlock_exit);

MODULE_DESCRIPTION("Reads and adds under the lock, and writes the sum back after it");
MODULE_LICENSE("GPL");
