// SPDX-License-Identifier: GPL-2.0
/*
 * A mutex for everything, also in the function that both callers of it hold.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

static unsigned int num_threads = 4;
module_param(num_threads, uint, 0444);
MODULE_PARM_DESC(num_threads, "Number of threads");

static unsigned int increment = 2;
module_param(increment, uint, 0444);
MODULE_PARM_DESC(increment, "What one step adds");

static unsigned int num_iterations = 100000;
module_param(num_iterations, uint, 0444);
MODULE_PARM_DESC(num_iterations, "Steps of each thread");

struct node {
	struct list_head link;
	u64 value;
};

static u64 *total;
static LIST_HEAD(results);
static DEFINE_MUTEX(mutex);
static struct task_struct **tasks;

static void keep(struct node *node, u64 value)
{
	mutex_lock(&mutex); /* fault: here */
	node->value = value;
	list_add_tail(&node->link, &results);
	mutex_unlock(&mutex);
}

static int work(void *data)
{
	u64 *variable = data;
	struct node *node;
	unsigned int i;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	for (i = 0; i < num_iterations && !kthread_should_stop(); i++) {
		mutex_lock(&mutex);
		*variable += increment;
		mutex_unlock(&mutex);
		if (i % 1024 == 0)
			cond_resched();
	}
	mutex_lock(&mutex); /* fault: here */
	keep(node, *variable);
	mutex_unlock(&mutex);
	return 0;
}

static void stop(unsigned int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init deadlock_mutex_twice_init(void)
{
	unsigned int i;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	tasks = kcalloc(num_threads, sizeof(*tasks), GFP_KERNEL);
	if (!total || !tasks) {
		kfree(tasks);
		kfree(total);
		return -ENOMEM;
	}
	for (i = 0; i < num_threads; i++) {
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
	for (i = 0; i < num_threads; i++)
		wake_up_process(tasks[i]);
	return 0;
}
module_init(deadlock_mutex_twice_init);

static void __exit deadlock_mutex_twice_exit(void)
{
	struct node *node, *next;

	stop(num_threads);
	list_for_each_entry_safe(node, next, &results, link) {
		pr_info("a thread ended at %llu\n", node->value);
		list_del(&node->link);
		kfree(node);
	}
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)num_threads * increment * num_iterations);
	kfree(tasks);
	kfree(total);
}
module_exit(deadlock_mutex_twice_exit);

MODULE_DESCRIPTION("A mutex for everything, also in the function that both callers of it hold");
MODULE_LICENSE("GPL");
