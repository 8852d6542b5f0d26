// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) "kthreads: " fmt

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "own_lock.h"
#include "results.h"

static int m_threads = 10;
module_param(m_threads, int, 0444);
MODULE_PARM_DESC(m_threads, "number of threads");

static int step_size = 2;
module_param(step_size, int, 0444);
MODULE_PARM_DESC(step_size, "increment by this value");

static int n_iterations = 500000;
module_param(n_iterations, int, 0444);
MODULE_PARM_DESC(n_iterations, "number of iterations of a thread");

static int lock_type = 1;
module_param(lock_type, int, 0444);
MODULE_PARM_DESC(lock_type, "lock: 0 none, 1 own, 2 the kernel's spinlock");

struct crew {
	unsigned long *glob_var;
	struct own_lock *own;
	spinlock_t kernels;
	struct results *results;
	struct completion all_here;
	struct completion all_done;
	atomic_t at_work;
	bool stop;
};

static struct crew *crew;

static void step_lock(struct crew *c)
{
	if (lock_type == 1)
		own_lock_take(c->own);
	else if (lock_type == 2)
		spin_lock(&c->kernels);
}

static void step_unlock(struct crew *c)
{
	if (lock_type == 1)
		own_lock_release(c->own);
	else if (lock_type == 2)
		spin_unlock(&c->kernels);
}

static int sailor(void *data)
{
	struct crew *c = data;
	struct one_result *one = kmalloc(sizeof(*one), GFP_KERNEL);
	int i;

	wait_for_completion(&c->all_here);
	for (i = 0; i < n_iterations && !READ_ONCE(c->stop); i++) {
		step_lock(c);
		*(volatile unsigned long *)c->glob_var += step_size;
		step_unlock(c);
		if (!(i & 1023))
			cond_resched();
	}
	if (one) {
		/* the list is guarded in every mode, by the lock of that mode */
		if (lock_type == 2)
			spin_lock(&c->kernels);
		else
			own_lock_take(c->own);
		one->value = *(volatile unsigned long *)c->glob_var;
		results_push(c->results, &one->link);
		if (lock_type == 2)
			spin_unlock(&c->kernels);
		else
			own_lock_release(c->own);
	}
	if (atomic_dec_and_test(&c->at_work))
		kthread_complete_and_exit(&c->all_done, 0);
	return 0;
}

static void crew_free(struct crew *c)
{
	kfree(c->own);
	kfree(c->glob_var);
	kfree(c);
}

static int __init kthreads_init(void)
{
	int i, err = 0;

	if (m_threads <= 0 || n_iterations < 0 || lock_type < 0 || lock_type > 2)
		return -EINVAL;
	crew = kzalloc(sizeof(*crew), GFP_KERNEL);
	if (!crew)
		return -ENOMEM;
	crew->glob_var = kzalloc(sizeof(*crew->glob_var), GFP_KERNEL);
	crew->own = kzalloc(sizeof(*crew->own), GFP_KERNEL);
	crew->results = results_create();
	if (!crew->glob_var || !crew->own || !crew->results) {
		kfree(crew->results);
		crew_free(crew);
		return -ENOMEM;
	}
	own_lock_init(crew->own);
	spin_lock_init(&crew->kernels);
	init_completion(&crew->all_here);
	init_completion(&crew->all_done);
	/* one for us, so that it does not reach 0 before all are made */
	atomic_set(&crew->at_work, 1);

	for (i = 0; i < m_threads; i++) {
		struct task_struct *task;

		atomic_inc(&crew->at_work);
		task = kthread_run(sailor, crew, "sailor/%d", i);
		if (IS_ERR(task)) {
			pr_err("no thread %d\n", i);
			atomic_dec(&crew->at_work);
			crew->stop = true;
			err = PTR_ERR(task);
			break;
		}
	}
	if (atomic_dec_and_test(&crew->at_work))
		complete(&crew->all_done);
	complete_all(&crew->all_here);
	if (!err)
		return 0;

	wait_for_completion(&crew->all_done);
	results_print_and_free(crew->results, false);
	crew_free(crew);
	return err;
}

static void __exit kthreads_exit(void)
{
	WRITE_ONCE(crew->stop, true);
	wait_for_completion(&crew->all_done);
	pr_info("final glob_var = %lu\n", *crew->glob_var);
	results_print_and_free(crew->results, true);
	crew_free(crew);
}

module_init(kthreads_init);
module_exit(kthreads_exit);

MODULE_DESCRIPTION("Kernel threads that share a variable");
MODULE_LICENSE("GPL");
