// SPDX-License-Identifier: GPL-2.0
/*
 * Atomic variables need no lock, says the author: read, add, set.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static unsigned int threads = 4;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "Number of threads");

static unsigned int increment = 2;
module_param(increment, uint, 0444);
MODULE_PARM_DESC(increment, "What one step adds");

static unsigned int steps = 100000;
module_param(steps, uint, 0444);
MODULE_PARM_DESC(steps, "Steps of each thread");

struct node {
	struct list_head link;
	u64 value;
};

static atomic64_t *total;
static LIST_HEAD(results);
static DEFINE_SPINLOCK(guard);
static struct task_struct **tasks;

static int work(void *data)
{
	atomic64_t *variable = data;
	struct node *node;
	s64 seen;
	unsigned int i;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	for (i = 0; i < steps && !kthread_should_stop(); i++) {
		seen = atomic64_read(variable);
		cpu_relax();
		atomic64_set(variable, seen + increment);
		if (i % 1024 == 0)
			cond_resched();
	}
	spin_lock(&guard);
	node->value = atomic64_read(variable);
	list_add_tail(&node->link, &results);
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

static int __init lost_atomic_init(void)
{
	unsigned int i;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	tasks = kcalloc(threads, sizeof(*tasks), GFP_KERNEL);
	if (!total || !tasks) {
		kfree(tasks);
		kfree(total);
		return -ENOMEM;
	}
	for (i = 0; i < threads; i++) {
		tasks[i] = kthread_create(work, total, "adder/%u", i);
		if (IS_ERR(tasks[i])) {
			int err = PTR_ERR(tasks[i]);

			pr_err("cannot create thread %u\n", i);
			stop(i);
			kfree(tasks);
			kfree(total);
			return err;
		}
		get_task_struct(tasks[i]);
	}
	for (i = 0; i < threads; i++)
		wake_up_process(tasks[i]);
	return 0;
}
module_init(lost_atomic_init);

static void __exit lost_atomic_exit(void)
{
	struct node *node, *next;

	stop(threads);
	list_for_each_entry_safe(node, next, &results, link) {
		pr_info("a thread ended at %llu\n", node->value);
		list_del(&node->link);
		kfree(node);
	}
	pr_info("total=%llu expected=%llu\n", (u64)atomic64_read(total),
		(u64)threads * increment * steps);
	kfree(tasks);
	kfree(total);
}
module_exit(lost_atomic_exit);

MODULE_DESCRIPTION("Atomic variables need no lock, says the author");
MODULE_LICENSE("GPL");
