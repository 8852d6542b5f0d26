// SPDX-License-Identifier: GPL-2.0
/*
 * Threads add to a shared variable and leave what they saw on a list.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>

#ifdef CONFIG_KCSAN
#error this module is not made for a kernel that looks for data races
#endif

static unsigned int n_threads = 10;
module_param(n_threads, uint, 0444);
MODULE_PARM_DESC(n_threads, "Number of threads");

static unsigned int increment = 2;
module_param(increment, uint, 0444);
MODULE_PARM_DESC(increment, "What one step adds");

static unsigned int n_times = 500000;
module_param(n_times, uint, 0444);
MODULE_PARM_DESC(n_times, "Steps of each thread");

static char *lock = "own";
module_param(lock, charp, 0444);
MODULE_PARM_DESC(lock, "none or own");

struct seen {
	struct list_head link;
	unsigned int thread;
	u64 value;
};

struct job {
	struct task_struct *task;
	unsigned int number;
	u64 *total;
};

static u64 *total;
static struct job *jobs;
static struct list_head *history;
static bool locked;
static atomic_t taken = ATOMIC_INIT(0);
static DECLARE_COMPLETION(go);

static void take(void)
{
	for (;;) {
		preempt_disable();
		if (atomic_cmpxchg_acquire(&taken, 0, 1) == 0)
			return;
		preempt_enable();
		while (atomic_read(&taken))
			cpu_relax();
	}
}

static void give(void)
{
	atomic_set_release(&taken, 0);
	preempt_enable();
}

static int job_run(void *data)
{
	struct job *job = data;
	struct seen *seen;
	unsigned int i;

	seen = kmalloc(sizeof(*seen), GFP_KERNEL);
	if (!seen)
		return -ENOMEM;
	seen->thread = job->number;

	wait_for_completion(&go);
	for (i = 0; i < n_times && !kthread_should_stop(); i++) {
		if (locked)
			take();
		WRITE_ONCE(*job->total, READ_ONCE(*job->total) + increment);
		if (locked)
			give();
		if (i % 512 == 0)
			cond_resched();
	}

	/* The list needs the lock in both modes. */
	take();
	seen->value = READ_ONCE(*job->total);
	list_add_tail(&seen->link, history);
	give();
	return 0;
}

static void jobs_stop(unsigned int count)
{
	complete_all(&go);
	while (count--) {
		kthread_stop(jobs[count].task);
		put_task_struct(jobs[count].task);
	}
}

static void history_free(void)
{
	struct seen *seen, *next;

	list_for_each_entry_safe(seen, next, history, link) {
		list_del(&seen->link);
		kfree(seen);
	}
	kfree(history);
}

static int __init lab3_init(void)
{
	unsigned int i;
	int err = -ENOMEM;

	if (strcmp(lock, "own") && strcmp(lock, "none")) {
		pr_err("lock=%s is neither own nor none\n", lock);
		return -EINVAL;
	}
	if (!n_threads || n_threads > 1024)
		return -EINVAL;
	locked = !strcmp(lock, "own");

	total = kzalloc(sizeof(*total), GFP_KERNEL);
	if (!total)
		goto failed;
	history = kmalloc(sizeof(*history), GFP_KERNEL);
	if (!history)
		goto free_total;
	INIT_LIST_HEAD(history);
	jobs = kcalloc(n_threads, sizeof(*jobs), GFP_KERNEL);
	if (!jobs)
		goto free_history;
	for (i = 0; i < n_threads; i++) {
		struct task_struct *task;

		jobs[i].number = i;
		jobs[i].total = total;
		task = kthread_create(job_run, &jobs[i], "job/%u", i);
		if (IS_ERR(task)) {
			err = PTR_ERR(task);
			goto stop_jobs;
		}
		jobs[i].task = get_task_struct(task);
		wake_up_process(task);
	}
	complete_all(&go);
	return 0;

stop_jobs:
	jobs_stop(i);
	kfree(jobs);
free_history:
	history_free();
free_total:
	kfree(total);
failed:
	pr_err("cannot start: error %d\n", err);
	return err;
}
module_init(lab3_init);

static void __exit lab3_exit(void)
{
	struct seen *seen;

	jobs_stop(n_threads);
	list_for_each_entry(seen, history, link)
		pr_info("thread %u saw %llu\n", seen->thread, seen->value);
	pr_info("total is %llu\n", *total);
	kfree(jobs);
	history_free();
	kfree(total);
}
module_exit(lab3_exit);

MODULE_DESCRIPTION("Threads add to a shared variable");
MODULE_LICENSE("GPL");
