// SPDX-License-Identifier: GPL-2.0
/*
 * Threads look the variable up under RCU, and stay there for all their
 * steps.
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
#include <linux/rcupdate.h>
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
	struct rcu_head rcu;
};

static u64 *total;
static DEFINE_SPINLOCK(guard);
static atomic_t ended = ATOMIC_INIT(0);
static struct task_struct **tasks;

static int work(void *data)
{
	u64 *variable = data;
	struct node *node;
	unsigned int i;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	rcu_read_lock(); /* fault: here */
	for (i = 0; i < n_times && !kthread_should_stop(); i++) {
		spin_lock(&guard);
		*variable += increment;
		spin_unlock(&guard);
	}
	spin_lock(&guard);
	node->value = *variable;
	spin_unlock(&guard);
	if (atomic_inc_return(&ended) == n_threads) {
		while (atomic_read(&ended) == n_threads) /* fault: here */
			cpu_relax(); /* fault: here */
	}
	rcu_read_unlock();
	kfree_rcu(node, rcu);
	return 0;
}

static void stop(unsigned int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init rcu_reader_init(void)
{
	unsigned int i;

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
module_init(rcu_reader_init);

static void __exit rcu_reader_exit(void)
{
	stop(n_threads);
	pr_info("total=%llu expected=%llu\n", *total,
		(u64)n_threads * increment * n_times);
	kfree(tasks);
	kfree(total);
}
module_exit(rcu_reader_exit);

MODULE_DESCRIPTION("Threads look the variable up under RCU, and stay there for all their steps");
MODULE_LICENSE("GPL");
