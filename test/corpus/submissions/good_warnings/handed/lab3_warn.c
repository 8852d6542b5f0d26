// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/list.h>
#include <linux/atomic.h>
#include <linux/sched/task.h>

static unsigned int n_threads = 10;
static unsigned int inc = 2;
static unsigned int n_loops = 500000;
static int lock = 1;

module_param(n_threads, uint, 0644);
module_param(inc, uint, 0644);
module_param(n_loops, uint, 0644);
module_param(lock, int, 0644);
MODULE_PARM_DESC(lock, "1 with a lock, 0 without");

struct saved {
	u64 value;
	struct list_head entry;
};

static u64 *shared;
static struct task_struct **tasks;
static LIST_HEAD(values);
static atomic_t busy = ATOMIC_INIT(0);

void warn_lock(void)
{
	preempt_disable();
	while (atomic_cmpxchg_acquire(&busy, 0, 1))
		cpu_relax();
}

void warn_unlock(void)
{
	atomic_set_release(&busy, 0);
	preempt_enable();
}

int run(void *data)
{
	u64 *where = data;
	struct saved *saved = kzalloc(sizeof(*saved), GFP_KERNEL);
	unsigned int i;

	if (!saved)
		return -ENOMEM;
	for (i = 0; i < n_loops && !kthread_should_stop(); i++) {
		if (lock)
			warn_lock();
		*where += inc;
		barrier();
		if (lock)
			warn_unlock();
		if (i % 256 == 0)
			cond_resched();
	}
	warn_lock();
	saved->value = *where;
	list_add_tail(&saved->entry, &values);
	warn_unlock();
	return 0;
}

static void stop(unsigned int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init warn_init(void)
{
	unsigned int i;
	int unused;

	shared = kzalloc(sizeof(*shared), GFP_KERNEL);
	tasks = kcalloc(n_threads, sizeof(*tasks), GFP_KERNEL);
	if (!shared || !tasks)
		goto failed;
	for (i = 0; i < n_threads; i++) {
		tasks[i] = kthread_create(run, shared, "sum-%u", i);
		if (IS_ERR(tasks[i])) {
			stop(i);
			goto failed;
		}
		get_task_struct(tasks[i]);
	}
	for (i = 0; i < n_threads; i++)
		wake_up_process(tasks[i]);
	return 0;
failed:
	pr_err("lab3_warn: cannot start\n");
	kfree(tasks);
	kfree(shared);
	return -ENOMEM;
}

static void __exit warn_exit(void)
{
	struct saved *saved, *next;

	stop(n_threads);
	list_for_each_entry_safe(saved, next, &values, entry) {
		pr_info("lab3_warn: node value: %llu\n", saved->value);
		list_del(&saved->entry);
		kfree(saved);
	}
	pr_info("lab3_warn: final result: %llu\n", *shared);
	kfree(tasks);
	kfree(shared);
}

module_init(warn_init);
module_exit(warn_exit);
MODULE_DESCRIPTION("Threads and a list");
MODULE_LICENSE("GPL");
