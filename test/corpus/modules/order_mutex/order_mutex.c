// SPDX-License-Identifier: GPL-2.0
/*
 * Two mutexes; unloading takes them the other way round than the threads.
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

static unsigned int thread_count = 4;
module_param(thread_count, uint, 0444);
MODULE_PARM_DESC(thread_count, "Number of threads");

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
static DEFINE_MUTEX(sum_mutex);
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
	for (i = 0; i < n_times && !kthread_should_stop(); i++) {
		mutex_lock(&sum_mutex);
		*variable += increment;
		mutex_unlock(&sum_mutex);
		if (i % 1024 == 0)
			cond_resched();
	}
	mutex_lock(&sum_mutex);
	mutex_lock(&list_mutex); /* fault: here */
	node->value = *variable;
	list_add_tail(&node->link, &results);
	mutex_unlock(&list_mutex);
	mutex_unlock(&sum_mutex);
	return 0;
}

static void stop(unsigned int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init order_mutex_init(void)
{
	unsigned int i;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	tasks = kcalloc(thread_count, sizeof(*tasks), GFP_KERNEL);
	if (!total || !tasks) {
		kfree(tasks);
		kfree(total);
		return -ENOMEM;
	}
	for (i = 0; i < thread_count; i++) {
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
	for (i = 0; i < thread_count; i++)
		wake_up_process(tasks[i]);
	return 0;
}
module_init(order_mutex_init);

static void __exit order_mutex_exit(void)
{
	struct node *node, *next;

	stop(thread_count);
	list_for_each_entry_safe(node, next, &results, link) {
		pr_info("a thread ended at %llu\n", node->value);
		list_del(&node->link);
		kfree(node);
	}
	mutex_lock(&list_mutex);
	mutex_lock(&sum_mutex); /* fault: here */
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)thread_count * increment * n_times);
	mutex_unlock(&sum_mutex);
	mutex_unlock(&list_mutex);
	kfree(tasks);
	kfree(total);
}
module_exit(order_mutex_exit);

MODULE_DESCRIPTION("Two mutexes; unloading takes them the other way round than the threads");
MODULE_LICENSE("GPL");
