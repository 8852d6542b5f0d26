/* Everything happens in init: insmod returns when all threads are done. */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/slab.h>
#include <linux/completion.h>
#include <linux/atomic.h>

MODULE_LICENSE("Dual BSD/GPL");
MODULE_DESCRIPTION("All in init");

static unsigned long nThreads = 10;
static unsigned long incrementBy = 2;
static unsigned long howManyTimes = 500000;
static int lockMode = 1;

module_param(nThreads, ulong, 0);
MODULE_PARM_DESC(nThreads, "Number of threads to create");
module_param(incrementBy, ulong, 0);
MODULE_PARM_DESC(incrementBy, "Value of the increment");
module_param(howManyTimes, ulong, 0);
MODULE_PARM_DESC(howManyTimes, "How many times to increment");
module_param(lockMode, int, 0);
MODULE_PARM_DESC(lockMode, "0 - no lock, 1 - lock");

struct stack_item {
	unsigned long value;
	struct stack_item *below;
};

struct everything {
	unsigned long *variable;
	struct stack_item *top;
	atomic_t lock;
	atomic_t left;
	struct completion start;
	struct completion end;
};

static struct everything *all;

static void lock_it(struct everything *a)
{
	preempt_disable();
	while (atomic_xchg_acquire(&a->lock, 1) != 0)
		cpu_relax();
}

static void unlock_it(struct everything *a)
{
	atomic_set_release(&a->lock, 0);
	preempt_enable();
}

static int worker(void *p)
{
	struct everything *a = p;
	struct stack_item *item = kmalloc(sizeof(*item), GFP_KERNEL);
	volatile unsigned long *v = a->variable;
	unsigned long k;

	wait_for_completion(&a->start);
	for (k = 0; k != howManyTimes; k++) {
		if (lockMode)
			lock_it(a);
		*v = *v + incrementBy;
		if (lockMode)
			unlock_it(a);
		if (k % 200 == 0)
			cond_resched();
	}
	if (item) {
		lock_it(a);
		item->value = *v;
		item->below = a->top;
		a->top = item;
		unlock_it(a);
	}
	if (atomic_dec_and_test(&a->left))
		kthread_complete_and_exit(&a->end, 0);
	return 0;
}

static int __init all_init(void)
{
	unsigned long k;
	struct stack_item *item;

	all = kzalloc(sizeof(*all), GFP_KERNEL);
	if (!all)
		return -ENOMEM;
	all->variable = kzalloc(sizeof(*all->variable), GFP_KERNEL);
	if (!all->variable) {
		kfree(all);
		return -ENOMEM;
	}
	init_completion(&all->start);
	init_completion(&all->end);
	atomic_set(&all->left, 1);
	for (k = 0; k < nThreads; k++) {
		atomic_inc(&all->left);
		if (IS_ERR(kthread_run(worker, all, "worker_%lu", k))) {
			pr_err("worker %lu was not created\n", k);
			atomic_dec(&all->left);
			break;
		}
	}
	complete_all(&all->start);
	if (!atomic_dec_and_test(&all->left))
		wait_for_completion(&all->end);

	for (item = all->top; item; item = item->below)
		pr_info("list item: %lu\n", item->value);
	pr_info("Shared variable = %lu\n", *all->variable);
	return 0;
}

static void __exit all_exit(void)
{
	while (all->top) {
		struct stack_item *item = all->top;

		all->top = item->below;
		kfree(item);
	}
	kfree(all->variable);
	kfree(all);
}

module_init(all_init);
module_exit(all_exit);
