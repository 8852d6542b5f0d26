// SPDX-License-Identifier: GPL-2.0
/*
 * The lock is an atomic variable that is read and then set, which is two
 * steps.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/delay.h>
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
#include <linux/string.h>

static unsigned int n_threads = 4;
module_param(n_threads, uint, 0444);
MODULE_PARM_DESC(n_threads, "Number of threads");

static unsigned int increment = 2;
module_param(increment, uint, 0444);
MODULE_PARM_DESC(increment, "What one step adds");

static unsigned int n_times = 100000;
module_param(n_times, uint, 0444);
MODULE_PARM_DESC(n_times, "Steps of each thread");

static char *lock = "own";
module_param(lock, charp, 0444);
MODULE_PARM_DESC(lock, "none or own");

struct node {
	struct list_head link;
	u64 value;
};

static u64 *total;
static LIST_HEAD(results);
static atomic_t taken = ATOMIC_INIT(0);
static DEFINE_SPINLOCK(list_lock);
static bool locked;
static struct task_struct **tasks;

static void my_lock(void)
{
	if (!locked)
		return;
	while (atomic_read(&taken))
		cpu_relax();
	/* Whoever looks now finds it free too. */
	udelay(5);
	atomic_set(&taken, 1);
}

static void my_unlock(void)
{
	if (locked)
		atomic_set(&taken, 0);
}

static int work(void *data)
{
	u64 *variable = data;
	struct node *node;
	u64 seen;
	unsigned int i;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	for (i = 0; i < n_times && !kthread_should_stop(); i++) {
		my_lock();
		seen = READ_ONCE(*variable);
		cpu_relax();
		WRITE_ONCE(*variable, seen + increment);
		my_unlock();
		if (i % 1024 == 0)
			cond_resched();
	}
	spin_lock(&list_lock);
	node->value = READ_ONCE(*variable);
	list_add_tail(&node->link, &results);
	spin_unlock(&list_lock);
	return 0;
}

static void stop(unsigned int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init lost_read_set_init(void)
{
	unsigned int i;

	locked = !strcmp(lock, "own");
	total = kzalloc(sizeof(*total), GFP_KERNEL);
	tasks = kcalloc(n_threads, sizeof(*tasks), GFP_KERNEL);
	if (!total || !tasks) {
		kfree(tasks);
		kfree(total);
		return -ENOMEM;
	}
	for (i = 0; i < n_threads; i++) {
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
	for (i = 0; i < n_threads; i++)
		wake_up_process(tasks[i]);
	return 0;
}
module_init(lost_read_set_init);

static void __exit lost_read_set_exit(void)
{
	struct node *node, *next;

	stop(n_threads);
	list_for_each_entry_safe(node, next, &results, link) {
		pr_info("a thread ended at %llu\n", node->value);
		list_del(&node->link);
		kfree(node);
	}
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)n_threads * increment * n_times);
	kfree(tasks);
	kfree(total);
}
module_exit(lost_read_set_exit);

MODULE_DESCRIPTION("The lock is an atomic variable that is read and then set, which is two steps");
MODULE_LICENSE("GPL");
