// SPDX-License-Identifier: GPL-2.0
/*
 * The sum is under a spinlock and the list under a mutex, one inside the
 * other.
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
#include <linux/spinlock.h>

static unsigned int workers = 4;
module_param(workers, uint, 0444);
MODULE_PARM_DESC(workers, "Number of threads");

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
static DEFINE_SPINLOCK(guard);
static DEFINE_MUTEX(list_mutex);
static struct task_struct **tasks;

static int work(void *data)
{
	u64 *variable = data;
	struct node *node;
	unsigned int i;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	for (i = 0; i < iterations && !kthread_should_stop(); i++) {
		spin_lock(&guard);
		*variable += increment;
		spin_unlock(&guard);
		if (i % 1024 == 0)
			cond_resched();
	}
	spin_lock(&guard);
	node->value = *variable;
	mutex_lock(&list_mutex); /* fault: here */
	list_add_tail(&node->link, &results);
	mutex_unlock(&list_mutex);
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

static int __init sleep_mutex_init(void)
{
	unsigned int i;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	tasks = kcalloc(workers, sizeof(*tasks), GFP_KERNEL);
	if (!total || !tasks) {
		kfree(tasks);
		kfree(total);
		return -ENOMEM;
	}
	for (i = 0; i < workers; i++) {
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
	for (i = 0; i < workers; i++)
		wake_up_process(tasks[i]);
	return 0;
}
module_init(sleep_mutex_init);

static void __exit sleep_mutex_exit(void)
{
	struct node *node, *next;

	stop(workers);
	list_for_each_entry_safe(node, next, &results, link) {
		pr_info("a thread ended at %llu\n", node->value);
		list_del(&node->link);
		kfree(node);
	}
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)workers * increment * iterations);
	kfree(tasks);
	kfree(total);
}
module_exit(sleep_mutex_exit);

MODULE_DESCRIPTION("The sum is under a spinlock and the list under a mutex, one inside the other");
MODULE_LICENSE("GPL");
