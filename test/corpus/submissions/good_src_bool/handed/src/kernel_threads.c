// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

MODULE_AUTHOR("Chloe Cedar");
MODULE_DESCRIPTION("lab 3, threads and a lock");
MODULE_LICENSE("GPL v2");

static ushort threads_number = 10;
static uint increment_value = 2;
static ulong increment_times = 500000;
static bool use_lock = true;

module_param(threads_number, ushort, 0444);
MODULE_PARM_DESC(threads_number, "number of threads");
module_param(increment_value, uint, 0444);
MODULE_PARM_DESC(increment_value, "increment");
module_param(increment_times, ulong, 0444);
MODULE_PARM_DESC(increment_times, "number of increments in a thread");
module_param(use_lock, bool, 0444);
MODULE_PARM_DESC(use_lock, "use the lock");

struct my_lock {
	atomic_t state;
};

struct lab {
	u64 var;
	struct my_lock lock;
	struct list_head list;
	unsigned int started;
	struct task_struct *tasks[];
};

struct lab_node {
	struct list_head list;
	pid_t who;
	u64 var;
};

static struct lab *lab;

static inline void my_lock(struct my_lock *lock)
{
	do {
		preempt_disable();
		if (!atomic_xchg(&lock->state, 1))
			break;
		preempt_enable();
		cpu_relax();
	} while (true);
}

static inline void my_unlock(struct my_lock *lock)
{
	atomic_set_release(&lock->state, 0);
	preempt_enable();
}

static noinline void add_plain(u64 *var)
{
	u64 now = READ_ONCE(*var);

	now += increment_value;
	WRITE_ONCE(*var, now);
}

static int lab_thread(void *arg)
{
	struct lab *l = arg;
	struct lab_node *node;
	unsigned long left = increment_times;

	node = kmalloc(sizeof(*node), GFP_KERNEL);
	if (!node) {
		pr_err("lab: no memory for a node\n");
		return -ENOMEM;
	}
	node->who = current->pid;

	while (left-- && !kthread_should_stop()) {
		if (use_lock) {
			my_lock(&l->lock);
			add_plain(&l->var);
			my_unlock(&l->lock);
		} else {
			add_plain(&l->var);
		}
		if (!(left & 0xff))
			cond_resched();
	}

	my_lock(&l->lock);
	node->var = READ_ONCE(l->var);
	list_add(&node->list, &l->list);
	my_unlock(&l->lock);
	return 0;
}

static void lab_stop(void)
{
	while (lab->started) {
		struct task_struct *task = lab->tasks[--lab->started];

		kthread_stop(task);
		put_task_struct(task);
	}
}

static void lab_free(void)
{
	struct lab_node *node, *tmp;

	list_for_each_entry_safe(node, tmp, &lab->list, list)
		kfree(node);
	kfree(lab);
}

static int __init lab_init(void)
{
	unsigned int i;

	if (threads_number == 0)
		return -EINVAL;
	lab = kzalloc(struct_size(lab, tasks, threads_number), GFP_KERNEL);
	if (!lab)
		return -ENOMEM;
	INIT_LIST_HEAD(&lab->list);

	for (i = 0; i < threads_number; i++) {
		struct task_struct *task = kthread_create(lab_thread, lab, "lab_thread_%u", i);

		if (IS_ERR(task)) {
			pr_err("lab: cannot create a thread\n");
			lab_stop();
			lab_free();
			return PTR_ERR(task);
		}
		get_task_struct(task);
		lab->tasks[lab->started++] = task;
	}
	for (i = 0; i < threads_number; i++)
		wake_up_process(lab->tasks[i]);
	return 0;
}

static void __exit lab_exit(void)
{
	struct lab_node *node;

	lab_stop();
	pr_info("lab: glob_var = %llu\n", lab->var);
	list_for_each_entry(node, &lab->list, list)
		pr_info("lab: node of thread with var %llu\n", node->var);
	lab_free();
}

module_init(lab_init);
module_exit(lab_exit);
