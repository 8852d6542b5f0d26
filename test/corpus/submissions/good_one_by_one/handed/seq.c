// SPDX-License-Identifier: GPL-2.0
/*
 * The next thread is started when the one before is done, so the result is
 * right with and without the lock.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Threads in a row");

static unsigned int nthreads = 10;
module_param(nthreads, uint, 0);
static unsigned int incr = 2;
module_param(incr, uint, 0);
static unsigned int ntimes = 500000;
module_param(ntimes, uint, 0);
static bool locked = true;
module_param(locked, bool, 0);

struct turn {
	unsigned long long *sum;
	unsigned long long after;
	struct completion over;
	struct list_head next;
};

static LIST_HEAD(turns);
static unsigned long long *sum;
static atomic_t key = ATOMIC_INIT(1);

static void lock(void)
{
	preempt_disable();
	while (!atomic_dec_and_test(&key)) {
		atomic_inc(&key);
		cpu_relax();
	}
}

static void unlock(void)
{
	smp_mb__before_atomic();
	atomic_inc(&key);
	preempt_enable();
}

static int take_turn(void *data)
{
	struct turn *turn = data;
	unsigned int i;

	for (i = 0; i < ntimes; i++) {
		if (locked)
			lock();
		WRITE_ONCE(*turn->sum, READ_ONCE(*turn->sum) + incr);
		if (locked)
			unlock();
		cond_resched();
	}
	turn->after = READ_ONCE(*turn->sum);
	kthread_complete_and_exit(&turn->over, 0);
}

static int __init seq_init(void)
{
	unsigned int i;

	sum = kzalloc(sizeof(*sum), GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	for (i = 0; i < nthreads; i++) {
		struct turn *turn = kzalloc(sizeof(*turn), GFP_KERNEL);

		if (!turn)
			break;
		turn->sum = sum;
		init_completion(&turn->over);
		if (IS_ERR(kthread_run(take_turn, turn, "turn%u", i))) {
			kfree(turn);
			break;
		}
		wait_for_completion(&turn->over);
		list_add_tail(&turn->next, &turns);
	}
	return 0;
}

static void __exit seq_exit(void)
{
	struct turn *turn, *more;

	list_for_each_entry_safe(turn, more, &turns, next) {
		pr_info("in list: %llu\n", turn->after);
		list_del(&turn->next);
		kfree(turn);
	}
	pr_info("The final value of the shared variable is %llu\n", *sum);
	kfree(sum);
}

module_init(seq_init);
module_exit(seq_exit);
