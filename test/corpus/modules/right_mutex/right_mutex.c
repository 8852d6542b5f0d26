// SPDX-License-Identifier: GPL-2.0
/*
 * Threads add under a mutex.
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

static int num_threads = 4;
module_param(num_threads, int, 0444);
MODULE_PARM_DESC(num_threads, "Number of threads");

static int increment = 2;
module_param(increment, int, 0444);
MODULE_PARM_DESC(increment, "What one step adds");

static int num_times = 100000;
module_param(num_times, int, 0444);
MODULE_PARM_DESC(num_times, "Steps of each thread");

struct node {
	struct list_head link;
	u64 value;
};

static u64 *total;
static LIST_HEAD(results);
static DEFINE_MUTEX(mutex);
static struct task_struct **tasks;

static int work(void *data)
{
	u64 *variable = data;
	struct node *node;
	int i;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	for (i = 0; i < num_times && !kthread_should_stop(); i++) {
		mutex_lock(&mutex);
		*variable += increment;
		mutex_unlock(&mutex);
		if (i % 1024 == 0)
			cond_resched();
	}
	mutex_lock(&mutex);
	node->value = *variable;
	list_add_tail(&node->link, &results);
	mutex_unlock(&mutex);
	return 0;
}

static void stop(int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init right_mutex_init(void)
{
	int i;

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	tasks = kcalloc(num_threads, sizeof(*tasks), GFP_KERNEL);
	if (!total || !tasks) {
		kfree(tasks);
		kfree(total);
		return -ENOMEM;
	}
	for (i = 0; i < num_threads; i++) {
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
	for (i = 0; i < num_threads; i++)
		wake_up_process(tasks[i]);
	return 0;
}
module_init(right_mutex_init);

static void __exit right_mutex_exit(void)
{
	struct node *node, *next;

	stop(num_threads);
	list_for_each_entry_safe(node, next, &results, link) {
		pr_info("a thread ended at %llu\n", node->value);
		list_del(&node->link);
		kfree(node);
	}
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)num_threads * increment * num_times);
	kfree(tasks);
	kfree(total);
}
module_exit(right_mutex_exit);

MODULE_DESCRIPTION("Threads add under a mutex");
MODULE_LICENSE("GPL");
