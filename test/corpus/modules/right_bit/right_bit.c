// SPDX-License-Identifier: GPL-2.0
/*
 * An own spinlock: one bit, set and tested in one step.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

static unsigned int threads = 4;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "Number of threads");

static unsigned int increment = 2;
module_param(increment, uint, 0444);
MODULE_PARM_DESC(increment, "What one step adds");

static unsigned int iterations = 100000;
module_param(iterations, uint, 0444);
MODULE_PARM_DESC(iterations, "Steps of each thread");

struct node {
	struct list_head link;
	u64 value;
};

static u64 *total;
static LIST_HEAD(results);
static struct task_struct **tasks;

static unsigned long own;

static void own_lock(void)
{
	preempt_disable();
	while (test_and_set_bit_lock(0, &own))
		cpu_relax();
}

static void own_unlock(void)
{
	clear_bit_unlock(0, &own);
	preempt_enable();
}

static int work(void *data)
{
	u64 *variable = data;
	struct node *node;
	unsigned int i;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	for (i = 0; i < iterations && !kthread_should_stop(); i++) {
		own_lock();
		*variable += increment;
		own_unlock();
		if (i % 1024 == 0)
			cond_resched();
	}
	own_lock();
	node->value = *variable;
	list_add_tail(&node->link, &results);
	own_unlock();
	return 0;
}

static void stop(unsigned int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init right_bit_init(void)
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
module_init(right_bit_init);

static void __exit right_bit_exit(void)
{
	struct node *node, *next;

	stop(threads);
	list_for_each_entry_safe(node, next, &results, link) {
		pr_info("a thread ended at %llu\n", node->value);
		list_del(&node->link);
		kfree(node);
	}
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)threads * increment * iterations);
	kfree(tasks);
	kfree(total);
}
module_exit(right_bit_exit);

MODULE_DESCRIPTION("An own spinlock");
MODULE_LICENSE("GPL");
