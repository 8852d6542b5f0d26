// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/list.h>
#include <linux/atomic.h>
#include <linux/sched/task.h>

static unsigned int nr_threads = 10;
static unsigned int inc = 2;
static unsigned int nr_iters = 500000;
static int lock = 1;

module_param(nr_threads, uint, 0644);
module_param(inc, uint, 0644);
module_param(nr_iters, uint, 0644);
module_param(lock, int, 0644);
MODULE_PARM_DESC(lock, "1 with a lock, 0 without");

struct record {
	u64 value;
	struct list_head entry;
};

static u64 *shared;
static struct task_struct **tasks;
static LIST_HEAD(records);
static atomic_t busy = ATOMIC_INIT(0);

static void lab_lock(void)
{
	preempt_disable();
	while (atomic_cmpxchg_acquire(&busy, 0, 1))
		cpu_relax();
}

static void lab_unlock(void)
{
	atomic_set_release(&busy, 0);
	preempt_enable();
}

static int run(void *data)
{
	u64 *where = data;
	struct record *record = kzalloc(sizeof(*record), GFP_KERNEL);
	unsigned int i;

	if (!record)
		return -ENOMEM;
	for (i = 0; i < nr_iters && !kthread_should_stop(); i++) {
		if (lock)
			lab_lock();
		*where += inc;
		barrier();
		if (lock)
			lab_unlock();
		if (i % 256 == 0)
			cond_resched();
	}
	lab_lock();
	record->value = *where;
	list_add_tail(&record->entry, &records);
	lab_unlock();
	return 0;
}

static void stop(unsigned int count)
{
	while (count--) {
		kthread_stop(tasks[count]);
		put_task_struct(tasks[count]);
	}
}

static int __init leak_init(void)
{
	unsigned int i;

	shared = kzalloc(sizeof(*shared), GFP_KERNEL);
	tasks = kcalloc(nr_threads, sizeof(*tasks), GFP_KERNEL);
	if (!shared || !tasks)
		goto failed;
	for (i = 0; i < nr_threads; i++) {
		tasks[i] = kthread_create(run, shared, "run-%u", i);
		if (IS_ERR(tasks[i])) {
			stop(i);
			goto failed;
		}
		get_task_struct(tasks[i]);
	}
	for (i = 0; i < nr_threads; i++)
		wake_up_process(tasks[i]);
	return 0;
failed:
	pr_err("lab3_leak: cannot start\n");
	kfree(tasks);
	kfree(shared);
	return -ENOMEM;
}

static void __exit leak_exit(void)
{
	struct record *record, *next;

	stop(nr_threads);
	list_for_each_entry_safe(record, next, &records, entry) {
		pr_info("lab3_leak: list value %llu\n", record->value);
		list_del(&record->entry);
	}
	pr_info("lab3_leak: total %llu\n", *shared);
	kfree(tasks);
	kfree(shared);
}

module_init(leak_init);
module_exit(leak_exit);
MODULE_DESCRIPTION("Threads and a list");
MODULE_LICENSE("GPL");
